"""Keys that the caller pressed: typed in one go, they are one turn."""

from msgspec import Struct

from .policy import NEVER, CallPolicy


class Typed(Struct, frozen=True):
    item_id: str
    text: str
    began_at: int


class Keypad:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._keys = ""
        self._began_at = 0
        self._over_at = NEVER
        self._turns = 0

    @property
    def is_open(self) -> bool:
        """The caller has typed something and may go on."""
        return bool(self._keys)

    @property
    def deadline(self) -> int:
        return self._over_at

    def press(self, key: str, now: int) -> None:
        if not self._keys:
            self._began_at = now
        self._keys += key
        is_full = len(self._keys) >= self._policy.keys_max
        self._over_at = now if is_full else now + self._policy.keypad_pause_ms

    def take(self, now: int) -> Typed | None:
        """What was typed, once the caller has finished typing."""
        if now < self._over_at:
            return None
        self._turns += 1
        typed = Typed(f"keys-{self._turns}", f"[caller pressed {self._keys}]", self._began_at)
        self._keys, self._over_at = "", NEVER
        return typed
