"""The audio formats of the protocol, to and from samples.

Inside the engine sound is float32 between -1 and 1: callers at 8 kHz, as the telephone brings them,
and the engine's own voice at 24 kHz, as its models make it.
"""

from enum import Enum
from typing import Any, Final

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

Samples = NDArray[np.float32]

HEARD_HZ: Final = 8_000
"""Callers are heard at the telephone's rate."""
SPOKEN_HZ: Final = 24_000
"""The voice models make this rate."""


class AudioFormat(Enum):
    PCMU = "audio/pcmu"
    PCMA = "audio/pcma"
    PCM = "audio/pcm"

    @property
    def rate(self) -> int:
        return SPOKEN_HZ if self is AudioFormat.PCM else HEARD_HZ

    @property
    def bytes_per_ms(self) -> int:
        return 48 if self is AudioFormat.PCM else 8


def _mu_law_to_linear() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_to_linear() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent = (code & 0x70) >> 4
    mantissa = (code & 0x0F) << 4
    magnitude = np.where(
        exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _nearest_code(linear: NDArray[np.int16]) -> NDArray[np.uint8]:
    """For each 16-bit value the code whose sound is nearest; of equals, the lowest value's last."""
    order = np.argsort(linear, kind="stable")
    levels = linear[order].astype(np.int32)
    edges = (levels[1:] + levels[:-1] + 1) // 2
    values = np.arange(-32_768, 32_768, dtype=np.int32)
    return order[np.searchsorted(edges, values, side="right")].astype(np.uint8)


_TO_LINEAR: Final = {
    AudioFormat.PCMU: _mu_law_to_linear(),
    AudioFormat.PCMA: _a_law_to_linear(),
}
_TO_CODE: Final = {name: _nearest_code(table) for name, table in _TO_LINEAR.items()}
_SCALE: Final = np.float32(1 / 32_768)


def to_pcm16(samples: NDArray[Any]) -> NDArray[np.int16]:
    return np.asarray(np.clip(samples, -1.0, 1.0) * 32_767, dtype=np.int16)


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """A whole sound at another rate."""
    if from_hz == to_hz:
        return samples
    return np.asarray(soxr.resample(samples, from_hz, to_hz), dtype=np.float32)


class SoundDecoder:
    """A caller's stream of bytes in one format to samples at `HEARD_HZ`; any cut is fine."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._odd = b""
        self._resampler: soxr.ResampleStream | None = None
        if audio_format is AudioFormat.PCM:
            self._resampler = soxr.ResampleStream(SPOKEN_HZ, HEARD_HZ, 1, dtype="float32")

    def decode(self, audio: bytes) -> Samples:
        if self._resampler is None:
            codes = np.frombuffer(audio, np.uint8)
            return _TO_LINEAR[self._format][codes].astype(np.float32) * _SCALE
        audio = self._odd + audio
        whole = len(audio) & ~1
        self._odd = audio[whole:]
        samples = np.frombuffer(audio[:whole], "<i2").astype(np.float32) * _SCALE
        return np.asarray(self._resampler.resample_chunk(samples), dtype=np.float32)


class SoundEncoder:
    """The engine's voice to bytes of one format, sentence after sentence without a seam."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._resampler: soxr.ResampleStream | None = None
        if audio_format.rate != SPOKEN_HZ:
            self._resampler = soxr.ResampleStream(SPOKEN_HZ, audio_format.rate, 1, dtype="float32")

    def encode(self, samples: Samples, *, is_last: bool = False) -> bytes:
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=is_last)
        return encoded(samples, self._format)


def encoded(samples: Samples, audio_format: AudioFormat) -> bytes:
    """Samples, already at the format's rate, as its bytes."""
    pcm = to_pcm16(samples)
    if audio_format is AudioFormat.PCM:
        return pcm.astype("<i2").tobytes()
    return _TO_CODE[audio_format][pcm.astype(np.int32) + 32_768].tobytes()


def transcoded(audio: bytes, to: AudioFormat) -> bytes:
    """Mu-law, as turns are kept, in another format."""
    if to is AudioFormat.PCMU:
        return audio
    samples = SoundDecoder(AudioFormat.PCMU).decode(audio)
    return encoded(resampled(samples, HEARD_HZ, to.rate), to)
