"""Each of the caller's turns gets one reply, whatever is lost or comes twice."""

from prosaasil.call import commands, events

from .conftest import Line, interruption, speech, turn


def test_a_turn_is_answered_once_however_often_it_is_reported(greeted: Line) -> None:
    assert greeted.tell(
        events.CallerSpeechStarted("u1"),
        events.CallerSpeechStarted("u1"),
        events.CallerSpeechStopped("u1"),
        events.CallerSpeechStopped("u1"),
        events.CallerTurnCommitted("u1"),
        events.CallerTurnCommitted("u1"),
        events.CallerSpeechStopped("u1"),
    ) == [commands.RequestReply("reply-2")]


def test_no_reply_is_asked_for_while_one_is_being_cancelled(answering: Line) -> None:
    assert commands.CancelReply("a") in answering.tell(*interruption("u2"))
    assert answering.tell(events.ReplyDone("a", "cancelled")) == [commands.RequestReply("reply-3")]


def test_two_turns_in_a_row_get_one_reply(answering: Line) -> None:
    answering.tell(*interruption("u2"), *turn("u3"))
    assert answering.tell(events.ReplyDone("a", "cancelled")) == [commands.RequestReply("reply-3")]


def test_a_caller_who_goes_on_gets_one_answer_to_both_sentences(greeted: Line) -> None:
    greeted.tell(*turn("u1"), *turn("u2"))
    assert greeted.tell(events.ReplyStarted("a", "reply-2")) == [commands.CancelReply("a")]
    assert greeted.tell(events.ReplyDone("a", "cancelled")) == [commands.RequestReply("reply-3")]


def test_a_turn_that_ends_while_the_next_has_begun_waits_for_it(greeted: Line) -> None:
    greeted.tell(events.CallerSpeechStarted("u1"), events.CallerSpeechStarted("u2"))
    assert greeted.tell(events.CallerTurnCommitted("u1")) == []
    assert greeted.tell(events.CallerTurnCommitted("u2")) == [commands.RequestReply("reply-2")]


def test_a_turn_whose_end_never_comes_is_taken_as_ended(greeted: Line) -> None:
    greeted.tell(events.CallerSpeechStarted("u1"))
    assert greeted.pass_time(59_980) == []
    assert greeted.pass_time(20) == [commands.RequestReply("reply-2")]
    assert greeted.tell(events.CallerTurnCommitted("u1")) == []


def test_a_turn_that_stops_and_is_not_committed_is_taken_as_committed(greeted: Line) -> None:
    greeted.tell(events.CallerSpeechStarted("u1"), events.CallerSpeechStopped("u1"))
    assert greeted.pass_time(2_000) == [commands.RequestReply("reply-2")]


def test_a_late_stop_of_an_earlier_turn_does_not_end_this_one(greeted: Line) -> None:
    greeted.tell(events.CallerTurnCommitted("u1"), events.CallerSpeechStarted("u2"))
    greeted.tell(events.CallerSpeechStopped("u1"))
    greeted.pass_time(5_000)
    assert greeted.tell(events.CallerTurnCommitted("u2")) == []  # "reply-2" has yet to be made


def test_what_waits_of_an_earlier_reply_is_heard_before_the_next(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ReplyAudio("a", "a.0", speech(200, 1)), events.ReplyDone("a", "completed"))
    greeted.tell(events.ReplyStarted("b", None), events.ReplyAudio("b", "b.0", speech(200, 2)))
    greeted.frames.clear()
    greeted.pass_time(500)
    assert b"".join(greeted.frames) == speech(200, 1) + speech(200, 2)
