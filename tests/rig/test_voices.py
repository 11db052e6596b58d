"""The callers of a load run say what they should, and a real detector hears it."""

import pytest

from prosaasil.call.events import CallerVoiceEnded, CallerVoiceHeard
from prosaasil.call.policy import CallPolicy
from prosaasil.live.detector import Detector
from prosaasil.live.worker import voice_model
from prosaasil.rig.cues import Cue, Kind, read
from prosaasil.rig.sound import clip, quiet_room
from prosaasil.rig.voices import LoadCaller, Saying, Timetable

POLICY = CallPolicy()


def cues(caller: LoadCaller, ms: int) -> list[tuple[int, Cue]]:
    """What is stamped on the caller's frames, and when."""
    found = []
    for at in range(0, ms, 20):
        cue = read(caller.next_frame(at * 1_000))
        if cue is not None:
            found.append((at, cue))
    return found


def test_a_caller_keeps_to_the_timetable() -> None:
    table = Timetable((Saying(1_000, 500),), 3_000, (Saying(0, 400, is_filler=True),), 2_000)
    turns = [(at, cue.kind) for at, cue in cues(LoadCaller(table), 7_000) if cue.kind]

    assert turns == [
        (1_000, Kind.SPEECH_STARTED),
        (1_500, Kind.SPEECH_STOPPED),
        (3_000, Kind.FILLER_STARTED),
        (3_400, Kind.SPEECH_STOPPED),
        (5_000, Kind.FILLER_STARTED),
        (5_400, Kind.SPEECH_STOPPED),
    ]


def test_what_may_wait_for_the_gate_is_not_timed() -> None:
    found = cues(LoadCaller(), 18_000)
    onsets = [at for at, cue in found if cue.kind in {Kind.SPEECH_STARTED, Kind.FILLER_STARTED}]
    timed = [at for at, cue in found if cue.kind is Kind.SENT_AT]

    assert len(timed) > 60
    assert not [at for at in timed for onset in onsets if abs(at - onset) < 400]


def test_the_caller_says_when_something_begins() -> None:
    caller = LoadCaller(Timetable((Saying(100, 200),), 1_000))
    begun = []
    for at in range(0, 1_000, 20):
        caller.next_frame(0)
        if caller.has_just_begun:
            begun.append(at)

    assert begun == [100]


@pytest.mark.parametrize("name", ["speech", "hum"])
def test_a_strict_detector_takes_a_clip_for_a_voice_at_once(name: str) -> None:
    """With numbers stamped into it, too."""
    table = Timetable((Saying(2_000, len(clip(name)) * 20, is_filler=name == "hum"),), 6_000)
    caller = LoadCaller(table)
    detector = Detector(voice_model(), POLICY)
    detector.is_strict = True
    told = [(at, one) for at in range(0, 6_000, 20) for one in detector.add(caller.next_frame(at))]
    heard = [(at, one.frames) for at, one in told if isinstance(one, CallerVoiceHeard)]

    assert heard[:2] == [(2_140, 8), (2_180, 10)]
    assert isinstance(told[-1][1], CallerVoiceEnded)


def test_a_quiet_room_is_no_voice() -> None:
    detector = Detector(voice_model(), POLICY)
    assert not [told for frame in quiet_room(500, seed=3) for told in detector.add(frame)]
