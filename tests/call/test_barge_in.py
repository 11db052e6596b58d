"""A caller's words over the agent's speech: it falls silent, and keeps no more than was heard."""

import pytest

from prosaasil.call import commands, events

from .conftest import Line, interruption, speech, turn

HELD = commands.HoldSpeech()
WORDS = "Wait, one question"


def test_a_voice_is_first_a_candidate_then_a_hold_and_cancels_nothing(answering: Line) -> None:
    assert answering.tell_all(events.CallerVoiceHeard(8)) == [
        commands.Note(
            "LOCAL_VAD", "CANDIDATE barge-in detected: 8 voice_frames -> enabling forward"
        ),
        commands.OpenGate(),
    ]
    answering.pass_time(40)
    sent = len(answering.frames)
    assert answering.tell_all(events.CallerVoiceHeard(10)) == [HELD]
    answering.pass_time(500)
    assert len(answering.frames) == sent


def test_words_confirm_and_only_what_was_heard_is_kept(answering: Line) -> None:
    answering.tell(*turn("u2"))
    answering.pass_time(400)
    assert answering.tell(events.CallerTranscript("u2", WORDS)) == [
        commands.CancelReply("a"),
        commands.ClearAudio(),
        commands.TruncateItem("a.0", heard_ms=1_020),
    ]
    assert answering.call.counters.barge_in_events == 1
    assert answering.call.counters.held_ms == 400
    assert answering.call.counters.frames_flushed == 99
    assert answering.notes()[-4:] == [
        "[C1 STT_GUARD] Accepted (echo_window bypass: candidate)",
        "[BARGE-IN] CONFIRMED: meaningful",
        "[BARGE-IN] Cancelled AI response: a",
        "[BARGE-IN FLUSH] OpenAI queue: 99/99 frames | TX queue: 0/0 frames",
    ]


def test_one_new_reply_is_asked_for_when_the_cut_one_has_ended(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    assert answering.pass_time(500) == []
    assert answering.tell(events.ReplyDone("a", "cancelled")) == [commands.RequestReply("reply-3")]
    assert answering.tell(events.CallerTranscript("u2", WORDS)) == []


def test_words_that_come_before_the_turn_has_ended_interrupt_at_once(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    assert answering.tell(events.CallerTranscript("u2", WORDS))[0] == commands.CancelReply("a")
    answering.tell(events.ReplyDone("a", "cancelled"))
    assert answering.tell(events.CallerTurnCommitted("u2")) == [commands.RequestReply("reply-3")]


@pytest.mark.parametrize(("text", "why"), [("mm", "filler_only"), ("", "empty")])
def test_a_filler_is_not_an_interruption_and_the_agent_goes_on_at_the_next_frame(
    answering: Line, text: str, why: str
) -> None:
    sent = len(answering.frames)
    answering.tell(*turn("u2", frames=12))
    answering.pass_time(600)
    assert answering.tell(events.CallerTranscript("u2", text)) == [
        commands.DeleteItem("u2"),
        commands.ResumeSpeech(held_ms=600),
    ]
    assert answering.notes()[-1] == f"[BARGE-IN] NOT CONFIRMED: {why}"
    answering.tell(events.ReplyDone("a", "completed"))
    answering.pass_time(3_000)
    assert len(answering.frames) == sent + 99
    assert b"".join(answering.frames)[3_200:] == speech(3_000, 2)
    assert answering.call.counters.barge_in_events == 0
    assert answering.transcript()[-1].text == "We open at nine. We close at five."


def test_without_words_the_agent_goes_on_after_the_limit(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10))
    answering.pass_time(2_000)
    answering.tell(events.CallerVoiceEnded(60))
    assert answering.pass_time(1_480) == []
    assert answering.pass_time(20) == [commands.ResumeSpeech(held_ms=3_500)]
    assert answering.notes()[-1] == "[BARGE-IN] NOT CONFIRMED: timeout"


def test_words_that_come_after_the_limit_interrupt_all_the_same(answering: Line) -> None:
    answering.tell(*turn("u2"))
    answering.pass_time(2_000)
    assert answering.tell(events.CallerTranscript("u2", WORDS))[0] == commands.CancelReply("a")


def test_a_candidate_that_ends_before_the_hold_lets_the_agent_go_on(answering: Line) -> None:
    sent = len(answering.frames)
    answering.tell(events.CallerVoiceHeard(8), events.CallerVoiceEnded(9))
    answering.pass_time(1_000)
    assert len(answering.frames) == sent + 50
    assert answering.call.counters.holds == 0


def test_a_short_yes_of_a_candidate_interrupts(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(8), events.CallerVoiceEnded(9))
    answering.pass_time(500)
    out = answering.tell(events.CallerSpeechStarted("u2"), events.CallerTurnCommitted("u2"))
    assert out == [HELD]
    assert answering.tell(events.CallerTranscript("u2", "yes"))[0] == commands.CancelReply("a")


def test_a_caller_who_speaks_on_keeps_the_agent_silent_throughout(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    sent = len(answering.frames)
    answering.pass_time(6_000)
    answering.tell(events.CallerVoiceEnded(250), events.CallerTurnCommitted("u2"))
    answering.pass_time(1_000)
    answering.tell(events.CallerTranscript("u2", WORDS))
    answering.pass_time(1_000)
    assert len(answering.frames) == sent


def test_a_voice_that_never_ends_does_not_silence_the_agent_for_ever(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10))
    assert answering.pass_time(59_980) == []
    assert answering.pass_time(20)[-1] == commands.ResumeSpeech(held_ms=60_000)


def test_speech_that_only_the_engine_finds_holds_too(answering: Line) -> None:
    assert answering.tell(events.CallerSpeechStarted("u2")) == [HELD]
    answering.tell(events.CallerTurnCommitted("u2"))
    assert answering.pass_time(1_500) == [commands.ResumeSpeech(held_ms=1_500)]


def test_a_filler_with_more_to_follow_keeps_the_hold(answering: Line) -> None:
    answering.tell(*turn("u2", frames=12), events.CallerVoiceHeard(10))
    assert answering.tell(events.CallerTranscript("u2", "mm")) == [commands.DeleteItem("u2")]
    answering.tell(events.CallerSpeechStarted("u3"), events.CallerVoiceEnded(40))
    answering.tell(events.CallerTurnCommitted("u3"))
    assert answering.tell(events.CallerTranscript("u3", WORDS))[0] == commands.CancelReply("a")


def test_late_words_of_the_turn_before_do_not_interrupt(answering: Line) -> None:
    assert answering.tell(events.CallerTranscript("u1", "When do you open?")) == []
    answering.tell(events.CallerVoiceHeard(10))
    assert answering.tell(events.CallerTranscript("u1", "When do you open?")) == []
    assert answering.call.counters.barge_in_events == 0


def test_an_echo_stops_a_reply_only_so_often(answering: Line) -> None:
    for number in (2, 3, 4):
        answering.tell(events.CallerVoiceHeard(8), events.CallerVoiceHeard(10))
        assert answering.call.playout.is_held is (number < 4)
        answering.tell(*turn(f"u{number}", frames=20))
        echo = events.CallerTranscript(f"u{number}", "We open at nine.")
        assert answering.tell(echo)[0] == commands.DeleteItem(f"u{number}")
    assert answering.call.counters.holds == 2
    assert answering.call.counters.candidates == 3


def test_every_reply_that_sounds_is_noted(answering: Line) -> None:
    note = commands.Note("BARGE-IN", "AI starting to speak", {"response_id": "a"})
    assert [c for _, c in answering.orders].count(note) == 1


def test_no_frame_follows_a_cut_and_late_speech_is_ignored(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    sent = len(answering.frames)
    late = events.ReplyAudio("a", "a.0", speech(500))
    assert answering.tell(late, events.ReplyText("a", "a.0", "...")) == []
    answering.pass_time(2_000)
    assert len(answering.frames) == sent


def test_an_item_that_the_engine_began_after_the_cut_is_deleted_once(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    late = events.ReplyAudio("a", "a.1", speech(500))
    assert answering.tell(late, late) == [commands.DeleteItem("a.1")]


def test_items_never_heard_are_deleted_and_items_heard_whole_are_left(answering: Line) -> None:
    answering.tell(events.ReplyAudio("a", "a.1", speech(500)), events.ReplyText("a", "a.2", "So"))
    answering.tell(events.ReplyText("a", "a.3", "So"))
    answering.pass_time(2_100)
    answering.now += 5
    assert answering.tell(*interruption("u2")) == [
        HELD,
        commands.CancelReply("a"),
        commands.ClearAudio(),
        commands.TruncateItem("a.1", heard_ms=105),
        commands.DeleteItem("a.2"),
        commands.DeleteItem("a.3"),
    ]


def test_a_reply_that_is_made_but_still_heard_is_cut_without_being_cancelled(
    answering: Line,
) -> None:
    answering.tell(events.ReplyDone("a", "completed"))
    assert answering.tell(*interruption("u2")) == [
        HELD,
        commands.ClearAudio(),
        commands.TruncateItem("a.0", heard_ms=1_000),
        commands.RequestReply("reply-3"),
    ]


def test_a_caller_who_speaks_after_the_end_cuts_nothing(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "completed"))
    answering.pass_time(2_100)
    assert answering.tell(*turn("u2")) == [commands.RequestReply("reply-3")]
    assert answering.call.counters.barge_in_events == 0


def test_a_reply_that_has_run_dry_is_cut_where_the_engine_was(answering: Line) -> None:
    answering.pass_time(5_000)
    assert answering.tell(*interruption("u2")) == [
        HELD,
        commands.CancelReply("a"),
        commands.ClearAudio(),
        commands.TruncateItem("a.0", heard_ms=3_000),
    ]
    assert answering.call.counters.barge_in_events == 1


def test_a_turn_of_which_only_the_words_arrive_interrupts_all_the_same(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10))
    words = events.CallerTranscript("u2", WORDS)
    assert answering.tell(words)[:2] == [commands.CancelReply("a"), commands.ClearAudio()]
    assert answering.tell(events.ReplyDone("a", "cancelled")) == [commands.RequestReply("reply-3")]


def test_a_voice_that_could_not_be_read_does_not_interrupt(answering: Line) -> None:
    answering.tell(*turn("u2"))
    assert answering.tell(events.CallerTranscriptFailed("u2", "noise")) == []
    assert answering.pass_time(1_500) == [commands.ResumeSpeech(held_ms=1_500)]


def test_three_interruptions_are_three(answering: Line) -> None:
    answering.tell(*interruption("u2"), events.ReplyDone("a", "cancelled"))
    for number in (2, 3):
        reply_id = f"a{number}"
        answering.tell(
            events.ReplyStarted(reply_id, f"reply-{number + 1}"),
            events.ReplyAudio(reply_id, f"{reply_id}.0", speech(2_000)),
        )
        answering.pass_time(200)
        answering.tell(*interruption(f"u{number + 1}"), events.ReplyDone(reply_id, "cancelled"))
    assert answering.call.counters.barge_in_events == 3


def test_an_engine_that_interrupts_by_itself_is_noticed_and_survived(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "cancelled", "turn_detected"))
    assert answering.notes()[-1].startswith("[B3 VIOLATION]")
    answering.pass_time(2_100)
    assert len(answering.frames) == 20 + 150
    assert answering.call.counters.engine_interruptions == 1


def test_an_engine_that_stops_after_confirmed_words_is_as_expected(answering: Line) -> None:
    answering.tell(*interruption("u2"), events.ReplyDone("a", "cancelled", "turn_detected"))
    assert "[B3] turn_detected after confirmed barge-in (expected)" in answering.notes()
    assert not any("VIOLATION" in note for note in answering.notes())


def test_a_turn_that_was_over_when_its_answer_was_asked_for_does_not_cut_it(
    answering: Line,
) -> None:
    answering.tell(*turn("u2"), *turn("u3"))
    answering.tell(events.ReplyDone("a", "completed"))
    assert answering.tell(events.CallerTranscript("u2", WORDS))[-1] == commands.RequestReply(
        "reply-3"
    )
    answering.tell(events.ReplyStarted("b", "reply-3"), events.ReplyAudio("b", "b.0", speech(900)))
    answering.pass_time(100)
    assert answering.tell(events.CallerTranscript("u3", "about the price")) == []
    assert answering.call.counters.barge_in_events == 1


@pytest.mark.parametrize(("text", "into_ms"), [("We", 400), ("We open", 1_400)])
def test_the_first_words_of_a_reply_over_itself_are_its_echo(
    greeted: Line, text: str, into_ms: int
) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ReplyText("a", "a.0", "We open at nine."))
    greeted.tell(events.ReplyAudio("a", "a.0", speech(3_000)))
    greeted.pass_time(into_ms)
    greeted.tell(events.CallerVoiceHeard(10), *turn("u2", frames=12))
    greeted.tell(events.CallerTranscript("u2", text))
    assert greeted.notes()[-1] == "[BARGE-IN] NOT CONFIRMED: echo_of_agent"


def test_the_same_words_later_are_the_callers(answering: Line) -> None:
    answering.pass_time(1_000)
    answering.tell(events.CallerVoiceHeard(10), *turn("u2", frames=12))
    assert answering.tell(events.CallerTranscript("u2", "We open"))[0] == commands.CancelReply("a")


def test_a_voice_that_outlasts_the_hold_is_no_echo_whatever_it_says(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    answering.pass_time(740)
    answering.tell(events.CallerVoiceEnded(46), events.CallerTurnCommitted("u2"))
    words = events.CallerTranscript("u2", "We open at nine.")
    assert answering.tell(words)[0] == commands.CancelReply("a")


def test_a_voice_that_ends_with_the_hold_may_be_an_echo(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    answering.pass_time(700)
    answering.tell(events.CallerVoiceEnded(42), events.CallerTurnCommitted("u2"))
    answering.tell(events.CallerTranscript("u2", "We open at nine."))
    assert answering.notes()[-1] == "[BARGE-IN] NOT CONFIRMED: echo_of_agent"


def test_a_caller_who_begins_again_within_a_claim_keeps_the_hold(answering: Line) -> None:
    answering.tell(*turn("u2", frames=12))
    answering.pass_time(1_000)
    answering.tell(events.CallerSpeechStarted("u3"), events.CallerTranscript("u2", "mm"))
    answering.pass_time(1_000)
    assert answering.call.playout.is_held


def test_a_voice_that_begins_when_the_agent_is_held_for_long_is_no_echo(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"))
    answering.pass_time(600)
    answering.tell(events.CallerVoiceEnded(20), events.CallerTurnCommitted("u2"))
    answering.pass_time(300)
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u3"))
    answering.pass_time(200)
    answering.tell(events.CallerVoiceEnded(16), events.CallerTurnCommitted("u3"))
    answering.tell(events.CallerTranscript("u2", "We open at nine."))
    assert answering.notes()[-1] == "[STT_FILTER] drop reason=echo_of_agent"
    words = events.CallerTranscript("u3", "We open at nine.")
    assert answering.tell(words)[0] == commands.CancelReply("a")
