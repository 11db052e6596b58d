"""One shared tick for every call the rig places, so that hundreds of them cost little.

Calls are spread over phases of the 20 ms period, as real calls are: a carrier does not send all its
callers' frames at one instant. The metronome keeps its own lateness, because a load generator that
is late measures itself.
"""

import asyncio
from array import array
from typing import Protocol

from .stopwatch import now_us

PERIOD_US = 20_000


class Ticking(Protocol):
    def tick(self, now_us: int) -> None: ...


class Metronome:
    """Ticks every call once each 20 ms, on an absolute schedule: late beats are caught up."""

    def __init__(self, *, phases: int = 1) -> None:
        assert PERIOD_US % phases == 0
        self.lateness_us = array("L")
        self._step_us = PERIOD_US // phases
        self._phases: list[list[Ticking]] = [[] for _ in range(phases)]
        self._beat = 0
        self._due_us = 0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, call: Ticking) -> None:
        min(self._phases, key=len).append(call)
        if self._timer is None:
            self._due_us = now_us() + self._step_us
            self._arm()

    def remove(self, call: Ticking) -> None:
        for phase in self._phases:
            if call in phase:
                phase.remove(call)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        delay_us = max(0, self._due_us - now_us())
        self._timer = asyncio.get_running_loop().call_later(delay_us / 1_000_000, self._on_beat)

    def _on_beat(self) -> None:
        now = now_us()
        if now < self._due_us - 500:  # the loop's timers are coarser than our clock
            self._arm()
            return
        self.lateness_us.append(max(0, now - self._due_us))
        self._due_us += self._step_us
        self._beat = (self._beat + 1) % len(self._phases)
        for call in tuple(self._phases[self._beat]):
            call.tick(now_us())
        if any(self._phases):
            self._arm()
        else:
            self._timer = None
