"""The caller's turns: when one is open, what it is worth, and whether it has been answered.

The engine reports the beginning, the end and the commitment of each turn, and later its words. Any
of these may be lost or come twice, so each of them opens a turn that is not known yet, and time
closes it. A committed turn is *pending* until its words are judged, or are too long in coming.
"""

from enum import Enum

from msgspec import Struct

from .policy import NEVER, CallPolicy

TURNS_KEPT_MAX = 64  # turns whose late and repeated events are still recognised


class Worth(Enum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Turn(Struct):
    item_id: str
    began_at: int
    agent_ended_at: int | None
    """When the ear had the agent's last speech, as it was when the turn began."""
    over_reply: str
    """The reply that the caller was hearing when it began; empty when none."""
    is_candidate: bool
    """And the local detector heard its voice."""
    outlasts_hold: bool = False
    """Its voice went on for longer after the agent fell silent than any echo does."""
    ended_at: int | None = None
    """When it was committed."""
    is_in_conversation: bool = False
    """The engine has said so, and remembers it."""
    reason: str = ""
    """Why its words were accepted."""
    worth: Worth = Worth.PENDING
    is_answered: bool = False
    """An answer to it is owed, being made or given; or none will be."""

    @property
    def is_over_speech(self) -> bool:
        return bool(self.over_reply)


class Turns:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._open: str | None = None
        self._limit_at = NEVER
        self._turns: dict[str, Turn] = {}
        self._asking: list[Turn] = []  # those without an answer; of all that are kept, few

    @property
    def is_open(self) -> bool:
        """The caller speaks, or has just stopped and may go on."""
        return self._open is not None

    @property
    def deadline(self) -> int:
        return self._limit_at

    def find(self, item_id: str) -> Turn | None:
        return self._turns.get(item_id)

    def all_of(self, item_ids: set[str]) -> list[Turn]:
        found = map(self._turns.get, item_ids)
        return [turn for turn in found if turn is not None]

    @property
    def unanswered(self) -> list[Turn]:
        """Turns, in order, that have ended or are known to be real, and have no answer yet."""
        if not self._asking:
            return []
        self._asking = [turn for turn in self._asking if not turn.is_answered]
        return [t for t in self._asking if t.ended_at is not None or t.worth is Worth.ACCEPTED]

    @property
    def is_worth_waiting(self) -> bool:
        """A turn that began over the agent's speech has not been judged yet."""
        return any(t.is_over_speech and t.worth is Worth.PENDING for t in self.unanswered)

    def began(self, turn: Turn, now: int) -> None:
        """A turn that was not known; it takes the place of an open one: one mouth, one turn."""
        if len(self._turns) >= TURNS_KEPT_MAX:
            del self._turns[next(iter(self._turns))]
        self._turns[turn.item_id] = turn
        self._asking.append(turn)
        self._open = turn.item_id
        self._limit_at = now + self._policy.turn_limit_ms

    def stopped(self, item_id: str, now: int) -> None:
        if item_id == self._open:
            self._limit_at = min(self._limit_at, now + self._policy.commit_limit_ms)

    def ended(self, turn: Turn, now: int) -> None:
        """Harmless when it had ended before."""
        if turn.ended_at is None:
            turn.ended_at = now
        if turn.item_id == self._open:
            self._close()

    def overdue(self, now: int) -> Turn | None:
        """The open turn, if its end has not come in time."""
        return self._turns[self._open] if self._open is not None and now >= self._limit_at else None

    def forget(self) -> bool:
        """The engine's session is gone, and with it what it heard; whether anything was."""
        lost = self.is_open or any(t.worth is Worth.PENDING for t in self.unanswered)
        self._turns.clear()
        self._asking.clear()
        self._close()
        return lost

    def _close(self) -> None:
        self._open = None
        self._limit_at = NEVER
