"""Who has the floor while the agent speaks: a caller's claim to it, and until when it is believed.

A voice over the agent's speech may be a breath, an echo, a "mm" or an interruption, and only its
words tell which. So it first *claims* the floor, in two steps (C-02, C-03, C-07): as a candidate it
lets the engine hear the caller while the agent goes on; a little longer, and the agent falls silent
and is *held*. Nothing is given up for a claim. It ends in one of three ways: words confirm it; all
that it brought is judged to be nothing; or it has been quiet for too long to be worth waiting for.
"""

from msgspec import Struct

from .policy import NEVER, CallPolicy
from .voice import ENGINE_LAG_MS


class _Claim(Struct):
    opened_at: int
    held_at: int | None = None
    quiet_since: int | None = None
    """None while the caller is heard."""
    items: list[str] = []
    """The engine's turns that began within the claim and are not judged yet."""


class Floor:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._claim: _Claim | None = None
        self._echo_of: str | None = None
        self._echoes = 0

    @property
    def is_claimed(self) -> bool:
        return self._claim is not None

    @property
    def is_held(self) -> bool:
        return self._claim is not None and self._claim.held_at is not None

    def turns_outlasting(self, heard_until: int) -> set[str]:
        """The turns of the claim, once any echo of what was held would be over."""
        claim = self._claim
        if claim is None or claim.held_at is None:
            return set()
        is_over = heard_until - claim.held_at > self._policy.echo_over_ms
        return set(claim.items) if is_over else set()

    @property
    def deadline(self) -> int:
        claim = self._claim
        if claim is None:
            return NEVER
        if claim.quiet_since is not None:
            return claim.quiet_since + self._policy.resume_limit_ms
        return claim.opened_at + self._policy.claim_ms_max

    def voice_heard(self, frames: int, over_reply: str, now: int) -> bool:
        """The local detector hears a voice over this reply; whether that is a new candidate."""
        is_new = self._claim is None
        claim = self._claim = self._claim or _Claim(now)
        claim.quiet_since = None
        if frames >= self._policy.voice_steps[1]:
            self._hold(claim, over_reply, now)
        return is_new

    def voice_ended(self, now: int) -> None:
        if self._claim is not None:
            self._claim.quiet_since = now

    def turn_began(self, item_id: str, over_reply: str, now: int) -> None:
        """The engine has found speech: by itself as good a reason to hold as a voice (C-41)."""
        claim = self._claim = self._claim or _Claim(now)
        if claim.quiet_since is not None and now - claim.quiet_since > ENGINE_LAG_MS:
            claim.quiet_since = now  # not of the voice that has ended: somebody speaks again
        self._hold(claim, over_reply, now)
        claim.items.append(item_id)

    def turn_ended(self, item_id: str, now: int) -> None:
        """Where the detector said nothing, the engine's report says when it was over."""
        claim = self._claim
        if claim is not None and item_id in claim.items and claim.quiet_since is None:
            claim.quiet_since = now

    def rejected(self, item_id: str, over_reply: str, *, is_echo: bool, voice_is_on: bool) -> bool:
        """A turn was judged to be nothing; whether that was all there was to the claim."""
        if is_echo:
            self._echoes = self._echoes + 1 if self._echo_of == over_reply else 1
            self._echo_of = over_reply
        claim = self._claim
        if claim is None or item_id not in claim.items:
            return False
        claim.items.remove(item_id)
        return not claim.items and claim.quiet_since is not None and not voice_is_on

    def is_overdue(self, now: int) -> bool:
        return now >= self.deadline

    def engine_lost(self) -> None:
        """The caller still speaks; that the engine had heard it is worth nothing any more."""
        if self._claim is not None:
            self._claim.items.clear()

    def close(self) -> None:
        self._claim = None

    def _hold(self, claim: _Claim, over_reply: str, now: int) -> None:
        """A line that has echoed this reply before may not stop it again by sound alone."""
        is_echoing = self._echo_of == over_reply and self._echoes >= self._policy.echo_holds_max
        if claim.held_at is None and not is_echoing:
            claim.held_at = now
