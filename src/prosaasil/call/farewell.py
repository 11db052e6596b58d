"""Goodbye: who said it, and what is left to happen before the call may end (R-BYE, C-39).

A caller's farewell is answered at most once, and where the business wants it the call ends when
the ear has heard that answer. The agent's own closing sentence ends the call in the same way. Real
words of the caller take it all back.
"""

from .commands import HangUpReason, Note
from .policy import NEVER, CallPolicy


class Farewell:
    def __init__(self, policy: CallPolicy, goal: str) -> None:
        self._policy = policy
        self._goal = goal
        self._reason: HangUpReason | None = None
        self._is_quiet = False
        self._quiet_since = NEVER

    @property
    def is_under_way(self) -> bool:
        """The call ends when nobody speaks any more."""
        return self._reason is not None

    @property
    def forbids_speech(self) -> bool:
        """The caller has said goodbye and the call stays open: the agent says nothing more."""
        return self._is_quiet

    @property
    def deadline(self) -> int:
        return self._quiet_since + self._policy.farewell_grace_ms if self.is_under_way else NEVER

    def caller_said_goodbye(self) -> list[Note]:
        notes = [Note("GOODBYE", "User said goodbye")]
        if self._policy.auto_end_on_goodbye:
            if self._reason is not HangUpReason.USER_GOODBYE:
                will = f"will_hangup=True - goal={self._goal}, user said goodbye"
                notes.append(Note("GOODBYE", will))
            self._reason = HangUpReason.USER_GOODBYE
        else:
            self._is_quiet = True
        return notes

    def agent_said_goodbye(self) -> None:
        if self._policy.auto_end_on_goodbye and self._reason is None:
            self._reason = HangUpReason.AGENT_GOODBYE

    def withdraw(self) -> None:
        """The caller goes on."""
        self._reason = None
        self._is_quiet = False
        self._quiet_since = NEVER

    def somebody_speaks(self) -> None:
        self._quiet_since = NEVER

    def nobody_speaks(self, now: int) -> HangUpReason | None:
        """Why the call is to end now, if it is."""
        if self._reason is None:
            return None
        self._quiet_since = min(self._quiet_since, now)
        return self._reason if now >= self.deadline else None
