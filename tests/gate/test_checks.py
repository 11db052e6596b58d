"""Each check complains of what it is for, and of nothing else."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from prosaasil.call import commands, events
from prosaasil.call.briefing import Direction
from prosaasil.call.commands import HangUpReason, Note
from prosaasil.call.trace import Line
from prosaasil.gate.checks import complaints
from prosaasil.gate.expect import Expectation
from prosaasil.gate.moments import Moments
from prosaasil.gate.scenario import Act, Case, Reply, Scenario
from prosaasil.gate.stage import Frame, Performance, remarks_of

EVERY_20_MS = range(1_000, 3_000, 20)


def line(at: int, *orders: commands.Command, event: events.Event | None = None) -> Line:
    return Line(at, 0, 0, event or events.DeadlineReached(), list(orders))


def frames(times: Sequence[int] = EVERY_20_MS, reply: int = 0, first: int = 0) -> list[Frame]:
    return [Frame(at, reply, index) for index, at in enumerate(times, first)]


def told(
    expect: dict[str, Any] | None = None,
    heard: list[Frame] | None = None,
    lines: Sequence[Line] = (),
    *,
    on_rig: bool = False,
    ended: str = "caller_hung_up",
    counters: dict[str, int | float] | None = None,
    engine_heard_ms: dict[str, int] | None = None,
) -> list[str]:
    """Complaints about a call of one reply of two seconds, from 1,000 ms on."""
    expectations = () if expect is None else (msgspec.convert(expect, Expectation),)
    scenario = Scenario(
        "X",
        "x",
        "x",
        expectations,
        reply={"0": Reply(ms=2_000), "1": Reply(ms=1_000)},
        act=(Act("start", name="voice", ms=500),),
    )
    moments = Moments()
    moments.begin("voice", 2_000)
    moments.begin("closed", 4_000)
    moments.begin("engine_closed", 4_000)
    all_lines = [*lines, line(4_000, commands.HangUp(HangUpReason.CALLER_HUNG_UP))]
    return complaints(
        Performance(
            case=Case(scenario, {}, Direction.INBOUND, is_for_rig=True),
            moments=moments,
            lines=all_lines,
            frames=frames() if heard is None else heard,
            remarks=remarks_of(all_lines) + _shell_says(on_rig=on_rig),
            counters=counters or {},
            engine_heard_ms=engine_heard_ms or {},
            ended=ended,
            is_on_rig=on_rig,
            faults=[],
        )
    )


def _shell_says(*, on_rig: bool) -> list[Any]:
    said = [Note("TX_METRICS", "")] * 4 + [
        Note("AUDIO_TX_LOOP", "started"),
        Note("AUDIO_TX_LOOP", "exiting"),
        Note("CALL_METRICS"),
        Note("F3", "WebSocket closed successfully"),
        Note("CLEANUP", "Resetting all state flags..."),
        Note("CLEANUP", "All state flags reset successfully"),
    ]
    return remarks_of([line(4_000, *said)]) if on_rig else []


CANDIDATE = Note("LOCAL_VAD", "CANDIDATE barge-in detected: 8 voice_frames -> enabling forward")
CONFIRMED = Note("BARGE-IN", "CONFIRMED: meaningful")


@pytest.mark.parametrize("on_rig", [False, True])
def test_a_call_as_it_should_be(on_rig: bool) -> None:
    assert told(on_rig=on_rig) == []


@pytest.mark.parametrize(
    ("heard", "wrong"),
    [
        (frames(EVERY_20_MS[:50]) + frames(EVERY_20_MS[51:], first=50), None),
        (frames(EVERY_20_MS[:50]) + frames(EVERY_20_MS[51:], first=51), "out of order"),
        (frames(EVERY_20_MS[:50]) + frames(EVERY_20_MS[50:], first=49), "out of order"),
        (frames(range(1_000, 1_200, 20)) + frames([1_261], first=10), "a gap of 81 ms"),
        (frames(range(1_000, 1_200, 10)), "more than 6 frames in 100 ms"),
        ([*frames([1_000]), *frames([1_020], 1), *frames([1_040], 0, 1)], "again after another"),
        ([Frame(1_000, None)], "no reply was made of"),
        ([Frame(1_000, 0, 0, size=80)], "a message of 80 bytes"),
    ],
)
def test_what_is_heard_is_in_order_and_even(heard: list[Frame], wrong: str | None) -> None:
    found = told(heard=heard)
    assert (not found) if wrong is None else any(wrong in one for one in found)


def test_a_hold_is_no_gap() -> None:
    heard = frames(range(1_000, 1_200, 20)) + frames(range(2_000, 2_200, 20), first=10)
    held = [line(1_195, commands.HoldSpeech()), line(1_990, commands.ResumeSpeech(795))]
    assert told(heard=heard, lines=held) == []
    assert told(heard=heard, lines=held[:1]) == []
    assert "a gap of 820 ms in reply 0" in told(heard=heard)


def test_a_call_that_goes_on_after_its_end() -> None:
    early = line(3_000, commands.HangUp(HangUpReason.SILENCE))
    assert told(lines=[early]) == ["the core went on after its last order"]
    assert told(ended="") == ["the call did not end"]
    assert told(counters={"frames_dropped": 3}) == ["3 frames were dropped"]


def test_the_rig_has_its_slack_and_virtual_time_has_none() -> None:
    late = {"soon": {"marker": "candidate", "after": "voice", "within_ms": 200}, "slack_ms": 50}
    lines = [line(2_230, CANDIDATE)]
    assert told(late, lines=lines, on_rig=True) == []
    assert told(late, lines=lines) == ["soon: candidate 230 ms after voice"]
    assert told(late | {"slack_ms": 20}, lines=lines, on_rig=True) != []
    assert told(late | {"on": "rig"}, lines=lines) == []


FPS = [line(at, Note("TX_METRICS", "", {"fps": fps})) for at, fps in enumerate((50, 8, 50, 50))]
BEGUN = line(900, event=events.ReplyStarted("r0", None))
SOUNDS = line(950, event=events.ReplyAudio("r0", "i0", b""))
CANCEL = line(2_100, commands.CancelReply("r0"))


@pytest.mark.parametrize(
    ("expect", "lines", "right"),
    [
        ({"order": ["candidate", "confirmed"]}, [line(1, CANDIDATE), line(2, CONFIRMED)], True),
        ({"order": ["candidate", "confirmed"]}, [line(1, CONFIRMED), line(2, CANDIDATE)], False),
        ({"order": ["confirmed", "confirmed"]}, [line(1, CONFIRMED)], False),
        ({"order": ["no such marker"]}, [], False),
        ({"absent": ["confirmed"]}, [line(1, CANDIDATE)], True),
        ({"absent": ["confirmed"]}, [line(1, CONFIRMED)], False),
        ({"count": {"marker": "confirmed", "is": 1}}, [line(1, CONFIRMED)], True),
        (
            {"count": {"marker": "confirmed", "is": 1, "text": "filler"}},
            [line(1, CONFIRMED)],
            False,
        ),
        (
            {"count": {"marker": "confirmed", "min": 1, "from": "voice"}},
            [line(1, CONFIRMED)],
            False,
        ),
        ({"count": {"marker": "confirmed", "max": 0, "to": "voice"}}, [line(1, CONFIRMED)], False),
        ({"streak": {"marker": "tx_metrics", "text": "fps=50", "min": 2}}, FPS[:3], False),
        ({"streak": {"marker": "tx_metrics", "text": "fps=50", "min": 2}}, FPS, True),
        ({"commands": {"command": "CancelReply", "is": 1}}, [CANCEL], True),
        ({"commands": {"command": "CancelReply", "is": 0, "from": "voice"}}, [CANCEL], False),
        ({"commands": {"command": "CancelReply", "is": 0, "from": "voice+101"}}, [CANCEL], True),
        ({"commands": {"command": "CancelReply", "is": 0, "from": "reply7"}}, [CANCEL], False),
        ({"soon": {"marker": "candidate", "after": "voice", "within_ms": 9}}, [], False),
        ({"last_frame": {"reply": 0, "after": "voice", "within_ms": 980}}, [], True),
        ({"last_frame": {"reply": 0, "after": "voice", "within_ms": 979}}, [], False),
        ({"silent": {"from": "voice+980"}}, [], True),
        ({"silent": {"from": "voice", "to": "voice+100"}}, [], False),
        ({"whole": {"replies": [0]}}, [], True),
        ({"whole": {"replies": [0, 1]}}, [], False),
        ({"heard_ms": {"reply": 0, "min": 2_000, "max": 2_000}}, [], True),
        ({"heard_ms": {"reply": 0, "max": 1_980}}, [], False),
        ({"pace": {"reply": 0}}, [], True),
        ({"pace": {"reply": 0, "fps_max": 49}}, [], False),
        ({"pace": {"reply": 1}}, [], False),
        ({"pace": {"reply": 0, "held_ms_max": 5}}, [line(1, commands.HoldSpeech())], False),
        ({"truncated": {"reply": 0}}, [BEGUN, SOUNDS], False),
        ({"truncated": {"reply": 0}}, [], False),
        (
            {"truncated": {"reply": 0}},
            [BEGUN, SOUNDS, line(3_000, commands.TruncateItem("i0", 1_980))],
            True,
        ),
        (
            {"truncated": {"reply": 0}},
            [BEGUN, SOUNDS, line(3_000, commands.TruncateItem("i0", 1_500))],
            False,
        ),
        ({"ended": {"reason": "caller_hung_up", "after": "voice", "within_ms": 2_000}}, [], True),
        ({"ended": {"reason": "caller_hung_up", "after": "voice", "within_ms": 1_999}}, [], False),
        ({"ended": {"reason": "caller_hung_up", "after": "voice", "min_ms": 2_001}}, [], False),
        ({"ended": {"reason": "silence"}}, [], False),
    ],
)
def test_an_expectation(expect: dict[str, Any], lines: list[Line], right: bool) -> None:
    assert (told(expect, lines=lines) == []) is right


@pytest.mark.parametrize(
    ("wanted", "heard_ms", "right"),
    [
        ({"ms_max": 0}, 0, True),
        ({"ms_max": 0}, 20, False),
        ({"missing_ms_max": 60}, 440, True),
        ({"missing_ms_max": 60}, 420, False),
    ],
)
def test_what_reached_the_engine(wanted: dict[str, int], heard_ms: int, right: bool) -> None:
    expect = {"engine_hears": {"act": "voice", **wanted}}
    assert (told(expect, engine_heard_ms={"voice": heard_ms}) == []) is right


def test_counters() -> None:
    counters: dict[str, int | float] = {"holds": 2}
    assert told({"counters": {"holds": 2}}, counters=counters) == []
    assert told({"counters": {"holds": {"min": 1, "max": 2}}}, counters=counters) == []
    assert told({"counters": {"holds": 1}}, counters=counters) == ["counters: holds is 2, not 1"]
    assert told({"counters": {"hopes": 1}}, counters=counters) == ["counters: there is no hopes"]
