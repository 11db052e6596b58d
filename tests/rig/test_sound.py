"""Sound reaches the phone as it was, at the phone's rate."""

import wave
from pathlib import Path

import numpy as np
import pytest

from prosaasil.rig.sound import (
    decode,
    encode,
    is_audible,
    made_up_speech,
    quiet_room,
    read_wav,
    trim,
    write_stereo,
)


def tone(rate: int, seconds: float = 1.0) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    at = np.arange(int(rate * seconds)) / rate
    return (np.sin(2 * np.pi * 440 * at) * 8_000).astype(np.int16)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_a_recording_of_any_rate_keeps_its_length_and_loudness(
    tmp_path: Path, rate: int, channels: int
) -> None:
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat(tone(rate), channels).tobytes())
    heard = decode(read_wav(path)).astype(float)
    assert len(heard) == pytest.approx(8_000, abs=2)
    assert np.sqrt((heard**2).mean()) == pytest.approx(8_000 / np.sqrt(2), rel=0.05)


def test_mu_law_is_its_own_inverse() -> None:
    codes = bytes(range(256))
    assert encode(decode(codes)) == codes.replace(b"\x7f", b"\xff")


def test_speech_is_audible_and_a_quiet_room_is_not() -> None:
    assert all(map(is_audible, made_up_speech(50, seed=1)))
    assert not any(map(is_audible, quiet_room(50, seed=1)))


def test_trimming_leaves_the_speech() -> None:
    room, speech = b"".join(quiet_room(5, seed=1)), b"".join(made_up_speech(3, seed=1))
    assert trim(room + speech + room) == speech


def test_a_stereo_file_has_the_caller_left_and_the_agent_right(tmp_path: Path) -> None:
    write_stereo(tmp_path / "call.wav", encode(tone(8_000)), b"")
    with wave.open(str(tmp_path / "call.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        assert (file.getframerate(), file.getnchannels()) == (8_000, 2)
    assert abs(samples[:, 0]).max() > 7_000
    assert not samples[:, 1].any()
