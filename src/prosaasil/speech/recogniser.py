"""The port of speech recognition: what was said, from the sound of one turn.

Implemented by `whisper` (in this process) and `http_recogniser` (any OpenAI-compatible service).
"""

from typing import Protocol

from msgspec import Struct

from prosaasil.speech.formats import Samples


class Hint(Struct, frozen=True):
    """What the session says about a turn that is to be understood."""

    language: str | None = None
    """ISO 639-1; the line's language, in which most callers speak."""
    heard_language: str | None = None
    """The language this caller spoke before, when it is not the line's."""
    prompt: str = ""
    """Words to be expected."""
    voiced_ms: int | None = None
    """How much of the sound the voice detector took for a voice; None when it did not judge."""


class Heard(Struct, frozen=True):
    text: str
    """Empty when nobody said anything."""
    language: str


class Recogniser(Protocol):
    is_demo: bool

    async def hear(self, samples: Samples, hint: Hint, lane: str) -> Heard:
        """Raise `Fault` when the recogniser fails. `lane` names the session that waits."""
        ...

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...
