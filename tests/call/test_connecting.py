"""Nothing is said before the engine has confirmed its task; failing that, the call ends."""

from collections.abc import Callable

import pytest

from prosaasil.call import Phase, commands, events
from prosaasil.call.commands import HangUpReason

from .conftest import Line

FAILED = commands.HangUp(HangUpReason.ENGINE_FAILED)


def test_a_call_begins_with_its_engine(new_line: Callable[[], Line]) -> None:
    line = new_line()
    assert line.tell(events.CallStarted()) == [commands.ConnectEngine()]
    assert line.tell(events.CallStarted()) == []
    assert line.tell(events.EngineOpened()) == [commands.ConfigureSession()]
    assert line.tell(events.EngineOpened()) == []
    assert line.call.phase is Phase.CONNECTING


def test_only_confirmed_settings_let_the_agent_speak(line: Line) -> None:
    assert line.call.phase is Phase.TALKING
    assert line.orders[-1] == (100, commands.RequestReply("reply-1", "Hello!"))
    assert line.tell(events.SessionConfigured()) == []


def test_unconfirmed_settings_are_sent_again_once_and_then_given_up(
    new_line: Callable[[], Line],
) -> None:
    line = new_line()
    line.tell(events.CallStarted(), events.EngineOpened())
    assert line.pass_time(2_980) == []
    assert line.pass_time(20) == [commands.ConfigureSession()]
    assert line.pass_time(4_980) == []
    assert line.pass_time(20) == [FAILED]
    assert line.now == 8_000


def test_an_engine_that_opens_late_still_gets_its_second_chance(
    new_line: Callable[[], Line],
) -> None:
    line = new_line()
    line.tell(events.CallStarted())
    line.pass_time(4_000)
    line.tell(events.EngineOpened())
    assert line.pass_time(3_000) == [commands.ConfigureSession()]


@pytest.mark.parametrize("told", [[], [events.CallStarted()]])
def test_an_engine_that_never_opens_ends_the_call(
    new_line: Callable[[], Line], told: list[events.Event]
) -> None:
    line = new_line()
    line.tell(*told)
    assert line.pass_time(8_000) == [FAILED]


def test_keys_typed_before_the_engine_is_ready_are_kept(new_line: Callable[[], Line]) -> None:
    line = new_line()
    line.tell(events.CallStarted(), events.EngineOpened(), events.KeyPressed("1"))
    assert line.pass_time(2_000) == []
    assert line.tell(events.SessionConfigured()) == [
        commands.AddCallerText("[caller pressed 1]"),
        commands.RequestReply("reply-1"),
    ]


def test_a_caller_who_speaks_before_the_engine_is_ready_interrupts_no_greeting(
    new_line: Callable[[], Line],
) -> None:
    line = new_line()
    line.tell(
        events.CallStarted(),
        events.ReplyStarted("x", None),
        events.ReplyAudio("x", "x.0", bytes(800)),
    )
    line.tell(events.CallerSpeechStarted("u"))
    assert not any("GREETING" in note for note in line.notes())
