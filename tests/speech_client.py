"""A realtime client for the tests: the official one, and what it has been told."""

import asyncio
import json
import re
import wave
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import numpy as np
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from prosaasil.speech.formats import AudioFormat, Samples, encoded

RECORDINGS = Path(__file__).parent / "recordings"
ANSWER_S = 20
SILENCE = b"\xff" * 8_000


def recorded(name: str) -> Samples:
    with wave.open(str(RECORDINGS / f"{name}.wav")) as file:
        assert file.getframerate() == 8_000
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return (pcm / 32_768).astype(np.float32)


def as_mu_law(samples: Samples) -> bytes:
    return encoded(samples, AudioFormat.PCMU)


def transcripts() -> dict[str, str]:
    told: dict[str, dict[str, str]] = json.loads((RECORDINGS / "transcripts.json").read_text())
    return told["words"]


class Client:
    """Events are kept in order; `until` reads on to the next one of a type."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self._connection = connection
        self.events: list[dict[str, Any]] = []

    async def send(self, **event: Any) -> None:
        await self._connection.send(event)  # type: ignore[arg-type]  # also bad ones

    async def send_text(self, text: str) -> None:
        await self._connection.send_raw(text)

    async def until(self, *types: str) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_S):
            while True:
                event = (await self._connection.recv()).to_dict()
                self.events.append(event)
                if event["type"] in types:
                    return event

    async def configure(self, **changes: Any) -> dict[str, Any]:
        """A session as a phone call wants it, with these changes."""
        detection = {
            "type": "server_vad",
            "threshold": 0.5,
            "prefix_padding_ms": 300,
            "silence_duration_ms": 500,
            "create_response": True,
            "interrupt_response": True,
        }
        language = changes.pop("language", "en")
        detection |= changes.pop("turn_detection", {})
        session = {
            "type": "realtime",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "transcription": {"model": "whisper-1", "language": language},
                    "turn_detection": detection,
                },
                "output": {"format": {"type": "audio/pcmu"}},
            },
            **changes,
        }
        await self.send(type="session.update", session=session)
        return await self.until("session.updated", "error")

    async def hear(self, audio: bytes, *, step: int = 160) -> None:
        """Say this to the engine, as fast as it takes it: it counts audio, not time."""
        for start in range(0, len(audio), step):
            piece = b64encode(audio[start : start + step]).decode()
            await self.send(type="input_audio_buffer.append", audio=piece)

    async def say_exactly(self, text: str) -> None:
        order = f'You are an agent.\n\nSay exactly this, word for word: "{text}"'
        await self.send(type="response.create", response={"instructions": order})

    def of(self, event_type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == event_type]

    def audio(self) -> bytes:
        return b"".join(b64decode(e["delta"]) for e in self.of("response.output_audio.delta"))


_UNITS = re.split(
    " ",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")
_ORDINALS = {"1st": "first", "2nd": "second", "3rd": "third"}


def words(text: str) -> str:
    """A transcript in the spelling of transcripts.json, so that only words are compared."""
    text = text.lower()
    text = re.sub(r"\b(1st|2nd|3rd)\b", lambda m: _ORDINALS[m[0]], text)
    text = re.sub(r"(\d)\s*([ap])\.?m\b\.?", r"\1 \2 m", text)
    text = re.sub(r"(?<=\d)[.:](?=\d)", " ", text)
    text = re.sub(r"\d+", lambda m: _number(m[0]), text)
    return re.sub(r"\s+", " ", re.sub(r"[^a-z' ]", " ", text)).strip()


def _number(digits: str) -> str:
    value = int(digits)
    if len(digits) > 2 or digits.startswith("0"):
        return " ".join(_UNITS[int(digit)] for digit in digits)
    if value < 20:
        return _UNITS[value]
    unit = f" {_UNITS[value % 10]}" if value % 10 else ""
    return f"{_TENS[value // 10]}{unit}" if value < 60 else digits
