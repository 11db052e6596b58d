"""The port of speech synthesis: the sound of a sentence.

Implemented by `voice` (in this process) and `http_synthesiser` (any OpenAI-compatible service).
"""

from collections.abc import AsyncIterator
from typing import Protocol

from prosaasil.speech.formats import Samples


class Synthesiser(Protocol):
    is_demo: bool

    def speak(self, text: str, language: str, speed: float, lane: str) -> AsyncIterator[Samples]:
        """Samples at `SPOKEN_HZ`, piece by piece. Raise `Fault` when the synthesiser fails."""
        ...

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...
