"""An engine lost in the middle of a call: another is told what was said, and the call goes on."""

from collections.abc import Callable

from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.call import Call, Phase, commands, events
from prosaasil.call.commands import HangUpReason, Role, Said
from prosaasil.call.policy import CallPolicy

from .conftest import Line, speech, turn

LOST = events.EngineLost("closed")
FAILED = commands.HangUp(HangUpReason.ENGINE_FAILED)
SORRY = "Sorry, I am back."


def back(line: Line) -> list[commands.Command]:
    line.pass_time(300)
    assert line.tell(events.EngineOpened()) == [commands.ConfigureSession()]
    return line.tell(events.SessionConfigured())


def test_an_idle_call_goes_on_silently_with_what_was_said(greeted: Line) -> None:
    assert greeted.tell(LOST) == [commands.ConnectEngine()]
    assert back(greeted) == [commands.ReplayConversation((Said(Role.AGENT, "Hello!"),))]
    assert greeted.call.counters.engine_reconnections == 1
    assert greeted.call.phase is Phase.TALKING


def test_what_was_made_is_heard_and_the_rest_is_asked_for_after_a_word(answering: Line) -> None:
    answering.tell(events.CallerTranscript("u1", "When do you open?"), LOST)
    assert answering.pass_time(400) == []
    assert len(answering.frames) == 20 + 51 + 20
    assert back(answering) == [
        commands.ReplayConversation(
            (
                Said(Role.AGENT, "Hello!"),
                Said(Role.CALLER, "When do you open?"),
                Said(Role.AGENT, "We open at nine. We close at five."),
            )
        ),
        commands.RequestReply("reply-3", "Are you there?"),
    ]
    answering.tell(events.ReplyStarted("s", "reply-3"))
    answering.tell(events.ReplyAudio("s", "s.0", speech(500)))
    assert answering.tell(events.ReplyDone("s", "completed")) == [commands.RequestReply("reply-4")]


def test_the_business_says_how_it_excuses_itself() -> None:
    line = Line()
    line.call = Call(replace(BRIEFING, reconnected=SORRY))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyText("g", "g.0", "Hello!"))
    line.tell(events.ReplyAudio("g", "g.0", speech(400)), LOST)
    assert back(line)[-1] == commands.RequestReply("reply-2", SORRY)


def test_a_greeting_that_was_not_said_yet_is_said_once(line: Line) -> None:
    line.tell(LOST)
    assert back(line) == [commands.RequestReply("reply-2", "Hello!")]


def test_items_of_the_lost_engine_are_not_cut_at_the_new_one(answering: Line) -> None:
    answering.tell(LOST)
    back(answering)
    assert answering.tell(events.KeyPressed("1")) == [commands.ClearAudio()]


def test_tools_under_way_are_told_to_the_new_engine(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ToolCalled("a", "t", "look", "{}"), events.ReplyDone("a", "completed"))
    greeted.tell(LOST, events.ToolAnswered("t", "1"))
    out = back(greeted)
    assert out[1:] == [
        commands.ReplayToolCall("t", "look", "{}"),
        commands.AnswerTool("t", "1"),
        commands.RequestReply("reply-3", "Are you there?"),
    ]


def test_an_answer_that_was_asked_for_is_asked_for_again(greeted: Line) -> None:
    greeted.tell(*turn("u1"), LOST)
    assert back(greeted)[-1] == commands.RequestReply("reply-3", "Are you there?")
    greeted.tell(events.ReplyStarted("s", "reply-3"), events.ReplyDone("s", "completed"))
    assert greeted.orders[-1][1] == commands.RequestReply("reply-4")


def test_a_caller_in_the_middle_of_a_sentence_is_asked_again(greeted: Line) -> None:
    greeted.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u1"), LOST)
    assert back(greeted)[-1] == commands.RequestReply("reply-2", "Are you there?")


def test_a_second_loss_soon_after_ends_the_call(greeted: Line) -> None:
    greeted.tell(LOST)
    back(greeted)
    assert greeted.tell(LOST) == [FAILED]


def test_a_loss_long_after_is_survived_again(new_line: Callable[[CallPolicy], Line]) -> None:
    line = new_line(CallPolicy(silence_ms=500_000))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyAudio("g", "g.0", speech(400)))
    line.tell(events.ReplyDone("g", "completed"))
    line.pass_time(500)
    line.tell(LOST)
    back(line)
    line.pass_time(60_000)
    assert line.tell(LOST) == [commands.ConnectEngine()]


def test_an_engine_that_cannot_be_found_again_ends_the_call(greeted: Line) -> None:
    greeted.tell(LOST)
    assert greeted.pass_time(7_980) == []
    assert greeted.pass_time(20) == [FAILED]


def test_an_engine_that_does_not_open_at_first_is_tried_once_more(
    new_line: Callable[[], Line],
) -> None:
    line = new_line()
    line.tell(events.CallStarted())
    assert line.tell(LOST) == [commands.ConnectEngine()]
    assert line.tell(events.EngineOpened()) == [commands.ConfigureSession()]
    assert line.tell(LOST) == [FAILED]


def test_a_session_that_expires_is_one_more_loss(greeted: Line) -> None:
    expired = events.EngineRefused("session_expired", "60 minutes", None)
    assert greeted.tell(expired, events.EngineLost("1001")) == [commands.ConnectEngine()]
    assert greeted.call.phase is Phase.TALKING


def test_a_reply_broken_off_before_a_sound_is_owed_again(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"), LOST)
    back(greeted)
    greeted.tell(events.ReplyStarted("s", "reply-3"), events.ReplyDone("s", "completed"))
    assert greeted.orders[-1][1] == commands.RequestReply("reply-4")


def test_a_caller_who_is_speaking_over_the_agent_stays_heard(answering: Line) -> None:
    answering.tell(events.CallerVoiceHeard(10), events.CallerSpeechStarted("u2"), LOST)
    heard = len(answering.frames)
    answering.pass_time(1_000)
    assert len(answering.frames) == heard
    answering.tell(events.CallerVoiceEnded(40))
    assert answering.pass_time(1_500) == [commands.ResumeSpeech(held_ms=2_500)]


def test_keys_typed_meanwhile_are_told_to_the_new_engine(greeted: Line) -> None:
    greeted.tell(LOST, events.KeyPressed("5"))
    assert greeted.pass_time(3_000) == []
    assert back(greeted)[1:] == [
        commands.AddCallerText("[caller pressed 5]"),
        commands.RequestReply("reply-2"),
    ]
