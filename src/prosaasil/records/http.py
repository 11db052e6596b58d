"""The routes of calls: the list, one call, and its recording."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel

from prosaasil.accounts.http import SignedIn, database_of, settings_of
from prosaasil.call.briefing import Direction
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database
from prosaasil.kit.errors import Refusal
from prosaasil.records import service
from prosaasil.records.call import CallSummary, Kind

RECORDING = "call.wav"

router = APIRouter(prefix="/api/calls", tags=["calls"])


class BusinessUnknown(Refusal):
    """There is no such business among yours."""

    status = 404


class RecordingMissing(Refusal):
    """There is no recording of this call.

    It is written while the call goes on, and ready when the call is over.
    """

    status = 404


class CallShown(BaseModel):
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


class CallPage(BaseModel):
    """Newest first."""

    calls: list[CallShown]
    next_cursor: UUID | None
    """Ask with it for the page after this one; null on the last."""


class TurnShown(BaseModel):
    role: str
    item_id: str
    text: str
    at_ms: int


class CallWithTurns(CallShown):
    prompt_hash: str | None
    metrics: dict[str, float | int | str | bool | None] | None
    turns: list[TurnShown]
    has_recording: bool


def business_of(account: SignedIn, business: UUID | None = None) -> UUID:
    """The business that is asked about: the one named, else the person's first."""
    if business is None and account.memberships:
        return account.memberships[0].business_id
    if business is None or not account.belongs_to(business):
        raise BusinessUnknown
    return business


BusinessAsked = Annotated[UUID, Depends(business_of)]
DatabaseUsed = Annotated[Database, Depends(database_of)]


@router.get("")
async def list_calls(
    business: BusinessAsked,
    database: DatabaseUsed,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=service.PAGE_MAX)] = 50,
) -> CallPage:
    async with database.tenant(business) as tx:
        calls = await service.page(tx, before=cursor, limit=limit + 1)
    shown = [_shown(call) for call in calls[:limit]]
    return CallPage(calls=shown, next_cursor=shown[-1].id if len(calls) > limit else None)


@router.get("/{call_id}")
async def get_call(
    call_id: UUID,
    business: BusinessAsked,
    database: DatabaseUsed,
    settings: Annotated[Settings, Depends(settings_of)],
) -> CallWithTurns:
    async with database.tenant(business) as tx:
        found = await service.details(tx, call_id)
    return CallWithTurns(
        **_shown(found.summary).model_dump(),
        prompt_hash=found.prompt_hash,
        metrics=found.metrics,
        turns=[
            TurnShown(role=turn.role, item_id=turn.item_id, text=turn.text, at_ms=turn.at_ms)
            for turn in found.turns
        ],
        has_recording=recording_of(settings, call_id).is_file(),
    )


@router.get("/{call_id}/recording", response_class=FileResponse)
async def get_recording(
    call_id: UUID,
    business: BusinessAsked,
    database: DatabaseUsed,
    settings: Annotated[Settings, Depends(settings_of)],
) -> FileResponse:
    """A stereo WAV, caller left and agent right; answers range requests."""
    async with database.tenant(business) as tx:
        await service.details(tx, call_id)
    path = recording_of(settings, call_id)
    if not path.is_file():
        raise RecordingMissing
    return FileResponse(path, media_type="audio/wav", filename=f"{call_id}.wav")


def recording_of(settings: Settings, call_id: UUID) -> Path:
    return settings.data_dir / "calls" / str(call_id) / RECORDING


def _shown(call: CallSummary) -> CallShown:
    return CallShown(
        id=call.id,
        direction=call.direction,
        kind=call.kind,
        from_number=call.from_number,
        to_number=call.to_number,
        status=call.status,
        created_at=call.created_at,
        started_at=call.started_at,
        ended_at=call.ended_at,
        duration_s=call.duration_s,
        end_reason=call.end_reason,
    )
