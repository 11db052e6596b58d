"""The replies the engine makes for us: owed, asked for, being made, cancelled - one at a time.

Making is not playing. A reply is usually made long before it is heard; what is still to be heard is
the playout's matter. Here it only counts what the engine is doing, because it refuses a request
while it makes a reply, and because it may fail to do what it was asked.

A reply goes through: owed (wanted, but the engine or the caller is not ready), asked for, making,
and either done or cancelled-and-not-yet-done. Every one of these steps has a limit. Events of a
reply that is neither new nor being made are late or repeated, and ignored.
"""

from collections import deque
from enum import Enum

from msgspec import Struct

from .policy import NEVER, CallPolicy

ENDED_KEPT_MAX = 64  # replies and requests whose late events are still recognised


# An engine that says this will say it again (protocols, error codes).
FATAL_REFUSALS = {
    "insufficient_quota",
    "invalid_api_key",
    "account_deactivated",
    "billing_hard_limit_reached",
}


class Purpose(Enum):
    """Why a reply is owed; of several, the first here is asked for first."""

    RECONNECTED = "reconnected"
    GREETING = "greeting"
    ONE_MOMENT = "one_moment"
    ANSWER = "answer"
    FOLLOW_UP = "follow_up"


NICETIES = {Purpose.RECONNECTED, Purpose.ONE_MOMENT}
"""Sentences that only bridge a wait: one that fails is not asked for again."""


class Reply(Struct):
    """A reply that the engine is making."""

    reply_id: str
    purpose: Purpose | None
    """None when nobody asked for it, or the caller spoke before it began."""
    is_unwanted: bool
    limit_at: int
    """It must sound, or call a tool, by then."""
    grew_at: int
    heard_from: int
    """When its first sound is heard; until there is any, when it began to be made."""
    items: list[str] = []
    text: str = ""
    sounding: str = ""
    """The item that sounded last; empty before any did."""
    calls_tools: bool = False

    @property
    def is_fruitful(self) -> bool:
        return bool(self.sounding) or self.calls_tools


class _Asked(Struct):
    request_id: str
    purpose: Purpose
    is_withdrawn: bool = False


class Replies:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._owed: set[Purpose] = set()
        self.making: Reply | None = None
        self.cancelled: Reply | None = None
        """Its end has been ordered and not reported yet."""
        self._cancel_limit_at = NEVER
        self._asked: _Asked | None = None
        self._asked_count = 0
        self._sound_limit_at = NEVER
        self._busy_until = 0
        self._tries = 0  # replies in a row that stayed silent
        self._ended: deque[str] = deque(maxlen=ENDED_KEPT_MAX)
        self._withdrawn: deque[str] = deque(maxlen=ENDED_KEPT_MAX)

    # Questions

    @property
    def is_idle(self) -> bool:
        """Nothing is being made, and nothing is going to be."""
        return self._engine_is_free() and not self._owed

    @property
    def is_coming(self) -> bool:
        """A reply was asked for, or is being made, and is still wanted."""
        wanted = self._asked is not None and not self._asked.is_withdrawn
        return wanted or (self.making is not None and not self.making.is_unwanted)

    @property
    def coming(self) -> Purpose | None:
        """What the reply is for that was asked for or is being made."""
        if self.making is not None:
            return self.making.purpose
        return None if self._asked is None or self._asked.is_withdrawn else self._asked.purpose

    @property
    def is_interruptible(self) -> bool:
        """There is something that a caller who speaks makes pointless."""
        return self.is_coming or self.making is not None or bool(self._owed - {Purpose.ANSWER})

    @property
    def has_failed(self) -> bool:
        """The engine was given every chance to speak, and did not."""
        return self._tries >= self._policy.reply_tries_max

    def is_new(self, reply_id: str) -> bool:
        known = self.making is not None and self.making.reply_id == reply_id
        return not known and reply_id not in self._ended

    def is_awaited(self) -> bool:
        return self._asked is not None

    def deadline(self, speech_ends_at: int) -> int:
        due = min(self._cancel_limit_at, self._busy_until or NEVER)
        if self._asked is not None or self._owed:
            due = min(due, self._sound_limit_at)
        if self.making is not None:
            due = min(due, self._limit_of(self.making, speech_ends_at))
        return due

    def is_overdue(self, now: int, speech_ends_at: int) -> bool:
        """The reply that is being made does not begin to sound, or does not go on."""
        return self.making is not None and self._limit_of(self.making, speech_ends_at) <= now

    def owes(self, purpose: Purpose) -> bool:
        return purpose in self._owed

    # Changes

    def owe(self, purpose: Purpose) -> None:
        self._owed.add(purpose)

    def forgive(self, purpose: Purpose) -> None:
        self._owed.discard(purpose)

    def request(self, now: int, *, only: set[Purpose] | None = None) -> tuple[str, Purpose] | None:
        """The id and purpose of a request to be made now, if one is owed and may be made."""
        purpose = self._first_owed(only)
        if purpose is None or not self._engine_is_free() or now < self._busy_until:
            return None
        self._asked_count += 1
        self._asked = _Asked(f"reply-{self._asked_count}", purpose)
        self._owed.discard(purpose)
        if self._sound_limit_at == NEVER:
            self._sound_limit_at = now + self._policy.reply_start_limit_ms
        return self._asked.request_id, self._asked.purpose

    def started(self, reply_id: str, request_id: str | None, now: int) -> Reply:
        """A new reply takes the place of whatever was asked for or owed.

        Engines that do not repeat our request's id, or that answer turns by themselves, are the
        reason why the id alone does not decide. Only what was withdrawn is nobody's answer.
        """
        asked = self._asked
        if request_id is None and asked is not None:
            request_id = asked.request_id
        is_unwanted = request_id in self._withdrawn
        purpose = None
        if not is_unwanted:
            purpose = asked.purpose if asked is not None else self._first_owed(None)
            if purpose is not None:
                self._owed.discard(purpose)
        if not is_unwanted or (asked is not None and request_id == asked.request_id):
            self._asked = None
        limit_at = min(self._sound_limit_at, now + self._policy.reply_start_limit_ms)
        self.making = Reply(reply_id, purpose, is_unwanted, limit_at, now, now)
        if self._asked is None:
            self._sound_limit_at = NEVER
        return self.making

    def grew(self, reply: Reply, now: int) -> None:
        reply.grew_at = now
        if reply.is_fruitful:
            self._tries = 0

    def done(self, reply_id: str) -> Reply | None:
        """The reply that was being made, if it is this one."""
        self._busy_until = 0
        if self.cancelled is not None and self.cancelled.reply_id == reply_id:
            self._forget_cancelled()
        reply = self.making
        if reply is None or reply.reply_id != reply_id:
            return None
        self.making = None
        self._ended.append(reply_id)
        return reply

    def cancel(self, now: int) -> Reply:
        """The reply that is being made is not wanted any more; the engine is to be told."""
        reply = self.making
        assert reply is not None
        self.done(reply.reply_id)
        self.cancelled = reply
        self._cancel_limit_at = now + self._policy.cancel_limit_ms
        return reply

    def withdraw(self) -> None:
        """The caller speaks: what was asked for and has not begun is not wanted any more."""
        if self._asked is not None:
            self._asked.is_withdrawn = True
            self._withdrawn.append(self._asked.request_id)
        self._owed &= {Purpose.ANSWER}

    def engine_lost(self) -> Reply | None:
        """Nothing more comes of what was asked for or being made: the reply that is broken off.

        What had not begun is owed again; a new engine may be asked for it.
        """
        asked, self._asked = self._asked, None
        if asked is not None and not asked.is_withdrawn:
            self._owed.add(asked.purpose)
        broken = self.making
        if broken is not None:
            self.done(broken.reply_id)
            if not broken.is_fruitful and broken.purpose is not None:
                self._owed.add(broken.purpose)
        self._forget_cancelled()
        self._sound_limit_at = NEVER
        self._busy_until = 0
        self._tries = 0
        return broken

    def stayed_silent(self, purpose: Purpose | None) -> None:
        """A reply was not made, or without a sound: it is owed once more, or the engine failed."""
        self._sound_limit_at = NEVER
        if purpose in NICETIES:
            return
        self._tries += 1
        if purpose is not None and not self._owed and not self.has_failed:
            self._owed.add(purpose)

    def gave_nothing(self) -> None:
        """The engine works but has nothing to say: not a failure."""
        self._tries = 0

    def refused(self, code: str, request_id: str | None, now: int) -> bool:
        """An order was refused; whether that is more than a race lost by a moment."""
        if code == "response_cancel_not_active":
            self._forget_cancelled()
            return False
        if code == "conversation_already_has_active_response":
            self._refused_as_busy(request_id, now)
            return False
        if code in FATAL_REFUSALS:
            self._tries = self._policy.reply_tries_max
        elif request_id is not None and (asked := self._take_asked(request_id)) is not None:
            self.stayed_silent(None if asked.is_withdrawn else asked.purpose)
        return True

    def _refused_as_busy(self, request_id: str | None, now: int) -> None:
        """The engine makes a reply that we do not know of, or believed to be over."""
        asked = self._take_asked(request_id)
        if asked is not None:
            self._busy_until = now + self._policy.refused_retry_ms
            if not asked.is_withdrawn:
                self._owed.add(asked.purpose)

    def expire(self, now: int) -> None:
        """Stop waiting for what has not come in time."""
        if self._cancel_limit_at <= now:
            self._forget_cancelled()
        if self._busy_until <= now:
            self._busy_until = 0
        if self._sound_limit_at <= now:
            asked, self._asked = self._asked, None
            self._sound_limit_at = NEVER
            if asked is not None:
                self.stayed_silent(None if asked.is_withdrawn else asked.purpose)
            elif (owed := self._first_owed(None)) is not None:
                self._owed.discard(owed)
                self.stayed_silent(owed)

    def _first_owed(self, only: set[Purpose] | None) -> Purpose | None:
        owed = self._owed if only is None else self._owed & only
        if not owed:
            return None
        return next((purpose for purpose in Purpose if purpose in owed), None)

    def _take_asked(self, request_id: str | None) -> _Asked | None:
        asked = self._asked
        if asked is None or request_id not in {None, asked.request_id}:
            return None
        self._asked = None
        return asked

    def _engine_is_free(self) -> bool:
        return self._asked is None and self.making is None and self.cancelled is None

    def _limit_of(self, reply: Reply, speech_ends_at: int) -> int:
        """While the caller still hears what was made, no time is lost by waiting for more."""
        if not reply.is_fruitful:
            return reply.limit_at
        return max(reply.grew_at, speech_ends_at) + self._policy.reply_stall_limit_ms

    def _forget_cancelled(self) -> None:
        self.cancelled = None
        self._cancel_limit_at = NEVER
