"""Goodbye: the closing words are heard to their end, and then the call is over."""

from collections.abc import Callable

import pytest
from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.call import Phase, commands, events
from prosaasil.call.commands import HangUpReason
from prosaasil.call.policy import CallPolicy

from .conftest import Line, speech, turn

BYE = "תודה ולהתראות"


def goodbye(item_id: str = "u1", text: str = BYE) -> list[events.Event]:
    return [*turn(item_id), events.CallerTranscript(item_id, text)]


def closing(line: Line, text: str = "להתראות!", number: int = 2) -> None:
    reply_id = f"c{number}"
    line.tell(
        events.ReplyStarted(reply_id, f"reply-{number}"),
        events.ReplyText(reply_id, f"{reply_id}.0", text),
        events.ReplyAudio(reply_id, f"{reply_id}.0", speech(1_000, 3)),
        events.ReplyDone(reply_id, "completed"),
    )


@pytest.fixture
def polite(new_line: Callable[[CallPolicy], Line]) -> Line:
    """A greeted call that does not end on goodbye."""
    line = new_line(CallPolicy(auto_end_on_goodbye=False))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    closing(line, "Hello!", 1)
    line.pass_time(1_020)
    line.tell(events.MarkPlayed("1:c1"))
    return line


def test_the_call_ends_when_the_closing_words_were_heard(greeted: Line) -> None:
    assert greeted.tell(*goodbye()) == [commands.RequestReply("reply-2")]
    closing(greeted)
    assert greeted.pass_time(1_020) == [commands.SendMark("2:c2")]
    assert greeted.tell(events.MarkPlayed("2:c2")) == []
    assert greeted.pass_time(780) == []
    assert greeted.pass_time(20) == [commands.HangUp(HangUpReason.USER_GOODBYE)]
    assert greeted.notes()[-1] == "[HANGUP] Triggering hangup: user_goodbye"
    will = "[GOODBYE] will_hangup=True - goal=lead_only, user said goodbye"
    assert greeted.notes().count("[GOODBYE] User said goodbye") == 1
    assert greeted.notes().count(will) == 1


@pytest.mark.parametrize("goal", ["lead_only", "appointment", "support"])
def test_goodbye_ends_the_call_for_every_goal(goal: str) -> None:
    line = Line()
    line.call = type(line.call)(replace(BRIEFING, goal=goal))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    closing(line, "Hello!", 1)
    line.pass_time(1_020)
    line.tell(events.MarkPlayed("1:c1"), *goodbye())
    closing(line)
    assert line.pass_time(5_000)[-1] == commands.HangUp(HangUpReason.USER_GOODBYE)
    assert f"[GOODBYE] will_hangup=True - goal={goal}, user said goodbye" in line.notes()


def test_real_words_take_the_goodbye_back(greeted: Line) -> None:
    greeted.tell(*goodbye())
    closing(greeted)
    greeted.pass_time(900)
    greeted.tell(*turn("u2"), events.CallerTranscript("u2", "Wait, one more question"))
    assert greeted.pass_time(5_000) == []
    assert greeted.call.phase is Phase.TALKING


def test_a_second_goodbye_is_not_answered_again(greeted: Line) -> None:
    greeted.tell(*goodbye())
    closing(greeted)
    greeted.pass_time(1_020)
    greeted.tell(events.MarkPlayed("2:c2"))
    assert greeted.tell(*turn("u2")) == [commands.RequestReply("reply-3")]
    greeted.tell(events.CallerTranscript("u2", "bye bye"))
    assert greeted.tell(events.ReplyStarted("x", "reply-3")) == [commands.CancelReply("x")]
    greeted.tell(events.ReplyDone("x", "cancelled"))
    assert greeted.pass_time(800) == [commands.HangUp(HangUpReason.USER_GOODBYE)]


def test_noise_does_not_take_the_goodbye_back(greeted: Line) -> None:
    greeted.tell(*goodbye())
    closing(greeted)
    greeted.pass_time(1_020)
    greeted.tell(events.MarkPlayed("2:c2"), *turn("u2", frames=9))
    greeted.tell(events.CallerTranscript("u2", "mm"), events.ReplyStarted("x", "reply-3"))
    greeted.tell(events.ReplyDone("x", "cancelled"))
    assert greeted.pass_time(800) == [commands.HangUp(HangUpReason.USER_GOODBYE)]


def test_an_engine_with_no_closing_words_does_not_keep_the_line_open(greeted: Line) -> None:
    greeted.tell(*goodbye())
    for number in (2, 3):
        greeted.tell(events.ReplyStarted(f"x{number}", f"reply-{number}"))
        greeted.tell(events.ReplyDone(f"x{number}", "completed"))
    assert greeted.pass_time(900)[-1] == commands.HangUp(HangUpReason.USER_GOODBYE)


def test_the_agents_own_goodbye_ends_the_call_when_heard(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.CallerTranscript("u1", "No, that is all"))
    closing(greeted, "Thank you for calling. Goodbye!")
    out = greeted.pass_time(5_000)
    assert out[-1] == commands.HangUp(HangUpReason.AGENT_GOODBYE)
    assert len(greeted.frames) == 20 + 50


def test_without_automatic_end_the_agent_falls_silent_and_the_line_stays_open(
    polite: Line,
) -> None:
    polite.tell(*turn("u1"), events.ReplyStarted("c", "reply-2"))
    assert polite.tell(events.CallerTranscript("u1", BYE)) == [commands.CancelReply("c")]
    polite.tell(events.ReplyDone("c", "cancelled"))
    assert polite.pass_time(9_900) == []
    assert polite.pass_time(200) == [commands.HangUp(HangUpReason.SILENCE)]
    assert polite.call.counters.follow_ups == 0


def test_without_automatic_end_nothing_is_said_until_real_words_come(polite: Line) -> None:
    polite.tell(*goodbye())
    polite.tell(events.ReplyStarted("c", "reply-2"), events.ReplyDone("c", "cancelled"))
    assert polite.tell(*turn("u2", frames=12)) == []
    assert polite.tell(events.CallerTranscript("u2", "mm")) == [commands.DeleteItem("u2")]
    assert polite.tell(*turn("u3", frames=12), events.CallerTranscript("u3", "bye")) == []
    assert polite.tell(*turn("u4")) == []
    assert polite.tell(events.CallerTranscript("u4", "And when do you open?")) == [
        commands.RequestReply("reply-3")
    ]


def test_without_automatic_end_a_turn_without_words_is_let_be(polite: Line) -> None:
    polite.tell(*goodbye())
    polite.tell(events.ReplyStarted("c", "reply-2"), events.ReplyDone("c", "cancelled"))
    polite.pass_time(700)
    polite.tell(*turn("u2", frames=12))
    assert polite.pass_time(9_000) == []


def test_an_engine_that_speaks_by_itself_after_goodbye_is_not_heard(polite: Line) -> None:
    polite.tell(*goodbye())
    polite.tell(events.ReplyStarted("c", "reply-2"), events.ReplyDone("c", "cancelled"))
    assert polite.tell(events.ReplyStarted("x", None)) == [commands.CancelReply("x")]


def test_without_automatic_end_the_agents_goodbye_does_not_end_the_call(polite: Line) -> None:
    polite.tell(*turn("u1"), events.CallerTranscript("u1", "No, that is all"))
    closing(polite)
    assert polite.pass_time(5_000) == [commands.SendMark("2:c2")]


def test_a_goodbye_that_is_recognised_after_later_words_is_none(greeted: Line) -> None:
    greeted.tell(*turn("u1"))
    greeted.pass_time(700)
    greeted.tell(*turn("u2"), events.CallerTranscript("u2", "And what does it cost?"))
    greeted.tell(events.CallerTranscript("u1", "Thank you, goodbye"))
    assert "[GOODBYE] User said goodbye" not in greeted.notes()


def test_without_automatic_end_a_goodbye_takes_back_the_answer_to_the_question_before(
    polite: Line,
) -> None:
    polite.tell(*turn("u1"), events.CallerTranscript("u1", "When do you open?"))
    polite.tell(events.ReplyStarted("c", "reply-2"))
    polite.pass_time(700)
    polite.tell(events.CallerVoiceHeard(30), events.CallerSpeechStarted("u2"))
    assert polite.tell(events.CallerTranscript("u2", BYE)) == [commands.CancelReply("c")]
