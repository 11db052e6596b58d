"""One 20 ms tick for every call of the process; no call has a timer of its own.

One wake-up serves all calls, which is most of what makes hundreds of them cheap. Ticks are due on a
fixed grid, so that lateness does not add up: after a late one the next come closer together, never
closer than half a frame, until the grid is reached. A stall of more than a frame moves the grid
instead of being caught up, so that no caller ever hears a burst (requirements R-TX-06, R-TX-07).
"""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from prosaasil.live import metrics

TICK_MS = 20
SPACING_MS_MIN = 10
"""Two ticks are never closer than this (R-TX-06)."""


class Ticking(Protocol):
    def tick(self, now: int) -> None:
        """`now` is the process clock in ms; must not raise."""


class Beat(NamedTuple):
    """A tick to come."""

    due: int
    """Its place on the grid."""
    at: int
    """When it runs: at its place, or as soon after the last one as a tick may be."""


def next_beat(due: int, now: int) -> Beat:
    """The beat after the one that was due at `due` and ran at `now`."""
    due += TICK_MS
    if now - due > TICK_MS:
        due = now + SPACING_MS_MIN
    return Beat(due, max(due, now + SPACING_MS_MIN))


class Pacer:
    """Ticks everything that was added, in the order of adding, on the running event loop."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._ticking: dict[Ticking, None] = {}
        self._round: tuple[Ticking, ...] = ()
        self._beat = Beat(0, 0)
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(self, ticking: Ticking) -> None:
        self._ticking[ticking] = None
        self._round = ()

    def remove(self, ticking: Ticking) -> None:
        """Harmless when it is not there; it may still be ticked in the round under way."""
        self._ticking.pop(ticking, None)
        self._round = ()

    def __len__(self) -> int:
        return len(self._ticking)

    def start(self) -> None:
        assert self._timer is None, "a second tick would send every frame twice"
        self._loop = asyncio.get_running_loop()
        due = self._clock_ms() + TICK_MS
        self._beat = Beat(due, due)
        self._arm(TICK_MS)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def tick(self, now: int) -> None:
        """One round over all calls; the timer's work, and a test's way to make time pass."""
        ticking = self._round
        if not ticking:
            ticking = self._round = tuple(self._ticking)
        for one in ticking:
            one.tick(now)

    def _on_timer(self) -> None:
        now = self._clock_ms()
        early_ms = self._beat.at - now
        if early_ms > 0:  # the loop's timers are coarser than our clock
            self._arm(early_ms)
            return
        metrics.LOOP_LAG_MS.observe(-early_ms)
        self.tick(now)
        if self._timer is None:  # stopped by one of those ticked
            return
        self._beat = next_beat(self._beat.due, now)
        self._arm(max(0, self._beat.at - self._clock_ms()))

    def _arm(self, delay_ms: int) -> None:
        assert self._loop is not None
        self._timer = self._loop.call_later(delay_ms / 1_000, self._on_timer)
