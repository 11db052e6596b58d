"""The same question twice in a row, and not a third time."""

from prosaasil.call import commands, events
from prosaasil.call.commands import HangUpReason

from .conftest import Line, speech, turn

CITY = "איזו עיר?"
CITY_AGAIN = "איזו עיר אתה נמצא?"


def says(line: Line, reply_id: str, text: str, request_id: str | None = None) -> None:
    line.tell(
        events.ReplyStarted(reply_id, request_id),
        events.ReplyText(reply_id, f"{reply_id}.0", text),
        events.ReplyAudio(reply_id, f"{reply_id}.0", speech(1_000)),
        events.ReplyDone(reply_id, "completed"),
    )
    line.pass_time(1_100)


def asked_twice(line: Line) -> list[str]:
    line.tell(*turn("u1"))
    says(line, "a", CITY, "reply-2")
    noted = len(line.notes())
    says(line, "b", CITY_AGAIN)
    return line.notes()[noted:]


def test_a_question_asked_again_unanswered_is_noticed(greeted: Line) -> None:
    notes = asked_twice(greeted)
    assert any(
        note.startswith("[G ANTI-LOOP] Duplicate question detected! Similarity=") for note in notes
    )
    assert any(note.startswith("[SYSTEM] Message sent: ") for note in notes)
    told = [c for _, c in greeted.orders if isinstance(c, commands.AddSystemNote)]
    assert len(told) == 1
    assert greeted.call.counters.duplicate_questions == 1


def test_a_third_time_is_not_heard(greeted: Line) -> None:
    asked_twice(greeted)
    heard = len(greeted.frames)
    assert greeted.tell(events.ReplyStarted("c", None)) == [commands.CancelReply("c")]
    greeted.tell(events.ReplyAudio("c", "c.0", speech(1_000)), events.ReplyDone("c", "cancelled"))
    greeted.pass_time(2_000)
    assert len(greeted.frames) == heard


def test_the_agent_waits_and_the_silence_ends_the_call(greeted: Line) -> None:
    asked_twice(greeted)
    for number in (2, 3):
        greeted.tell(events.MarkPlayed(f"{number}:{'ab'[number - 2]}"))
    assert greeted.pass_time(10_000) == [commands.RequestReply("reply-3", "Are you there?")]
    says(greeted, "f", "Are you there?", "reply-3")
    assert greeted.pass_time(13_000)[-1] == commands.HangUp(HangUpReason.SILENCE)


def test_a_caller_who_answers_is_answered(greeted: Line) -> None:
    asked_twice(greeted)
    assert greeted.tell(*turn("u2")) == [commands.RequestReply("reply-3")]
    greeted.tell(events.CallerTranscript("u2", "חיפה"))
    says(greeted, "c", CITY, "reply-3")
    assert greeted.call.counters.duplicate_questions == 1


def test_what_tools_answered_waits_for_the_caller_too(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    says(greeted, "a", CITY, "reply-2")
    greeted.tell(events.ReplyStarted("b", None), events.ReplyText("b", "b.0", CITY_AGAIN))
    greeted.tell(events.ReplyAudio("b", "b.0", speech(1_000)), events.ReplyDone("b", "completed"))
    assert greeted.tell(events.KeyPressed("5"))[:1] == [commands.ClearAudio()]
    assert greeted.pass_time(1_500)[-1] == commands.RequestReply("reply-3")


def test_a_caller_who_spoke_between_may_be_asked_again(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    says(greeted, "a", CITY, "reply-2")
    greeted.tell(*turn("u2"), events.CallerTranscript("u2", "What?"))
    says(greeted, "b", CITY, "reply-3")
    assert greeted.call.counters.duplicate_questions == 0


def test_other_questions_are_no_repetition(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    says(greeted, "a", "What is your name?", "reply-2")
    says(greeted, "b", "And when would suit you?")
    assert greeted.call.counters.duplicate_questions == 0


def test_an_engine_lost_while_the_agent_waits_does_not_keep_the_call_open(greeted: Line) -> None:
    asked_twice(greeted)
    greeted.tell(events.ReplyStarted("c", None), events.EngineLost("closed"))
    greeted.tell(events.EngineOpened(), events.SessionConfigured())
    greeted.tell(events.ReplyStarted("s", "reply-3"), events.ReplyDone("s", "completed"))
    assert greeted.pass_time(13_000) == [commands.RequestReply("reply-4", "Are you there?")]
    says(greeted, "f", "Are you there?", "reply-4")
    greeted.pass_time(13_000)
    assert greeted.orders[-1][1] == commands.HangUp(HangUpReason.SILENCE)


def test_words_of_before_the_question_do_not_allow_a_third_time(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    greeted.pass_time(700)
    says(greeted, "a", CITY, "reply-2")
    says(greeted, "b", CITY_AGAIN)
    greeted.tell(events.CallerTranscript("u1", "I would like an appointment"))
    assert greeted.tell(events.ReplyStarted("c", None)) == [commands.CancelReply("c")]
