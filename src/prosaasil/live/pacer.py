"""One 20 ms tick for every call of the process; no call has a timer of its own.

One wake-up serves all calls, which is most of what makes hundreds of them cheap. The schedule is
absolute, so that lateness does not add up; a tick that is late by up to half a frame is made good
by the next one, and a longer stall is forgiven rather than caught up, so that no caller ever hears
a burst (requirements R-TX-06, R-TX-07).
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from prosaasil.live import metrics

TICK_MS = 20
SPACING_MS_MIN = 10
"""Two ticks are never closer than this (R-TX-06)."""


class Ticking(Protocol):
    def tick(self, now: int) -> None:
        """`now` is the process clock in ms; must not raise."""


def next_tick_at(previous: int, now: int) -> int:
    """When the tick after the one that was due at `previous`, and ran at `now`, is due."""
    return max(previous + TICK_MS, now + SPACING_MS_MIN)


class Pacer:
    """Ticks everything that was added, in the order of adding, on the running event loop."""

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._ticking: dict[Ticking, None] = {}
        self._round: tuple[Ticking, ...] = ()
        self._due = 0
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
        self._due = self._clock_ms() + TICK_MS
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
        early_ms = self._due - now
        if early_ms > 0:  # the loop's timers are coarser than our clock
            self._arm(early_ms)
            return
        metrics.LOOP_LAG_MS.observe(-early_ms)
        self.tick(now)
        if self._timer is None:  # stopped by one of those ticked
            return
        self._due = next_tick_at(self._due, now)
        self._arm(max(0, self._due - self._clock_ms()))

    def _arm(self, delay_ms: int) -> None:
        assert self._loop is not None
        self._timer = self._loop.call_later(delay_ms / 1_000, self._on_timer)
