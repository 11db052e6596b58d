"""Virtual time: a queue of what is going to happen, a 20 ms pacer, and the call under test.

Between two events nothing but the pacer acts, so it runs in one go: the frames it sends are one
entry of the record. What begins or ends is told at its own tick, so that whoever listens - the
caller, the line's echo - can act in time.
"""

import heapq
from collections.abc import Callable
from random import Random
from typing import Any

from msgspec import Struct

from prosaasil.call import Call, Phase, events
from prosaasil.call.briefing import Briefing, Direction
from prosaasil.call.commands import ClearAudio, Command
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
    greeting="שלום, הגעתם למרפאה, במה אפשר לעזור היום?",
    follow_up="האם את או אתה עדיין על הקו?",
    voice="marin",
    transcription_prompt="",
    one_moment="רק רגע, אני בודקת.",
    reconnected="סליחה, השיחה נקטעה לרגע.",
)
DEADLINE_REACHED = events.DeadlineReached()


class FramesSent(Struct, frozen=True):
    """Frames that were sent one after the other, the first at the entry's time, one in 20 ms."""

    audio: bytes


class Entry(Struct, frozen=True):
    at: int
    what: Event | Command | FramesSent


class Faults(Struct, frozen=True):
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
    until_ms: int = NEVER
    """From then on nothing goes wrong any more, here and with the carrier and the engine."""

    @property
    def touch_events(self) -> bool:
        return bool(self.lose or self.duplicate or self.lose_number is not None)


class World:
    """Runs one call to its end; every run of the same seed is the same run."""

    def __init__(
        self, seed: int, *, briefing: Briefing = BRIEFING, faults: Faults | None = None
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - chance that can be repeated is the point
        self.faults = faults or Faults()
        self.briefing = briefing
        self.call = Call(briefing)
        self.now = 0
        self.events_delivered = 0
        self.record: list[Entry] = []
        self.lines: list[Line] = []
        self._reactions: dict[type[object], list[Callable[[Any], None]]] = {}
        self.on_settled: list[Callable[[], None]] = []
        """Called after each event that the call has handled."""
        self.on_sound: list[Callable[[bool, int], None]] = []
        """Told that the agent's sound begins or ends at the ear, and of which byte it is made."""
        self.sound_ends_at = 0
        """When the ear has everything that was sent."""
        self._is_sounding = False
        self._queue: list[tuple[int, int, Event | Callable[[], None]]] = []
        self._serial = 0
        self._ticked_at = -TICK_MS
        self._sounding_byte = 0
        self._lateness_ms = 0
        self._ticks_until_late = NEVER
        if self.faults.late_ticks or self.faults.stalled_ticks:
            self._draw_lateness()

    # Chance

    def chance(self, probability: float) -> bool:
        return probability > 0 and self.random.random() < probability

    def goes_wrong(self, probability: float) -> bool:
        """A fault of this probability happens, unless the time of faults is over."""
        return probability > 0 and self.now < self.faults.until_ms and self.chance(probability)

    def between(self, least: int, most: int) -> int:
        return least + int(self.random.random() * (most - least + 1))

    # What happens

    def on(self, kinds: tuple[type[Any], ...], react: Callable[[Any], None]) -> None:
        """Let this be called with each order of these kinds."""
        for kind in kinds:
            self._reactions.setdefault(kind, []).append(react)

    def after(self, delay_ms: int, what: Event | Callable[[], None]) -> None:
        self.at(self.now + delay_ms, what)

    def at(self, at: int, what: Event | Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (at, self._serial, what))

    def run(self, *, until_ms: int) -> None:
        queue, call = self._queue, self.call
        while call.phase is not Phase.OVER:
            next_at = queue[0][0] if queue else NEVER
            if self._pace(min(next_at, until_ms + 1)):
                continue
            if next_at > until_ms:
                return
            self.now, _, what = heapq.heappop(queue)
            if callable(what):
                what()
            else:
                self._deliver(what)

    def feed(self, event: Event) -> list[Command]:
        """The call learns of an event now."""
        now = self.now
        line = live_through(self.call, event, now)
        self.lines.append(line)
        record = self.record
        record.append(Entry(now, event))
        if line.commands:
            record += [Entry(now, command) for command in line.commands]
            for command in line.commands:
                if isinstance(command, ClearAudio):
                    self.sound_ends_at = min(self.sound_ends_at, now)
                for react in self._reactions.get(type(command), ()):
                    react(command)
        for settled in self.on_settled:
            settled()
        return line.commands

    def _deliver(self, event: Event) -> None:
        faults, number = self.faults, self.events_delivered
        self.events_delivered += 1
        if number == faults.lose_number:
            return
        may_be_lost = faults.lose_only is None or isinstance(event, faults.lose_only)
        if may_be_lost and self.goes_wrong(faults.lose):
            return
        self.feed(event)
        if self.goes_wrong(faults.duplicate) and self.call.phase is not Phase.OVER:
            self.feed(event)

    # The pacer

    def _pace(self, limit: int) -> bool:
        """Tick until something happens before `limit`; whether it did."""
        deadline = self.call.deadline
        due = NEVER if deadline is None else deadline
        playout = self.call.playout
        tick = self._next_tick(self.now)
        while tick < limit:
            tick, sent_last = self._send(tick, limit, due)
            self._ticked_at = tick
            turns = self._is_sounding != (self.sound_ends_at > tick)
            if turns or playout.drained or due <= tick:
                self.now = tick
                if turns:
                    self._turn_sound()
                if playout.drained or due <= tick:
                    self.feed(DEADLINE_REACHED)
                return True
            is_idle = not sent_last and playout.ends_at <= tick
            tick = self._next_tick(due if is_idle else tick + 1)
        return False

    def _send(self, tick: int, limit: int, due: int) -> tuple[int, bool]:
        """What the live pacer does each 20 ms, from `tick` on, until there is something to tell.

        The last tick that was taken, and whether it sent a frame.
        """
        playout = self.call.playout
        next_frame = playout.next_frame
        frames: list[bytes] = []
        frames_max = self._ticks_until_late
        last = tick
        if self._is_sounding and not self._lateness_ms and due > tick:
            last = min(limit - 1, due + TICK_MS - 1, tick + TICK_MS * (frames_max - 1))
        self._lateness_ms = 0
        now, frame = tick, None
        for now in range(tick, last + 1, TICK_MS):
            frame = next_frame(now)
            if frame is None:
                break
            frames.append(frame)
            if playout.drained:
                break
        if len(frames) == frames_max:
            self._draw_lateness()
        if frames:
            self._ticks_until_late -= len(frames) % frames_max
            self.record.append(Entry(tick, FramesSent(b"".join(frames))))
            begins = max(self.sound_ends_at, tick)
            self.sound_ends_at = begins + TICK_MS * len(frames)
            self._sounding_byte = frames[0][0]
        return now, frame is not None

    def _next_tick(self, earliest: int) -> int:
        """Ticks in which nothing can happen are left out; the live pacer has them too."""
        late = self._lateness_ms
        earliest = max(earliest, self._ticked_at + 1)
        return -(-max(earliest - late, 0) // TICK_MS) * TICK_MS + late

    def _draw_lateness(self) -> None:
        """How many frames go out in time before the next one that does not, and how late it is."""
        faults = self.faults
        share = faults.late_ticks + faults.stalled_ticks
        self._ticks_until_late = 1 + int(self.random.expovariate(share))
        if self.now < faults.until_ms:
            is_stall = self.random.random() * share < faults.stalled_ticks
            self._lateness_ms = self.between(100, 400) if is_stall else self.between(1, 15)

    def _turn_sound(self) -> None:
        self._is_sounding = not self._is_sounding
        for tell in self.on_sound:
            tell(self._is_sounding, self._sounding_byte)
