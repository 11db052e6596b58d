"""The recogniser as any service with OpenAI's `/audio/transcriptions`."""

import io
import wave

import msgspec
from msgspec import Struct

from prosaasil.speech.formats import HEARD_HZ, Samples, to_pcm16
from prosaasil.speech.http_client import PeerFailed, SpeechPeer
from prosaasil.speech.phantoms import is_phantom
from prosaasil.speech.recogniser import Heard, Hint

SCORE_UNKNOWN = 0.0


class _Transcript(Struct):
    text: str
    language: str | None = None


class HttpRecogniser:
    is_demo = False

    def __init__(self, peer: SpeechPeer) -> None:
        self._peer = peer

    async def hear(self, samples: Samples, hint: Hint, lane: str) -> Heard:  # noqa: ARG002 - the service has queues of its own
        fields = {"model": self._peer.model, "response_format": "json"}
        if hint.language:
            fields["language"] = hint.language
        if hint.prompt:
            fields["prompt"] = hint.prompt
        files = {"file": ("turn.wav", wav_of(samples), "audio/wav")}
        async with self._peer.posting("audio/transcriptions", data=fields, files=files) as answer:
            body = await answer.aread()
        try:
            transcript = msgspec.json.decode(body, type=_Transcript)
        except msgspec.DecodeError as error:
            raise PeerFailed(f"audio/transcriptions answered something else: {error}") from error
        text = transcript.text.strip()
        if is_phantom(text, SCORE_UNKNOWN, hint.voiced_ms):
            text = ""
        return Heard(text, hint.language or _short(transcript.language))

    async def warm_up(self) -> None:
        """The service warms itself up."""

    async def close(self) -> None:
        await self._peer.close()


def wav_of(samples: Samples) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(HEARD_HZ)
        file.writeframes(to_pcm16(samples).astype("<i2").tobytes())
    return buffer.getvalue()


def _short(language: str | None) -> str:
    """Some services answer with the language's English name."""
    names = {"english": "en", "hebrew": "he", "arabic": "ar", "russian": "ru"}
    named = (language or "en").lower()
    return names.get(named, named[:2])
