"""Tools run while the agent may still be heard; the engine goes on when all have answered."""

import pytest

from prosaasil.call import commands, events
from prosaasil.call.toolcalls import NOT_RUN, TIMED_OUT

from .conftest import Line, speech


@pytest.fixture
def asking(greeted: Line) -> Line:
    """A call in which the agent has called the tools "t1" and "t2"."""
    greeted.tell(events.CallerTurnCommitted("u1"), events.ReplyStarted("a", "reply-2"))
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
    asking.tell(events.ReplyDone("a", "completed"), events.CallerTurnCommitted("u2"))
    asking.tell(events.ToolAnswered("t1", "1"))
    assert asking.tell(events.ToolAnswered("t2", "2")) == [
        commands.AnswerTool("t1", "1"),
        commands.AnswerTool("t2", "2"),
        commands.RequestReply("reply-3"),
    ]


def test_a_tool_called_by_a_cut_reply_is_answered_without_being_run(answering: Line) -> None:
    answering.tell(events.CallerSpeechStarted("u2"))
    late = events.ToolCalled("a", "t9", "look", "{")
    assert answering.tell(late, late) == [commands.AnswerTool("t9", NOT_RUN)]


def test_it_is_not_silent_while_a_tool_runs(asking: Line) -> None:
    asking.tell(events.ReplyDone("a", "completed"))
    assert asking.pass_time(9_900) == []
    asking.tell(events.ToolAnswered("t1", "1"), events.ToolAnswered("t2", "2"))
    asking.tell(events.ReplyStarted("b", "reply-3"), events.ReplyAudio("b", "b.0", speech(20)))
    assert asking.call.counters.follow_ups == 0
