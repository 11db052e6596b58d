"""A call to talk to: facts in, orders out, and the pacer in between."""

from collections.abc import Callable

import pytest
from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.call import Call, events
from prosaasil.call.commands import CloseGate, Command, Note, OpenGate, PublishTranscript
from prosaasil.call.events import Event
from prosaasil.call.policy import CallPolicy

STRONG = 30  # voiced frames that need no words


def speech(ms: int, voice: int = 1) -> bytes:
    return bytes([voice]) * (8 * ms)


def turn(item_id: str, frames: int = STRONG) -> list[Event]:
    """A whole turn of the caller's but for its words, with so much voice."""
    voice = [events.CallerVoiceHeard(frames)] if frames else []
    ended = [events.CallerVoiceEnded(frames)] if frames else []
    return [
        *voice,
        events.CallerSpeechStarted(item_id),
        *ended,
        events.CallerSpeechStopped(item_id),
        events.CallerTurnCommitted(item_id),
    ]


def interruption(item_id: str, text: str = "Wait, one question") -> list[Event]:
    """A turn over the agent's speech, and its words."""
    return [*turn(item_id), events.CallerTranscript(item_id, text)]


class Line:
    """A call on which time passes by ticks of 20 ms, as the live pacer lets it."""

    def __init__(self, policy: CallPolicy | None = None) -> None:
        self.call = Call(replace(BRIEFING, policy=policy or CallPolicy()))
        self.now = 0
        self.frames: list[bytes] = []
        self.orders: list[tuple[int, Command]] = []

    def tell(self, *told: Event) -> list[Command]:
        """What the call does about these facts, now: orders that the engine or the ear notices."""
        return _without_words(self.tell_all(*told))

    def tell_all(self, *told: Event) -> list[Command]:
        out: list[Command] = []
        for event in told:
            out += self.call.handle(event, self.now)
        self.orders += [(self.now, command) for command in out]
        return out

    def pass_time(self, ms: int) -> list[Command]:
        """What the call does of itself in the time that passes; as `tell`."""
        return _without_words(self.pass_time_all(ms))

    def pass_time_all(self, ms: int) -> list[Command]:
        out: list[Command] = []
        until = self.now + ms
        while self.now + 20 <= until:
            self.now += 20
            frame = self.call.playout.next_frame(self.now)
            if frame is not None:
                self.frames.append(frame)
                if self.call.playout.drained:
                    out += self.tell_all(events.DeadlineReached())
            due = self.call.deadline
            if due is not None and self.now >= due:
                out += self.tell_all(events.DeadlineReached())
        self.now = until
        return out

    def notes(self) -> list[str]:
        """Everything noted so far, as `[marker] text`."""
        return [f"[{c.marker}] {c.text}" for _, c in self.orders if isinstance(c, Note)]

    def transcript(self) -> list[PublishTranscript]:
        return [c for _, c in self.orders if isinstance(c, PublishTranscript) and c.final]


def _without_words(commands: list[Command]) -> list[Command]:
    aside = (Note, PublishTranscript, OpenGate, CloseGate)
    return [c for c in commands if not isinstance(c, aside)]


@pytest.fixture
def new_line() -> Callable[..., Line]:
    return Line


@pytest.fixture
def line() -> Line:
    """A call whose engine is ready and was asked for the greeting as "reply-1", at 100 ms."""
    line = Line()
    line.tell(events.CallStarted(), events.EngineOpened())
    line.now = 100
    line.tell(events.SessionConfigured())
    return line


@pytest.fixture
def greeted(line: Line) -> Line:
    """A call whose greeting "g" was heard to its end, and its mark returned."""
    line.tell(
        events.ReplyStarted("g", "reply-1"),
        events.ReplyText("g", "g.0", "Hello!"),
        events.ReplyAudio("g", "g.0", speech(400)),
        events.ReplyDone("g", "completed"),
    )
    line.pass_time(500)
    line.tell(events.MarkPlayed("1:g"))
    return line


@pytest.fixture
def answering(greeted: Line) -> Line:
    """A call in which the agent, asked as "reply-2", has been speaking "a" for a second of three.

    The engine is still making it.
    """
    greeted.tell(
        *turn("u1"),
        events.ReplyStarted("a", "reply-2"),
        events.ReplyText("a", "a.0", "We open at nine. We close at five."),
        events.ReplyAudio("a", "a.0", speech(3_000, 2)),
    )
    greeted.pass_time(1_020)
    return greeted
