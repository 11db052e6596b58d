"""What the browser's fake microphone hears: real speech and silence, as a file that it loops."""

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prosaasil.audio import mulaw

RECORDINGS = Path(__file__).parent.parent / "recordings"
RATE = 8_000

Sound = NDArray[np.int16]


def silence(seconds: float) -> Sound:
    return np.zeros(int(seconds * RATE), np.int16)


def recorded(name: str) -> Sound:
    """A person's voice; the folder tells whose and under which licence."""
    with wave.open(str(RECORDINGS / f"{name}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def from_phone(speech: bytes) -> Sound:
    """The sound of 8 kHz mu-law."""
    return np.frombuffer(mulaw.decode(speech), np.int16)


def write(path: Path, sounds: Sequence[Sound]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(np.concatenate(sounds).tobytes())
    return path
