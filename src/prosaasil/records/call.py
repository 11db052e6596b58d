"""A call as values: what opens one, what its ticket is exchanged for, what a reader is shown."""

from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from msgspec import Struct

from prosaasil.call.briefing import Briefing, Direction

TERMINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""Final: no later callback changes a call that has one of these."""

PROGRESS = ("queued", "initiated", "ringing", "in-progress")
"""The other statuses in the order in which a call passes them; callbacks come in any order."""


class Kind(Enum):
    CARRIER = "carrier"
    SOFTPHONE = "softphone"


class RefusedBecause(Enum):
    """Why a call never had an agent; kept as its end reason, so that a retry hears the same."""

    PROMPT_MISSING = "prompt_missing"
    NO_VOICE_WORKER = "no_voice_worker"


class OpenCall(Struct, frozen=True, kw_only=True):
    """A call that has begun, as far as the control side needs it again."""

    id: UUID
    business_id: UUID
    direction: Direction
    status: str
    has_briefing: bool
    end_reason: str | None
    resumptions: int

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL or self.end_reason is not None


class Claimed(Struct, frozen=True):
    """What a ticket was exchanged for."""

    call_id: UUID
    business_id: UUID
    briefing: Briefing
    is_first: bool
    """False when the call goes on after losing a stream: its briefing was bound before."""


class Ending(Struct, frozen=True, kw_only=True):
    """How a voice worker saw a call end."""

    reason: str
    duration_ms: int
    metrics: dict[str, Any]
    turns: list["SpokenTurn"]


class SpokenTurn(Struct, frozen=True):
    role: str
    item_id: str
    text: str
    at_ms: int


class CallSummary(Struct, frozen=True, kw_only=True):
    id: UUID
    direction: Direction
    kind: Kind
    from_number: str
    to_number: str
    status: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: int | None
    end_reason: str | None


class CallDetails(Struct, frozen=True, kw_only=True):
    summary: CallSummary
    prompt_hash: str | None
    metrics: dict[str, Any] | None
    turns: list[SpokenTurn]
