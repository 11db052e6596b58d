"""Whatever ends a call ends it at once, in every phase, with one last order."""

from collections.abc import Callable

import pytest

from prosaasil.call import Phase, commands, events
from prosaasil.call.commands import HangUpReason
from prosaasil.call.policy import CallPolicy

from .conftest import Line

ENDS: list[tuple[events.Event, HangUpReason]] = [
    (events.CallerHungUp(), HangUpReason.CALLER_HUNG_UP),
    (events.CallEnded("completed"), HangUpReason.CALL_ENDED),
    (events.ShutdownRequested(), HangUpReason.SHUTDOWN),
]


@pytest.mark.parametrize(("event", "reason"), ENDS)
@pytest.mark.parametrize("phase", ["new_line", "line", "greeted", "answering"])
def test_the_call_ends_at_once_in_every_phase(
    request: pytest.FixtureRequest, phase: str, event: events.Event, reason: HangUpReason
) -> None:
    fixture = request.getfixturevalue(phase)
    line: Line = fixture() if callable(fixture) else fixture
    assert line.tell_all(event)[-1] == commands.HangUp(reason)
    assert line.call.phase is Phase.OVER
    assert line.call.deadline is None
    assert line.call.playout.next_frame(line.now) is None
    assert line.tell_all(event, events.DeadlineReached()) == []


def test_what_was_heard_until_then_stays_in_the_transcript(answering: Line) -> None:
    answering.tell(events.CallerHungUp())
    assert answering.transcript()[-1].text == "We open at "
    assert not any("HANGUP" in note for note in answering.notes())


def test_no_call_is_longer_than_the_longest(new_line: Callable[[CallPolicy], Line]) -> None:
    line = new_line(CallPolicy(call_ms_max=5_000))
    line.tell(events.CallStarted(), events.EngineOpened(), events.SessionConfigured())
    line.tell(events.CallerSpeechStarted("u"))
    assert line.pass_time(5_000) == [commands.HangUp(HangUpReason.LONGEST_CALL)]


def test_time_does_not_go_back(line: Line) -> None:
    with pytest.raises(AssertionError):
        line.call.handle(events.DeadlineReached(), 50)


def test_a_deadline_reached_early_or_twice_changes_nothing(answering: Line) -> None:
    assert answering.tell_all(events.DeadlineReached()) == []
    due = answering.call.deadline
    assert answering.tell_all(events.DeadlineReached()) == []
    assert answering.call.deadline == due
