"""A call drawn from its trace: every lane and every moment that decided something."""

from xml.etree import ElementTree as ET

import pytest
from a_briefing import BRIEFING

from prosaasil.call import Call, events
from prosaasil.call.trace import Line, live_through
from prosaasil.records.timeline import Bar, Moment, bars, draw, moments

TOLD: list[tuple[int, events.Event]] = [
    (0, events.CallStarted()),
    (5, events.EngineOpened()),
    (90, events.SessionConfigured()),
    (300, events.ReplyStarted("g", "reply-1")),
    (300, events.ReplyText("g", "g.0", "Hello, caller!")),
    (310, events.ReplyAudio("g", "g.0", b"\1" * 8 * 9_000)),
    (1_000, events.CallerVoiceHeard(8)),
    (1_040, events.CallerVoiceHeard(10)),
    (1_200, events.CallerSpeechStarted("u1")),
    (1_400, events.CallerVoiceEnded(16)),
    (1_800, events.CallerTurnCommitted("u1")),
    (2_000, events.CallerTranscript("u1", "mm")),
    (3_000, events.CallerVoiceHeard(10)),
    (3_200, events.CallerSpeechStarted("u2")),
    (3_900, events.CallerVoiceEnded(40)),
    (4_300, events.CallerTurnCommitted("u2")),
    (4_600, events.CallerTranscript("u2", "Wait <one> question")),
    (4_800, events.CallerVoiceHeard(30)),
    (5_000, events.CallerHungUp()),
]


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    call = Call(BRIEFING)
    lived = []
    tick = 0
    for now, event in TOLD:
        for at in range(tick, now, 20):
            call.playout.next_frame(at)
            tick = at + 20
        lived.append(live_through(call, event, now))
    return lived


def test_what_decided_the_call_is_told_in_order(lines: list[Line]) -> None:
    assert list(moments(lines)) == [
        Moment(1_000, "candidate"),
        Moment(1_040, "hold"),
        Moment(2_000, "not confirmed (filler_only)"),
        Moment(2_000, "resumed after 960 ms"),
        Moment(3_000, "candidate"),
        Moment(3_000, "hold"),
        Moment(4_600, "confirmed: cut"),
        Moment(5_000, "hang-up: caller_hung_up"),
    ]


def test_each_lane_shows_what_lasted(lines: list[Line]) -> None:
    drawn = bars(lines)
    assert [bar for bar in drawn if bar.kind == "voice"] == [
        Bar(0, 840, 1_400, "voice", "16 frames"),
        Bar(0, 2_800, 3_900, "voice", "40 frames"),
    ]
    assert [(bar.begins, bar.ends) for bar in drawn if bar.kind == "gated"] == [
        (310, 1_000),
        (2_000, 3_000),
    ]
    assert [(bar.kind, bar.text) for bar in drawn if bar.lane == 2] == [
        ("dropped", "mm"),
        ("turn", "Wait <one> question"),
    ]
    assert [(bar.begins, bar.ends) for bar in drawn if bar.kind == "held"] == [
        (1_040, 2_000),
        (3_000, 4_600),
    ]
    assert sum(bar.ends - bar.begins for bar in drawn if bar.kind == "agent") in range(1_700, 1_800)


def test_the_drawing_is_well_formed_and_shows_only_its_stretch(lines: list[Line]) -> None:
    whole = draw(lines)
    ET.fromstring(whole)
    assert "Wait &lt;one&gt; question" in whole
    part = draw(lines, from_ms=2_500, until_ms=5_000)
    assert "not confirmed" not in part
    assert "confirmed: cut" in part


def test_a_call_that_ends_held_and_an_empty_trace_are_drawn_too(lines: list[Line]) -> None:
    held = [line for line in lines if line.at <= 1_200]
    assert bars(held)[-1] == Bar(3, 1_040, 1_200, "held", "held")
    ET.fromstring(draw([]))
