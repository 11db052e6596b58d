"""Replies that do not start, do not end, come unasked, or are refused."""

from collections.abc import Callable

import pytest

from prosaasil.call import commands, events
from prosaasil.call.commands import HangUpReason
from prosaasil.call.policy import CallPolicy

from .conftest import Line, interruption, speech, turn

FAILED = commands.HangUp(HangUpReason.ENGINE_FAILED)
BUSY = "conversation_already_has_active_response"


def test_a_reply_that_never_starts_is_asked_for_again_and_then_the_call_ends(line: Line) -> None:
    assert line.pass_time(8_000) == [commands.RequestReply("reply-2", "Hello!")]
    assert line.pass_time(8_000) == [FAILED]
    assert "[HANGUP] Triggering hangup: engine_failed" in line.notes()


def test_a_reply_that_starts_and_makes_no_sound_is_cancelled_and_asked_for_again(
    line: Line,
) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyText("g", "g.0", "Hello!"))
    assert line.pass_time(8_000) == [commands.CancelReply("g")]
    assert line.tell(events.ReplyDone("g", "cancelled")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]
    assert line.call.counters.replies_retried == 1


def test_a_cancelled_reply_whose_end_never_comes_is_taken_as_ended(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    assert answering.pass_time(3_000) == [commands.RequestReply("reply-3")]


def test_there_is_nothing_to_cancel_when_the_reply_had_just_ended(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    refusal = events.EngineRefused("response_cancel_not_active", "no active response")
    assert answering.tell(refusal) == [commands.RequestReply("reply-3")]


def test_a_reply_that_stalls_is_taken_as_ended_and_heard_whole(answering: Line) -> None:
    assert answering.pass_time(11_980) == []
    assert answering.pass_time(20) == [commands.CancelReply("a"), commands.SendMark("2:a")]
    assert len(answering.frames) == 20 + 150
    assert answering.transcript()[-1].text == "We open at nine. We close at five."


def test_a_piece_of_a_frame_does_not_keep_a_stalled_reply_alive(answering: Line) -> None:
    answering.tell(events.ReplyAudio("a", "a.0", b"\2" * 100))
    answering.pass_time(15_000)
    assert answering.frames[-1] == b"\2" * 100 + b"\xff" * 60


def test_a_reply_still_being_heard_does_not_stall(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ReplyAudio("a", "a.0", speech(60_000)))
    assert greeted.pass_time(60_000) == []


def test_an_engine_that_is_busy_is_asked_again_when_its_reply_ends(line: Line) -> None:
    assert line.tell(events.EngineRefused(BUSY, "", "reply-1")) == []
    assert line.tell(events.ReplyDone("unknown", "completed")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]


def test_an_engine_that_is_busy_is_asked_again_after_a_while(line: Line) -> None:
    line.tell(events.EngineRefused(BUSY, "", None))
    assert line.pass_time(1_000) == [commands.RequestReply("reply-2", "Hello!")]
    assert line.tell(events.EngineRefused(BUSY, "", "reply-1")) == []  # said twice
    assert line.call.counters.engine_refusals == 2


def test_an_engine_that_stays_busy_has_failed(line: Line) -> None:
    out: list[commands.Command] = []
    for _ in range(30):
        line.tell(events.EngineRefused(BUSY, "", None))
        out += line.pass_time(1_000)
    assert out[-1] == FAILED
    assert len(out) < 20


def test_a_limit_that_passes_between_two_refusals_counts_as_silence(line: Line) -> None:
    line.pass_time(7_500)
    line.tell(events.EngineRefused(BUSY, "", None))
    assert line.pass_time(1_000) == [commands.RequestReply("reply-2", "Hello!")]
    assert line.pass_time(8_000)[-1] == FAILED


def test_a_request_refused_after_the_caller_spoke_is_not_repeated(line: Line) -> None:
    line.tell(*turn("u"))
    assert line.tell(events.EngineRefused(BUSY, "", "reply-1")) == []
    assert line.pass_time(1_000) == [commands.RequestReply("reply-2")]


def test_an_answer_still_owed_is_not_forgotten_when_the_caller_interrupts(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ReplyAudio("a", "a.0", speech(5_000)))
    greeted.tell(events.ToolCalled("a", "t", "look", "{}"), events.ToolAnswered("t", "1"))
    greeted.tell(events.ReplyDone("a", "completed"), events.EngineRefused(BUSY, "", "reply-3"))
    assert greeted.tell(events.KeyPressed("1"))[0] == commands.ClearAudio()
    assert greeted.pass_time(1_520)[-1] == commands.RequestReply("reply-4")


def test_a_refused_request_is_made_again_and_then_the_call_ends(line: Line) -> None:
    assert line.tell(events.EngineRefused("server_error", "", "reply-1")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]
    assert line.tell(events.EngineRefused("server_error", "", "reply-1")) == []
    assert line.tell(events.EngineRefused("server_error", "", "reply-2")) == [FAILED]


def test_a_refused_request_that_was_withdrawn_is_not_made_again(line: Line) -> None:
    line.tell(events.CallerSpeechStarted("u"))
    assert line.tell(events.EngineRefused("server_error", "", "reply-1")) == []


def test_an_engine_that_will_never_work_ends_the_call_at_once(line: Line) -> None:
    assert line.tell(events.EngineRefused("insufficient_quota", "")) == [FAILED]


def test_other_refusals_are_noted_and_survived(line: Line) -> None:
    assert line.tell(events.EngineRefused("invalid_value", "too far")) == []
    assert line.notes() == ["[ENGINE] Refused"]


def test_a_reply_that_failed_is_asked_for_again_and_then_the_call_ends(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"))
    assert line.tell(events.ReplyDone("g", "failed", "rate limit")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]
    line.tell(events.ReplyStarted("h", "reply-2"))
    assert line.tell(events.ReplyDone("h", "failed", "rate limit")) == [FAILED]


def test_an_engine_with_nothing_to_say_is_not_broken(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    out = greeted.tell(events.ReplyStarted("a", "reply-2"), events.ReplyDone("a", "completed"))
    assert out == [commands.RequestReply("reply-3")]
    assert (
        greeted.tell(events.ReplyStarted("b", "reply-3"), events.ReplyDone("b", "completed")) == []
    )
    assert greeted.pass_time(10_000) == [commands.RequestReply("reply-4", "Are you there?")]


def test_a_reply_nobody_asked_for_is_noticed_and_played(greeted: Line) -> None:
    greeted.frames.clear()
    greeted.tell(events.ReplyStarted("x", None), events.ReplyAudio("x", "x.0", b""))
    greeted.tell(events.ReplyAudio("x", "x.0", speech(60)), events.ReplyAudio("x", "x.1", b"1"))
    greeted.tell(events.ReplyAudio("x", "x.0", speech(39)), events.ReplyDone("x", "completed"))
    greeted.pass_time(200)
    assert len(greeted.frames) == 5
    assert greeted.call.counters.replies_unasked == 1
    assert "[RESPONSE] Not asked for" in greeted.notes()


def test_an_unasked_reply_that_says_nothing_is_not_missed(greeted: Line) -> None:
    assert greeted.tell(events.ReplyStarted("x", None), events.ReplyDone("x", "completed")) == []


def test_an_unasked_reply_that_never_sounds_is_cancelled(greeted: Line) -> None:
    greeted.tell(events.ReplyStarted("x", None))
    assert greeted.pass_time(8_000) == [commands.CancelReply("x")]


@pytest.mark.parametrize("request_id", [None, "reply-1", "some-other"])
def test_an_engine_need_not_repeat_our_request(line: Line, request_id: str | None) -> None:
    line.tell(events.ReplyStarted("g", request_id))
    line.tell(events.ReplyAudio("g", "g.0", speech(100)), events.ReplyDone("g", "completed"))
    assert line.pass_time(1_000) == [commands.SendMark("1:g")]
    assert line.call.counters.replies_unasked == 0
    assert "[GREETING] Passing greeting audio to caller" in line.notes()


def test_a_reply_whose_beginning_was_lost_begins_with_its_speech(line: Line) -> None:
    line.tell(events.ReplyAudio("g", "g.0", speech(100)))
    line.pass_time(200)
    assert len(line.frames) == 5


def test_a_reply_of_which_only_the_end_arrives_said_nothing(line: Line) -> None:
    assert line.tell(events.ReplyDone("g", "completed")) == [
        commands.RequestReply("reply-2", "Hello!")
    ]


def test_a_new_reply_ends_the_one_before_whose_end_was_lost(answering: Line) -> None:
    answering.tell(events.ReplyStarted("b", None), events.ReplyAudio("b", "b.0", speech(100, 3)))
    answering.tell(events.ReplyAudio("a", "a.0", speech(100, 2)), events.ReplyStarted("a", None))
    answering.frames.clear()
    answering.pass_time(3_000)
    assert b"".join(answering.frames) == speech(1_980, 2) + speech(100, 3)


def test_a_withdrawn_reply_that_starts_late_is_cancelled(line: Line) -> None:
    line.tell(events.CallerSpeechStarted("u"), *turn("u"))
    assert line.pass_time(8_000) == [commands.RequestReply("reply-2")]
    assert line.tell(events.ReplyStarted("g", "reply-1")) == [commands.CancelReply("g")]
    assert line.tell(events.ReplyDone("g", "cancelled")) == []
    line.tell(events.ReplyStarted("a", "reply-2"), events.ReplyAudio("a", "a.0", speech(100)))
    line.pass_time(100)
    assert line.frames


def test_an_engine_far_ahead_is_to_be_paused_until_half_is_heard(
    new_line: Callable[[CallPolicy], Line],
) -> None:
    line = new_line(CallPolicy(buffer_ms_max=1_000))
    line.tell(events.ReplyAudio("x", "x.0", speech(1_200)))
    assert line.call.wants_engine_paused
    line.pass_time(400)
    assert line.call.wants_engine_paused
    line.pass_time(400)
    assert not line.call.wants_engine_paused
    assert line.call.is_agent_speaking


def test_an_answer_of_half_a_minute_that_comes_in_a_second_arrives_whole(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.frames.clear()
    spoken = b""
    for number in range(50):
        chunk = bytes([number + 1]) * 4_800
        spoken += chunk
        greeted.tell(events.ReplyAudio("a", "a.0", chunk))
        greeted.pass_time(20)
    greeted.tell(events.ReplyDone("a", "completed"))
    greeted.pass_time(30_000)
    assert b"".join(greeted.frames) == spoken
    assert len(greeted.frames) == 1_500
