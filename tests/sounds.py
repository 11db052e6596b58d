"""What a telephone hears besides speech, made up, and real speech: samples at 8 kHz, and frames."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosaasil.rig.sound import RATE, decode, encode, frames_of, read_wav

Samples = NDArray[np.float64]
RECORDINGS = Path(__file__).parent / "recordings"


def frames(samples: Samples) -> list[bytes]:
    return frames_of(encode(np.clip(samples, -32_000, 32_000).astype(np.int16)))


def recording(name: str) -> Samples:
    return decode(read_wav(RECORDINGS / f"{name}.wav")).astype(np.float64)


def line(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """The noise of a line on which nobody speaks."""
    return rng.normal(0, rms, int(seconds * RATE))


def breath(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """Somebody breathes into the microphone, each time for half a second or more."""
    sound = np.zeros(int(seconds * RATE))
    at = int(0.5 * RATE)
    while at < len(sound):
        size = int(0.7 * RATE * rng.uniform(0.6, 1.4))
        low, high = rng.uniform(200, 500), rng.uniform(2_000, 3_400)
        air = _coloured(size, low, high, rng.uniform(-1, 0), rng)
        _mix(sound, at, air * _swell(size, 0.3, 0.5) * rms * 1.6)
        at += size + int(RATE * rng.uniform(1.5, 3))
    return sound


def cough(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    sound = np.zeros(int(seconds * RATE))
    size = RATE // 4
    at = RATE // 2
    while at < len(sound):
        air = _coloured(size, 300, 3_000, -0.3, rng)
        _mix(sound, at, air * np.exp(-np.arange(size) / (0.08 * RATE)) * rms * 3)
        at += int(RATE * rng.uniform(0.4, 2))
    return sound


def hum(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """The mains, every few seconds for a few seconds."""
    time = np.arange(int(seconds * RATE)) / RATE
    parts = ((1, 0.3), (2, 1), (3, 0.4), (4, 0.5), (6, 0.2))
    sound = sum(share * np.sin(2 * np.pi * 50 * n * time + rng.uniform(0, 6)) for n, share in parts)
    return _loud(sound * (1 + 0.3 * np.sin(2 * np.pi * 0.7 * time)), rms) * (time // 2.5 % 2)


def fan(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """A fan or a car's window, every few seconds for a few seconds."""
    time = np.arange(int(seconds * RATE)) / RATE
    air = _coloured(len(time), 60, 3_400, -0.8, rng)
    air *= 1 + 0.5 * np.sin(2 * np.pi * 0.4 * time) + 0.3 * np.sin(2 * np.pi * 9 * time)
    return _loud(air, rms) * (time // 3 % 2)


def street(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """Rumbling that comes and goes."""
    time = np.arange(int(seconds * RATE)) / RATE
    swells = rng.uniform(0, 1, int(seconds * 2) + 2) ** 2
    sound = _coloured(len(time), 80, 1_500, -1, rng)
    return _loud(sound * np.interp(time, np.arange(len(swells)) / 2, swells), rms)


def clicks(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """Keys, knocks and bad contacts: four a second."""
    sound = np.zeros(int(seconds * RATE))
    for at in rng.integers(0, len(sound), int(seconds * 4)):
        size = int(rng.uniform(0.004, 0.03) * RATE)
        knock = rng.normal(0, 1, size) * np.exp(-np.arange(size) / size * 4)
        _mix(sound, int(at), knock * rms * rng.uniform(0.3, 1))
    return sound


def music(seconds: float, rms: float, rng: np.random.Generator) -> Samples:
    """Chords of plucked strings."""
    sound = np.zeros(int(seconds * RATE))
    time = np.arange(int(0.6 * RATE)) / RATE
    pluck = np.exp(-time * 3) * np.minimum(1, time / 0.01)
    at = 0
    while at < len(sound):
        root = 262 * 2 ** (rng.choice([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
        for tone in (root, root * 1.25, root * 1.5):
            for n, share in ((1, 1), (2, 0.5), (3, 0.25), (4, 0.12)):
                wave = np.sin(2 * np.pi * tone * n * time + rng.uniform(0, 6))
                _mix(sound, at, share * wave * pluck)
        at += int(RATE * rng.choice([0.25, 0.5]))
    return _loud(sound, rms)


def tones(seconds: float, rms: float, _: np.random.Generator) -> Samples:
    """Another line is engaged."""
    time = np.arange(int(seconds * RATE)) / RATE
    return _loud(np.sin(2 * np.pi * 425 * time), rms) * (time // 0.5 % 2)


NOISES: dict[str, Callable[[float, float, np.random.Generator], Samples]] = {
    "breath": breath,
    "cough": cough,
    "hum": hum,
    "fan": fan,
    "street": street,
    "clicks": clicks,
    "music": music,
    "tones": tones,
}


def _coloured(
    size: int, low: float, high: float, slope: float, rng: np.random.Generator
) -> Samples:
    """Noise of one band, its spectrum falling as a power of the frequency."""
    pitch = np.fft.rfftfreq(size, 1 / RATE)
    shape = ((pitch >= low) & (pitch <= high)) * (np.maximum(pitch, 50) / 1_000) ** slope
    return _loud(np.fft.irfft(np.fft.rfft(rng.normal(0, 1, size)) * shape, size), 1)


def _swell(size: int, rising: float, falling: float) -> Samples:
    at = np.arange(size) / size
    return np.minimum(1, np.minimum(at / rising, (1 - at) / falling))


def _loud(sound: Samples, rms: float) -> Samples:
    loud: Samples = sound / np.sqrt((sound**2).mean()) * rms
    return loud


def _mix(into: Samples, at: int, sound: Samples) -> None:
    end = min(len(into), at + len(sound))
    into[at:end] += sound[: end - at]
