"""Sound in and out of the rig: mu-law by tables, WAV files of any rate, made-up speech and rooms.

The tables are the rig's own: what checks the product's sound shares no code with it.
"""

import wave
from pathlib import Path

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

from .cues import FRAME_BYTES

CLIPS = Path(__file__).parent / "clips"
RATE = 8_000
AUDIBLE_PEAK = 512
"""-36 dB below full scale: under it a telephone's ear hears line noise, not speech."""
_BIAS = 132
_CLIP = 32_635

Samples = NDArray[np.int16]


def _decoded_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = ((((code & 0x0F) << 3) + _BIAS) << ((code >> 4) & 0x07)) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


_DECODED = _decoded_table()
_IS_LOUD = bytes(int(abs(int(value)) > AUDIBLE_PEAK) for value in _DECODED)


def decode(mulaw: bytes | bytearray) -> Samples:
    return _DECODED[np.frombuffer(mulaw, dtype=np.uint8)]


def encode(samples: Samples) -> bytes:
    """G.711 mu-law, by its definition: sign, exponent, mantissa, inverted."""
    value = samples.astype(np.int32)
    sign = np.where(value < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(value), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: bytes = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()
    return code


def is_audible(mulaw: bytes | bytearray) -> bool:
    return 1 in mulaw.translate(_IS_LOUD)


def trim(mulaw: bytes) -> bytes:
    """The whole frames from the first audible one to the last."""
    frames = frames_of(mulaw)
    loud = [index for index, frame in enumerate(frames) if is_audible(frame)]
    return b"".join(frames[loud[0] : loud[-1] + 1]) if loud else b""


def frames_of(mulaw: bytes) -> list[bytes]:
    """160-byte frames, the last padded with silence."""
    return [
        mulaw[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\xff")
        for at in range(0, len(mulaw), FRAME_BYTES)
    ]


def read_wav(path: Path) -> bytes:
    """A WAV file of 16-bit samples, any rate and any number of channels, as the phone hears it."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: only 16-bit WAV files can be played")
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    mono = samples.reshape(-1, channels).mean(axis=1)
    return to_phone(mono.astype(np.float32) / 32_768, rate)


def to_phone(mono: NDArray[np.float32], rate: int) -> bytes:
    """Samples from -1 to 1 at `rate` as 8 kHz mu-law."""
    at_phone_rate = mono if rate == RATE else soxr.resample(mono, rate, RATE)
    return encode((np.clip(at_phone_rate, -1, 1) * 32_767).astype(np.int16))


def write_stereo(path: Path, left: bytes | bytearray, right: bytes | bytearray) -> None:
    length = max(len(left), len(right))
    channels = [decode(bytes(side).ljust(length, b"\xff")) for side in (left, right)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())


def clip(name: str) -> list[bytes]:
    """Frames of a voice that any detector takes for one: `speech` or `hum` (see `clips/`)."""
    return frames_of((CLIPS / f"{name}.ulaw").read_bytes())


def made_up_speech(frames: int, seed: int) -> list[bytes]:
    """Frames that every level detector takes for speech, the same for each seed. No voice model
    does: see `clip`.
    """
    return frames_of(encode(_noise(frames, seed, 3_000)))


def quiet_room(frames: int, seed: int) -> list[bytes]:
    """A line on which nobody speaks: noise far below what is audible."""
    return frames_of(encode(_noise(frames, seed, 12)))


def _noise(frames: int, seed: int, deviation: int) -> Samples:
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, deviation, frames * FRAME_BYTES)
    return np.clip(samples, -_CLIP, _CLIP).astype(np.int16)
