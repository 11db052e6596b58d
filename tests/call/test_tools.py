"""Tools run while the agent may still be heard; the engine goes on when all have answered."""

import pytest
from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.call import Call, commands, events
from prosaasil.call.toolcalls import NOT_RUN, TIMED_OUT

from .conftest import Line, interruption, speech, turn


@pytest.fixture
def asking(greeted: Line) -> Line:
    """A call in which the agent has called the tools "t1" and "t2"."""
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(
        events.ToolCalled("a", "t1", "look", "{}"), events.ToolCalled("a", "t2", "look", "{}")
    )
    return greeted


def test_a_tool_is_run_once(asking: Line) -> None:
    run = commands.RunTool("t1", "look", "{}")
    assert [c for _, c in asking.orders].count(run) == 1
    assert asking.tell(events.ToolCalled("a", "t1", "look", "{}")) == []
    assert asking.call.counters.tools_called == 2


def test_the_engine_goes_on_once_all_have_answered_and_its_reply_is_done(asking: Line) -> None:
    answers = [commands.AnswerTool("t1", "1"), commands.AnswerTool("t2", "2")]
    assert asking.tell(events.ToolAnswered("t2", "2"), events.ToolAnswered("t1", "1")) == []
    assert asking.tell(events.ToolAnswered("t1", "9"), events.ToolAnswered("t9", "9")) == []
    assert asking.tell(events.ReplyDone("a", "completed")) == [
        *answers,
        commands.RequestReply("reply-3"),
    ]


def test_the_last_answer_lets_the_engine_go_on(asking: Line) -> None:
    asking.tell(events.ReplyDone("a", "completed"), events.ToolAnswered("t2", "2"))
    assert asking.tell(events.ToolAnswered("t1", "1")) == [
        commands.AnswerTool("t1", "1"),
        commands.AnswerTool("t2", "2"),
        commands.RequestReply("reply-3"),
    ]


def test_a_tool_that_never_answers_is_answered_for(asking: Line) -> None:
    asking.tell(events.ReplyDone("a", "completed"), events.ToolAnswered("t1", "1"))
    assert asking.pass_time(10_000) == [
        commands.AnswerTool("t1", "1"),
        commands.AnswerTool("t2", TIMED_OUT),
        commands.RequestReply("reply-3"),
    ]
    assert asking.call.counters.tools_failed == 1


def test_a_reply_that_calls_a_tool_and_never_ends_is_taken_as_ended(asking: Line) -> None:
    asking.tell(events.ToolAnswered("t1", "1"), events.ToolAnswered("t2", "2"))
    assert asking.pass_time(10_000) == [
        commands.CancelReply("a"),
        commands.AnswerTool("t1", "1"),
        commands.AnswerTool("t2", "2"),
    ]
    assert asking.pass_time(3_000) == [commands.RequestReply("reply-3")]


def test_a_turn_waits_for_the_tools_and_is_answered_with_them(asking: Line) -> None:
    asking.tell(events.ReplyDone("a", "completed"), *turn("u2"))
    asking.tell(events.ToolAnswered("t1", "1"))
    assert asking.tell(events.ToolAnswered("t2", "2")) == [
        commands.AnswerTool("t1", "1"),
        commands.AnswerTool("t2", "2"),
        commands.RequestReply("reply-3"),
    ]


def test_a_tool_called_by_a_cut_reply_is_answered_without_being_run(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    late = events.ToolCalled("a", "t9", "look", "{")
    assert answering.tell(late, late) == [commands.AnswerTool("t9", NOT_RUN)]


def test_it_is_not_silent_while_a_tool_runs(asking: Line) -> None:
    asking.tell(events.ReplyDone("a", "completed"))
    assert asking.pass_time(9_900) == []
    asking.tell(events.ToolAnswered("t1", "1"), events.ToolAnswered("t2", "2"))
    asking.tell(events.ReplyStarted("b", "reply-3"), events.ReplyAudio("b", "b.0", speech(20)))
    assert asking.call.counters.follow_ups == 0


def patient(one_moment: str = "One moment.") -> Line:
    """A call whose agent has called "t" and has nothing else to say."""
    line = Line()
    line.call = Call(replace(BRIEFING, one_moment=one_moment))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyAudio("g", "g.0", speech(20)))
    line.tell(events.ToolCalled("g", "t", "look", "{}"), events.ReplyDone("g", "completed"))
    return line


def test_a_tool_that_takes_its_time_is_bridged_once() -> None:
    line = patient()
    assert line.pass_time(1_480) == [commands.SendMark("1:g")]
    assert line.pass_time(20) == [commands.RequestReply("reply-2", "One moment.")]
    line.tell(events.ReplyStarted("m", "reply-2"), events.ReplyAudio("m", "m.0", speech(500)))
    line.tell(events.ReplyDone("m", "completed"))
    assert line.pass_time(3_000) == [commands.SendMark("2:m")]
    assert line.tell(events.ToolAnswered("t", "1")) == [
        commands.AnswerTool("t", "1"),
        commands.RequestReply("reply-3"),
    ]


def test_the_answer_of_a_tool_waits_for_the_bridge_to_be_made() -> None:
    line = patient()
    line.pass_time(1_500)
    line.tell(events.ReplyStarted("m", "reply-2"))
    assert line.tell(events.ToolAnswered("t", "1")) == []
    assert line.tell(events.ReplyDone("m", "failed")) == [
        commands.AnswerTool("t", "1"),
        commands.RequestReply("reply-3"),
    ]


def test_a_business_without_such_a_sentence_says_nothing() -> None:
    line = patient(one_moment="")
    assert line.pass_time(9_900) == [commands.SendMark("1:g")]


def test_a_bridge_that_is_never_made_is_let_be() -> None:
    line = patient()
    line.pass_time(1_500)
    assert line.pass_time(8_500) == [
        commands.AnswerTool("t", TIMED_OUT),
        commands.RequestReply("reply-3"),
    ]


def test_a_bridge_that_may_not_be_said_wakes_nobody_up() -> None:
    line = patient()
    line.tell(events.CallerVoiceHeard(30), events.CallerSpeechStarted("u1"))
    line.pass_time(3_000)
    due = line.call.deadline
    assert due is not None
    assert due > line.now
