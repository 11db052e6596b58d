"""The local detector hears people in time, and takes nothing else for one."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from sounds import NOISES, RECORDINGS, Samples, frames, line, recording

from prosaasil.audio.level import VoiceLevels, level
from prosaasil.call.events import CallerVoiceEnded, CallerVoiceHeard
from prosaasil.call.policy import CallPolicy
from prosaasil.live.detector import Detector
from prosaasil.live.worker import voice_model
from prosaasil.rig.sound import RATE

POLICY = CallPolicy()
CANDIDATE, HOLD, STRONG = POLICY.voice_steps
SPOKEN = sorted(path.stem for path in RECORDINGS.glob("*.wav"))
QUIET_LINE = 12
LEAD_S = 3
LOUDNESSES = (60, 150, 400, 1_000, 3_000)
MINUTE_S = 60
HOLD_MS_MAX = 220

Told = CallerVoiceHeard | CallerVoiceEnded


def detector(*, strict: bool = True) -> Detector:
    made = Detector(voice_model(), POLICY)
    made.is_strict = strict
    return made


def heard(listener: Detector, sound: Samples) -> list[tuple[int, Told]]:
    """What is told, and at which frame."""
    return [
        (index, told) for index, frame in enumerate(frames(sound)) for told in listener.add(frame)
    ]


def first(found: list[tuple[int, Told]], frames_min: int) -> int | None:
    """The first frame at which so many voiced frames were told."""
    return next(
        (at for at, t in found if isinstance(t, CallerVoiceHeard) and t.frames >= frames_min), None
    )


def candidates(found: list[tuple[int, Told]]) -> int:
    """Voices of at least 8 frames; each would open the gate."""
    count, is_new = 0, True
    for _, told in found:
        count += is_new and isinstance(told, CallerVoiceHeard)
        is_new = isinstance(told, CallerVoiceEnded)
    return count


@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_hardly_ever_taken_for_a_voice(kind: str) -> None:
    """Five minutes of each, from hardly audible to very loud; only strings can do it at all."""
    rng = np.random.default_rng(7)
    found = 0
    for rms in LOUDNESSES:
        noise = NOISES[kind](MINUTE_S, rms, rng)
        found += candidates(heard(detector(), noise + line(MINUTE_S, QUIET_LINE, rng)))

    assert found <= (2 if kind == "music" else 0)


class Onset:
    """A real sentence on a line with some noise, and where it begins to be loud."""

    def __init__(self, name: str, gain: float, noise_rms: int) -> None:
        lead = np.zeros(LEAD_S * RATE)
        clean = np.concatenate([lead, recording(name)[: 2 * RATE] * gain])
        levels = [level(frame) for frame in frames(clean)]
        loud = [one > max(VoiceLevels.VOICE, 1.5 * noise_rms) for one in levels]
        self.at = next(i for i, is_loud in enumerate(loud) if is_loud and sum(loud[i : i + 4]) > 2)
        noise = np.random.default_rng(4).normal(0, noise_rms, len(clean))
        self.sound = clean + noise

    def ms(self, frame: int | None) -> int:
        """From the onset to the end of this frame."""
        assert frame is not None
        return (frame - self.at + 1) * 20


@cache
def onsets() -> tuple[list[int], list[int]]:
    """For every recording, loud and soft, on quiet and noisy lines: candidate and hold, in ms."""
    to_candidate, to_hold = [], []
    for onset in _spoken():
        found = heard(detector(), onset.sound)
        to_candidate.append(onset.ms(first(found, CANDIDATE)))
        to_hold.append(onset.ms(first(found, HOLD)))
    return to_candidate, to_hold


def _spoken() -> Iterator[Onset]:
    for name in SPOKEN:
        for noise_rms in (QUIET_LINE, 60, 200):
            for gain in (1.0, 0.3, 0.1):
                yield Onset(name, gain, noise_rms)


def test_a_real_voice_holds_the_agent_in_time() -> None:
    to_candidate, to_hold = onsets()

    assert np.median(to_candidate) <= 160
    assert np.median(to_hold) <= 200
    assert np.percentile(to_hold, 95) <= HOLD_MS_MAX
    assert max(to_hold) <= 400


def test_no_recording_is_missed() -> None:
    assert len(onsets()[1]) == len(SPOKEN) * 9


@pytest.mark.parametrize("rms", [60, 200])
def test_a_noisy_line_is_no_candidate_and_a_voice_on_top_is_one(rms: int) -> None:
    rng = np.random.default_rng(5)
    listener = detector(strict=False)
    heard(listener, line(2, rms, rng))
    listener.restart()
    listener.is_strict = True

    assert heard(listener, line(10, rms, rng)) == []
    voice = recording("transfer")
    assert first(heard(listener, voice + line(len(voice) / RATE, rms, rng)), STRONG) is not None


def test_a_voice_that_goes_on_when_the_agent_begins_counts_from_zero() -> None:
    """The first 200 ms of the agent's speech are no time of grace (R-BI-09)."""
    listener = detector(strict=False)
    voice = recording("queue-youarenext")
    start = RATE // 2
    heard(listener, voice[:start])
    listener.restart()
    listener.is_strict = True
    found = heard(listener, voice[start:])

    assert first(found, CANDIDATE) in range(CANDIDATE - 1, CANDIDATE + 3)


def test_while_the_agent_is_silent_quiet_speech_is_a_voice() -> None:
    voice = recording("transfer")
    quiet = voice / np.sqrt((voice**2).mean()) * 60
    lenient, strict = detector(strict=False), detector()
    found = heard(lenient, np.concatenate([quiet, np.zeros(RATE)]))
    louder = heard(strict, np.concatenate([quiet, np.zeros(RATE)]))

    assert first(found, STRONG) is not None
    assert _voiced(found) > 1.2 * _voiced(louder)


def test_who_speaks_quietly_is_counted() -> None:
    rng = np.random.default_rng(2)
    listener = detector(strict=False)
    for rms in (50, 50, 400):
        heard(listener, line(0.5, rms, rng))
        heard(listener, line(0.5, 5, rng))

    assert listener.totals()["quiet_utterances"] == 2


def test_a_voice_is_told_of_when_it_ends_however_short() -> None:
    listener = detector(strict=False)
    loud, quiet = line(0.1, 500, np.random.default_rng(1)), np.zeros(RATE)

    assert heard(listener, np.concatenate([loud, quiet])) == [(11, CallerVoiceEnded(5))]
    assert listener.totals()["frames_voiced"] == 5


def test_the_model_sleeps_while_nothing_is_loud() -> None:
    listener = detector()
    heard(listener, line(5, QUIET_LINE, np.random.default_rng(1)))
    assert listener._stream is None

    heard(listener, recording("transfer"))
    heard(listener, line(1, QUIET_LINE, np.random.default_rng(1)))
    assert listener._stream is None


def test_audio_of_another_length_is_heard_as_frames() -> None:
    whole, cut = detector(), detector()
    sound = b"".join(frames(recording("transfer")))
    by_frames = [t for at in range(0, len(sound), 160) for t in whole.add(sound[at : at + 160])]
    by_more = [t for at in range(0, len(sound), 480) for t in cut.add(sound[at : at + 480])]

    assert by_more == by_frames


def test_the_pre_roll_begins_a_little_before_the_voice() -> None:
    listener = detector()
    quiet = [bytes([0xFA + n % 5]) * 160 for n in range(20)]
    loud = [b"\x20" * 159 + bytes([n]) for n in range(1, 5)]
    for frame in quiet + loud:
        listener.add(frame)

    assert listener.pre_roll(50) == quiet[-5:] + loud
    assert listener.pre_roll(2) == loud[-2:]
    assert listener.pre_roll(0) == []


def test_without_a_voice_there_is_no_pre_roll() -> None:
    listener = detector()
    for _ in range(30):
        listener.add(b"\xff" * 160)

    assert listener.pre_roll(50) == []
    assert len(listener.recent) == 20


def _voiced(found: list[tuple[int, Told]]) -> int:
    return sum(told.frames for _, told in found if isinstance(told, CallerVoiceEnded))
