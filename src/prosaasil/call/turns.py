"""The caller's turns: when one is open, and when it has ended for good.

The engine reports the beginning, the end and the commitment of each turn. Any of the three may be
lost or come twice, so each of them opens a turn that is not known yet, and time closes it.
"""

from collections import deque

from .policy import NEVER, CallPolicy

TURNS_KEPT_MAX = 64  # turns whose late and repeated events are still recognised


class Turns:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._open: str | None = None
        self._limit_at = NEVER
        self._begun: deque[str] = deque(maxlen=TURNS_KEPT_MAX)
        self._ended: deque[str] = deque(maxlen=TURNS_KEPT_MAX)

    @property
    def is_open(self) -> bool:
        """The caller speaks, or has just stopped and may go on."""
        return self._open is not None

    @property
    def deadline(self) -> int:
        return self._limit_at

    def began(self, item_id: str, now: int) -> None:
        """A new turn takes the place of an open one: a caller has one mouth."""
        if item_id not in self._begun:
            self._begun.append(item_id)
            self._open = item_id
            self._limit_at = now + self._policy.turn_limit_ms

    def stopped(self, item_id: str, now: int) -> None:
        self.began(item_id, now)
        if item_id == self._open:
            self._limit_at = min(self._limit_at, now + self._policy.commit_limit_ms)

    def committed(self, item_id: str) -> bool:
        """Whether this turn has just ended, for the first time."""
        if item_id in self._ended:
            return False
        self._ended.append(item_id)
        if item_id == self._open:
            self._close()
        return True

    def overdue(self, now: int) -> bool:
        """Whether a turn has just been ended because its end never came."""
        if self._open is None or now < self._limit_at:
            return False
        self._ended.append(self._open)
        self._close()
        return True

    def _close(self) -> None:
        self._open = None
        self._limit_at = NEVER
