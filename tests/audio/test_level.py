"""How loud a frame is, and what counts as a voice on a noisy line."""

from math import pi, sin, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.audio import mulaw
from prosaasil.audio.level import NoiseFloor, VoiceLevels, level


def noise(rms: float, frames: int, seed: int = 1) -> list[bytes]:
    """Frames of Gaussian noise."""
    rng = Random(seed)
    return [
        mulaw.encode(max(-32_768, min(32_767, round(rng.gauss(0, rms)))) for _ in range(160))
        for _ in range(frames)
    ]


def voice(rms: float, frames: int, seed: int = 1) -> list[bytes]:
    """Frames of a buzz that rises and falls five times a second, over quiet noise."""
    rng = Random(seed)
    samples = [
        rms * 2 * abs(sin(pi * 5 * n / 8_000)) * sin(2 * pi * 150 * n / 8_000) + rng.gauss(0, 8)
        for n in range(160 * frames)
    ]
    whole = mulaw.encode(max(-32_768, min(32_767, round(sample))) for sample in samples)
    return [whole[at : at + 160] for at in range(0, len(whole), 160)]


def exact_rms(audio: bytes) -> float:
    return sqrt(sum(mulaw.LINEAR[code] ** 2 for code in audio) / len(audio))


@pytest.mark.parametrize("rms", [10, 20, 30, 45, 60, 100, 200, 380, 500, 1_000, 3_000, 9_000])
def test_the_level_of_noise_is_its_root_mean_square(rms: int) -> None:
    audio = b"".join(noise(rms, 50))
    assert level(audio) == pytest.approx(exact_rms(audio), rel=0.04, abs=2)


@pytest.mark.parametrize("rms", [60, 250, 1_000, 5_000])
def test_the_level_of_a_voice_is_near_its_root_mean_square(rms: int) -> None:
    audio = b"".join(voice(rms, 50))
    assert 0.75 * exact_rms(audio) < level(audio) < 1.15 * exact_rms(audio)


def test_silence_has_no_level() -> None:
    assert level(b"") == 0
    assert level(b"\xff" * 160) == level(b"\x7f" * 160) == 0


def test_full_scale_is_reached() -> None:
    assert level(b"\x00" * 160) == pytest.approx(32_124 * 1.4793, rel=0.01)


@given(st.integers(0, 32_000), st.integers(0, 32_000))
def test_louder_is_never_less(one: int, other: int) -> None:
    """Also where the fine scale gives way to the coarse, but for half a coarse step."""
    quiet, loud = sorted((one, other))
    assert level(mulaw.encode([quiet] * 160)) <= level(mulaw.encode([loud] * 160)) + 64


@given(st.binary(max_size=400))
def test_a_level_does_not_depend_on_the_sign(audio: bytes) -> None:
    flipped = bytes(code ^ 0x80 for code in audio)
    assert level(audio) == level(flipped)


def is_voiced(floor: NoiseFloor, frame: bytes, *, quiet: bool = False) -> bool:
    """Whether this next frame is louder than the noise can explain."""
    floor.add(level(frame))
    return level(frame) > (floor.quiet_threshold if quiet else floor.threshold)


def longest_run(floor: NoiseFloor, frames: list[bytes]) -> int:
    """The most frames in a row that were taken for a voice."""
    longest = run = 0
    for frame in frames:
        run = run + 1 if is_voiced(floor, frame) else 0
        longest = max(longest, run)
    return longest


CANDIDATE_FRAMES = 8
"""So many voiced frames in a row could be somebody interrupting."""


def test_a_line_nobody_has_heard_yet_is_taken_for_silent() -> None:
    floor = NoiseFloor()
    assert (floor.level, floor.threshold) == (VoiceLevels.SILENCE, VoiceLevels.VOICE)
    assert VoiceLevels.SPEECH <= floor.quiet_threshold < 45


def test_a_voice_is_heard_from_its_first_frames() -> None:
    assert longest_run(NoiseFloor(), voice(1_000, 50)) >= CANDIDATE_FRAMES


@pytest.mark.parametrize("rms", [60, 200, 500])
def test_steady_noise_is_no_voice_after_two_seconds(rms: int) -> None:
    floor = NoiseFloor()
    longest_run(floor, noise(rms, 100, seed=2))

    assert floor.level == pytest.approx(rms, rel=0.25)
    assert longest_run(floor, noise(rms, 500, seed=3)) < CANDIDATE_FRAMES


@pytest.mark.parametrize("rms", [10, 60, 200, 500])
def test_steady_noise_is_no_quiet_speech_either(rms: int) -> None:
    floor = NoiseFloor()
    longest_run(floor, noise(rms, 100, seed=2))

    frames = noise(rms, 500, seed=3)
    assert sum(is_voiced(floor, frame, quiet=True) for frame in frames) < len(frames) / 40


def test_quiet_speech_on_a_quiet_line_is_heard() -> None:
    floor = NoiseFloor()
    longest_run(floor, noise(8, 100))
    frames = voice(50, 50)

    assert not any(is_voiced(floor, frame) for frame in noise(8, 10))
    assert sum(is_voiced(floor, frame, quiet=True) for frame in frames) > len(frames) / 3


def test_a_voice_over_steady_noise_is_heard() -> None:
    floor = NoiseFloor()
    longest_run(floor, noise(200, 100))
    both = [
        mulaw.encode(a + b for a, b in zip(mulaw.decode(v), mulaw.decode(n), strict=True))
        for v, n in zip(voice(1_000, 50), noise(200, 50, seed=4), strict=True)
    ]
    assert longest_run(floor, both) >= CANDIDATE_FRAMES


def test_noise_that_ends_is_forgotten_at_once() -> None:
    floor = NoiseFloor()
    longest_run(floor, noise(500, 200))
    longest_run(floor, noise(10, 1))
    assert floor.level < VoiceLevels.SILENCE
    assert longest_run(floor, voice(150, 50)) >= CANDIDATE_FRAMES


def test_speech_does_not_raise_the_floor() -> None:
    """Ten seconds of it, with the pauses that speech has."""
    floor = NoiseFloor()
    for second in range(10):
        longest_run(floor, voice(1_500, 40, seed=second) + noise(8, 10, seed=second))
        assert floor.threshold <= VoiceLevels.VOICE


@given(st.lists(st.integers(0, 40_000), max_size=400))
def test_the_floor_is_a_level_that_was_heard_within_two_seconds(levels: list[int]) -> None:
    floor = NoiseFloor()
    for at, one in enumerate(levels):
        floor.add(one)
        assert floor.level <= one
        assert floor.level in {VoiceLevels.SILENCE, *levels[max(0, at - 96) : at + 1]}
        assert floor.threshold >= floor.level + VoiceLevels.DELTA_MIN
        assert floor.threshold > floor.quiet_threshold > floor.level
