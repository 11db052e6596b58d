"""What to do when nobody speaks: ask once, then end the call (R-SIL-01, R-SIL-02)."""

from enum import Enum

from .policy import NEVER, CallPolicy


class Patience(Enum):
    WAIT = "wait"
    ASK = "ask"
    GIVE_UP = "give_up"


class Silence:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._over_at = NEVER
        self._follow_ups = 0

    @property
    def deadline(self) -> int:
        return self._over_at

    def broken_by_caller(self) -> None:
        self._follow_ups = 0

    def interrupted(self) -> None:
        """Somebody speaks, or is about to."""
        self._over_at = NEVER

    def lasts(self, now: int, *, may_ask: bool = True) -> Patience:
        """Nobody speaks at `now`; after a farewell the agent may not ask (C-39)."""
        if self._over_at == NEVER:
            self._over_at = now + self._policy.silence_ms
        if now < self._over_at:
            return Patience.WAIT
        if not may_ask or self._follow_ups >= self._policy.follow_ups_max:
            return Patience.GIVE_UP
        self._follow_ups += 1
        self._over_at = NEVER
        return Patience.ASK
