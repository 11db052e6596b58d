"""The greeting is said once, word for word, and is as interruptible as anything else."""

import pytest

from prosaasil.call import commands, events

from .conftest import Line, interruption, speech, turn

PASSING = "[GREETING] Passing greeting audio to caller"
ENABLED = "[GREETING] Barge-in now ENABLED for rest of call"
STOPPED = "[BARGE-IN] User interrupted greeting - stopping immediately"


def test_a_greeting_heard_to_its_end_is_noted_once(greeted: Line) -> None:
    greeted.pass_time(5_000)
    assert greeted.notes().count(PASSING) == 1
    assert greeted.notes().count(ENABLED) == 1
    assert STOPPED not in greeted.notes()


@pytest.mark.parametrize("heard_ms", [0, 100, 300, 1_000])
def test_the_greeting_can_be_interrupted_at_any_moment(line: Line, heard_ms: int) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"))
    line.tell(events.ReplyAudio("g", "g.0", speech(2_000)), events.ReplyDone("g", "completed"))
    line.pass_time(heard_ms)
    assert (commands.ClearAudio() in line.tell(*interruption("u"))) is (heard_ms > 0)
    assert line.pass_time(1_000) == []
    assert len(line.frames) * 20 <= heard_ms
    assert [line.notes().count(note) for note in (PASSING, STOPPED, ENABLED)] == [1, 1, 1]


def test_a_greeting_without_a_sound_is_asked_for_once_more(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"))
    assert line.tell(events.ReplyDone("g", "completed")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]
    assert line.tell(events.ReplyStarted("h", "reply-2"), events.ReplyDone("h", "completed")) == []
    assert line.notes() == [ENABLED]


def test_a_caller_who_speaks_first_is_not_greeted(line: Line) -> None:
    line.tell(*turn("u"))
    assert line.tell(events.ReplyStarted("g", "reply-1")) == [commands.CancelReply("g")]
    assert line.tell(events.ReplyDone("g", "cancelled", "client_cancelled")) == [
        commands.RequestReply("reply-2")
    ]
    assert line.notes() == [ENABLED, "[RESPONSE] Cancelled: reason=client_cancelled"]
