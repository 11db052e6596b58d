"""An answer is made before the words are known, and heard only when there is reason to."""

from prosaasil.call import commands, events

from .conftest import Line, speech, turn

ANSWER = commands.RequestReply("reply-2")


def made(line: Line, reply_id: str = "a", request_id: str = "reply-2") -> None:
    line.tell(
        events.ReplyStarted(reply_id, request_id),
        events.ReplyText(reply_id, f"{reply_id}.0", "We open at nine."),
        events.ReplyAudio(reply_id, f"{reply_id}.0", speech(2_000, 2)),
        events.ReplyDone(reply_id, "completed"),
    )


def heard_ms(line: Line, ms: int) -> int:
    before = len(line.frames)
    line.pass_time(ms)
    return (len(line.frames) - before) * 20


def test_an_answer_is_asked_for_when_the_turn_ends_not_when_its_words_come(greeted: Line) -> None:
    assert greeted.tell(*turn("u1", frames=0)) == [ANSWER]


def test_after_much_voice_the_answer_is_heard_at_once(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=30))
    made(greeted)
    assert heard_ms(greeted, 200) == 200


def test_after_little_voice_the_answer_waits_for_the_words(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12))
    made(greeted)
    assert heard_ms(greeted, 400) == 0
    assert greeted.tell(events.CallerTranscript("u1", "yes")) == []
    assert heard_ms(greeted, 200) == 200


def test_the_wait_for_words_has_a_limit(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12))
    made(greeted)
    assert heard_ms(greeted, 680) == 0
    assert heard_ms(greeted, 200) >= 180


def test_an_answer_to_a_filler_is_never_heard_and_leaves_no_trace(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12))
    made(greeted)
    assert greeted.tell(events.CallerTranscript("u1", "mm")) == [
        commands.DeleteItem("u1"),
        commands.DeleteItem("a.0"),
    ]
    assert heard_ms(greeted, 3_000) == 0
    assert greeted.call.counters.answers_withdrawn == 1
    assert greeted.call.counters.barge_in_events == 0


def test_an_answer_still_being_made_to_a_filler_is_cancelled(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12), events.ReplyStarted("a", "reply-2"))
    assert greeted.tell(events.CallerTranscript("u1", "mm")) == [
        commands.DeleteItem("u1"),
        commands.CancelReply("a"),
    ]


def test_an_answer_that_has_not_begun_is_cancelled_when_it_does(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12), events.CallerTranscript("u1", "mm"))
    assert greeted.tell(events.ReplyStarted("a", "reply-2")) == [commands.CancelReply("a")]
    assert greeted.tell(events.ReplyDone("a", "cancelled")) == []


def test_an_answer_that_is_heard_already_goes_on(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=30))
    made(greeted)
    greeted.pass_time(100)
    assert greeted.tell(events.CallerTranscript("u1", "mm")) == [commands.DeleteItem("u1")]
    assert heard_ms(greeted, 3_000) == 1_900


def test_a_turn_rejected_before_it_was_committed_is_forgotten_then(greeted: Line) -> None:
    greeted.tell(events.CallerVoiceEnded(5), events.CallerSpeechStarted("u1"))
    assert greeted.tell(events.CallerTranscript("u1", "mm")) == []
    assert greeted.tell(events.CallerTurnCommitted("u1")) == [commands.DeleteItem("u1")]


def test_a_caller_who_goes_on_is_not_spoken_over_by_the_answer_to_the_first_half(
    greeted: Line,
) -> None:
    greeted.tell(*turn("u1"))
    greeted.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    made(greeted)
    assert heard_ms(greeted, 1_000) == 0
    greeted.tell(events.CallerVoiceEnded(50))
    assert greeted.tell(events.CallerTurnCommitted("u2")) == [
        commands.DeleteItem("a.0"),
        commands.RequestReply("reply-3"),
    ]


def test_a_sound_before_the_answer_only_delays_it(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.CallerTranscript("u1", "When do you open?"))
    greeted.pass_time(700)
    greeted.tell(events.CallerSpeechStarted("u2"))
    made(greeted)
    greeted.tell(*turn("u2", frames=9))
    assert heard_ms(greeted, 300) == 0
    assert greeted.tell(events.CallerTranscript("u2", "mm")) == [commands.DeleteItem("u2")]
    assert heard_ms(greeted, 3_000) > 0
    assert greeted.call.counters.answers_withdrawn == 0


def test_a_weak_turn_before_the_answer_replaces_it_when_its_words_do_not_come(
    greeted: Line,
) -> None:
    greeted.tell(*turn("u1"))
    greeted.pass_time(700)
    greeted.tell(events.CallerSpeechStarted("u2"))
    made(greeted)
    greeted.tell(events.CallerTurnCommitted("u2"))
    assert commands.RequestReply("reply-3") in greeted.pass_time(700)


def test_a_voice_that_has_just_begun_holds_an_answer_back_for_a_moment(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.CallerVoiceHeard(10))
    made(greeted)
    assert heard_ms(greeted, 560) == 0
    assert heard_ms(greeted, 200) > 0


def test_a_turn_that_could_not_be_read_is_worth_its_voice(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=8))
    made(greeted)
    greeted.tell(events.CallerTranscriptFailed("u1", "noise"))
    assert heard_ms(greeted, 200) == 200


def test_a_turn_without_voice_that_could_not_be_read_is_nothing(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=3), events.ReplyStarted("a", "reply-2"))
    assert greeted.tell(events.CallerTranscriptFailed("u1", "noise")) == [
        commands.DeleteItem("u1"),
        commands.CancelReply("a"),
    ]


def test_strong_voice_over_the_agent_is_answered_when_its_words_never_come(
    answering: Line,
) -> None:
    answering.tell(events.ReplyDone("a", "completed"), *turn("u2"))
    out = answering.pass_time(6_000)
    assert commands.RequestReply("reply-3") in out


def test_weak_voice_over_the_agent_is_forgotten_when_its_words_never_come(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "completed"), *turn("u2", frames=12))
    assert not any(isinstance(c, commands.RequestReply) for c in answering.pass_time(9_000))


def test_the_gate_is_closed_while_the_agent_is_heard_and_only_then(greeted: Line) -> None:
    gates = (commands.OpenGate, commands.CloseGate)
    closing = len(greeted.orders)
    greeted.tell(*turn("u1"))
    made(greeted)
    made_at = greeted.now
    greeted.pass_time(3_000)
    assert [(at, c) for at, c in greeted.orders[closing:] if isinstance(c, gates)] == [
        (made_at, commands.CloseGate()),
        (made_at + 2_020, commands.OpenGate()),
    ]


def test_an_answer_that_repeats_the_question_does_not_make_it_an_echo(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "completed"))
    answering.pass_time(2_000)
    answering.tell(*turn("u2", frames=12))
    answering.tell(events.ReplyStarted("b", "reply-3"))
    answering.tell(events.ReplyText("b", "b.0", "Tuesday morning at ten, very well."))
    answering.tell(events.ReplyAudio("b", "b.0", speech(2_000)))
    answering.tell(events.CallerTranscript("u2", "Tuesday morning at ten"))
    assert [said.text for said in answering.transcript()][-1] == "Tuesday morning at ten"


def test_an_answer_to_two_turns_of_which_one_is_nothing_is_heard(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    greeted.pass_time(700)
    greeted.tell(*turn("u2"), events.CallerTranscript("u2", "mm"))
    greeted.tell(events.ReplyStarted("x", "reply-2"), events.ReplyDone("x", "cancelled"))
    made(greeted, "b", "reply-3")
    assert heard_ms(greeted, 200) == 200


def test_an_answer_that_was_owed_and_is_not_any_more_is_not_missed(greeted: Line) -> None:
    greeted.tell(*turn("u1", frames=12))
    busy = "conversation_already_has_active_response"
    greeted.tell(events.EngineRefused(busy, "", "reply-2"))
    greeted.tell(events.CallerTranscript("u1", "mm"))
    assert greeted.pass_time(9_500) == []
    assert greeted.tell(events.DeadlineReached()) == []


def test_a_call_of_very_many_turns_remembers_the_latest(greeted: Line) -> None:
    for number in range(70):
        greeted.tell(*turn(f"u{number}", frames=12))
        greeted.tell(events.CallerTranscript(f"u{number}", "mm"))
    assert greeted.call.counters.stt_filler_only == 70


def test_late_words_of_a_turn_do_not_cut_a_reply_that_began_after_it(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "completed"), *turn("u2"))
    answering.pass_time(4_000)
    answering.tell(events.ReplyStarted("b", None), events.ReplyAudio("b", "b.0", speech(900)))
    answering.pass_time(100)
    assert answering.tell(events.CallerTranscript("u2", "Wait, one question")) == []
    assert answering.call.counters.barge_in_events == 0
