"""Virtual time: a queue of what is going to happen, a 20 ms pacer, and the call under test."""

import heapq
from collections.abc import Callable
from random import Random

from msgspec import Struct

from prosaasil.call import Call, Phase, events
from prosaasil.call.briefing import Briefing, Direction
from prosaasil.call.commands import Command
from prosaasil.call.events import Event
from prosaasil.call.policy import NEVER
from prosaasil.call.trace import Line, live_through

TICK_MS = 20
BRIEFING = Briefing(
    business_id="business-1",
    business_name="Clinic",
    direction=Direction.INBOUND,
    language="he",
    instructions="Answer the caller.",
    instructions_hash="0" * 64,
    greeting="Hello, this is the clinic.",
    follow_up="Are you still there?",
    voice="marin",
    transcription_prompt="",
)
DEADLINE_REACHED = events.DeadlineReached()


class FrameSent(Struct, frozen=True):
    audio: bytes


class Entry(Struct, frozen=True):
    at: int
    what: Event | Command | FrameSent


class Faults(Struct):
    """What the world does to facts on their way to the call, and to the pacer."""

    lose: float = 0.0
    """How likely each event is to be lost."""
    lose_only: type[object] | None = None
    """Lose events of this type only."""
    lose_number: int | None = None
    """Lose exactly this event, counted from 0."""
    duplicate: float = 0.0
    late_ticks: float = 0.0
    """How likely a tick of the pacer is to come late by up to 15 ms."""
    stalled_ticks: float = 0.0
    """How likely it is to come late by 100 to 400 ms."""


class World:
    """Runs one call to its end; every run of the same seed is the same run."""

    def __init__(
        self, seed: int, *, briefing: Briefing = BRIEFING, faults: Faults | None = None
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
        self.faults = faults or Faults()
        self.call = Call(briefing)
        self.now = 0
        self.events_delivered = 0
        self.record: list[Entry] = []
        self.lines: list[Line] = []
        self.on_command: list[Callable[[Command], None]] = []
        self.on_frame: list[Callable[[bytes], None]] = []
        self._queue: list[tuple[int, int, Event | Callable[[], None]]] = []
        self._serial = 0
        self._ticked_at = -TICK_MS
        self._lateness_ms = 0

    def chance(self, probability: float) -> bool:
        return probability > 0 and self.random.random() < probability

    def between(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def after(self, delay_ms: int, what: Event | Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (self.now + delay_ms, self._serial, what))

    def run(self, *, until_ms: int) -> None:
        while self.call.phase is not Phase.OVER:
            next_at = self._queue[0][0] if self._queue else NEVER
            tick_at = self._next_tick()
            if min(next_at, tick_at) > until_ms:
                return
            if next_at <= tick_at:
                self.now, _, what = heapq.heappop(self._queue)
                if callable(what):
                    what()
                else:
                    self._deliver(what)
            else:
                self.now = tick_at
                self._tick()

    def feed(self, event: Event) -> list[Command]:
        """The call learns of an event now."""
        line = live_through(self.call, event, self.now)
        self.lines.append(line)
        self.record.append(Entry(self.now, event))
        for command in line.commands:
            self.record.append(Entry(self.now, command))
            for react in self.on_command:
                react(command)
        return line.commands

    def _deliver(self, event: Event) -> None:
        faults, number = self.faults, self.events_delivered
        self.events_delivered += 1
        may_be_lost = faults.lose_only is None or isinstance(event, faults.lose_only)
        if number == faults.lose_number or (may_be_lost and self.chance(faults.lose)):
            return
        self.feed(event)
        if self.chance(faults.duplicate) and self.call.phase is not Phase.OVER:
            self.feed(event)

    def _next_tick(self) -> int:
        """Ticks in which nothing can happen are left out; the live pacer has them too."""
        earliest = max(self._ticked_at + 1, self.now)
        if self.call.playout.is_silent(self.now):
            earliest = max(earliest, self.call.deadline or 0)
        on_grid = -(-max(earliest - self._lateness_ms, 0) // TICK_MS) * TICK_MS
        return on_grid + self._lateness_ms

    def _tick(self) -> None:
        """What the live pacer does each 20 ms for each call."""
        self._ticked_at = self.now
        call = self.call
        frame = call.playout.next_frame(self.now)
        if frame is not None:
            self.record.append(Entry(self.now, FrameSent(frame)))
            for hear in self.on_frame:
                hear(frame)
            if call.playout.drained:
                self.feed(DEADLINE_REACHED)
        if call.deadline is not None and self.now >= call.deadline:
            self.feed(DEADLINE_REACHED)
        self._lateness_ms = 0
        if self.chance(self.faults.late_ticks):
            self._lateness_ms = self.between(1, 15)
        elif self.chance(self.faults.stalled_ticks):
            self._lateness_ms = self.between(100, 400)
