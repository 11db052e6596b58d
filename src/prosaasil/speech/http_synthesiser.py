"""The synthesiser as any service with OpenAI's `/audio/speech`."""

from collections.abc import AsyncIterator

import numpy as np

from prosaasil.speech.formats import Samples
from prosaasil.speech.http_client import SpeechPeer


class HttpSynthesiser:
    is_demo = False

    def __init__(self, peer: SpeechPeer, voice: str) -> None:
        self._peer = peer
        self._voice = voice

    async def speak(
        self,
        text: str,
        language: str,  # noqa: ARG002 - the service hears it from the text
        speed: float,
        lane: str,  # noqa: ARG002 - the service has queues of its own
    ) -> AsyncIterator[Samples]:
        wanted = {
            "model": self._peer.model,
            "voice": self._voice,
            "input": text,
            "response_format": "pcm",  # 24 kHz, 16 bit, mono
            "speed": speed,
        }
        odd = b""
        async with self._peer.posting("audio/speech", json=wanted) as answer:
            async for block in answer.aiter_bytes():
                audio = odd + block
                whole = len(audio) & ~1
                odd = audio[whole:]
                samples = np.frombuffer(audio[:whole], "<i2")
                yield (samples / 32_768).astype(np.float32)

    async def warm_up(self) -> None:
        """The service warms itself up."""

    async def close(self) -> None:
        await self._peer.close()
