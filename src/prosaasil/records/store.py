"""All SQL of calls and their turns."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from prosaasil.call.briefing import Direction
from prosaasil.kit.db import SystemTx, TenantTx
from prosaasil.records.call import (
    PROGRESS,
    TERMINAL,
    CallDetails,
    CallSummary,
    Ending,
    Kind,
    OpenCall,
    SpokenTurn,
)
from prosaasil.records.model import CallRow, CallTurnRow

IS_TERMINAL = CallRow.status.in_(sorted(TERMINAL))

OPEN = (
    CallRow.id,
    CallRow.business_id,
    CallRow.direction,
    CallRow.status,
    CallRow.prompt_hash,
    CallRow.end_reason,
    CallRow.resumptions,
)


async def add(
    tx: TenantTx,
    call_id: UUID,
    *,
    direction: Direction,
    kind: Kind,
    carrier_call_sid: str | None,
    from_number: str,
    to_number: str,
    status: str,
    briefing: dict[str, Any] | None,
    prompt_hash: str | None,
    end_reason: str | None = None,
) -> bool:
    """False when the carrier's call is already there: its webhook was delivered twice."""
    statement = (
        insert(CallRow)
        .values(
            {
                CallRow.id: call_id,
                CallRow.business_id: tx.business_id,
                CallRow.direction: direction.value,
                CallRow.kind: kind.value,
                CallRow.carrier_call_sid: carrier_call_sid,
                CallRow.from_number: from_number,
                CallRow.to_number: to_number,
                CallRow.status: status,
                CallRow.briefing: briefing,
                CallRow.prompt_hash: prompt_hash,
                CallRow.end_reason: end_reason,
                CallRow.ended_at: func.now() if end_reason is not None else None,
            }
        )
        .on_conflict_do_nothing(index_elements=[CallRow.carrier_call_sid])
        .returning(CallRow.id)
    )
    return await tx.session.scalar(statement) is not None


async def of_carrier(tx: TenantTx, carrier_call_sid: str) -> OpenCall | None:
    found = await tx.session.execute(
        select(*OPEN).where(
            CallRow.carrier_call_sid == carrier_call_sid, CallRow.business_id == tx.business_id
        )
    )
    return _open(found.one_or_none())


async def by_id(tx: SystemTx, call_id: UUID) -> OpenCall | None:
    """For addresses and tickets, which name a call and not its business."""
    found = await tx.session.execute(select(*OPEN).where(CallRow.id == call_id))
    return _open(found.one_or_none())


async def by_carrier_sid(tx: SystemTx, carrier_call_sid: str) -> OpenCall | None:
    """For callbacks, which name the carrier's call and not its business."""
    found = await tx.session.execute(
        select(*OPEN).where(CallRow.carrier_call_sid == carrier_call_sid)
    )
    return _open(found.one_or_none())


async def set_nonce(tx: TenantTx, call_id: UUID, nonce: str) -> None:
    """From now on the ticket of this nonce is the call's only good one."""
    await tx.session.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.business_id == tx.business_id)
        .values(ticket_nonce=nonce)
    )


async def take_ticket(
    tx: SystemTx, call_id: UUID, nonce: str, *, carrier_call_sid: str | None, stream_sid: str
) -> Row[UUID, str, dict[str, Any] | None, str | None, int] | None:
    """Use the ticket up, in one statement: of two at once, one gets the row."""
    statement = (
        update(CallRow)
        .where(
            CallRow.id == call_id,
            CallRow.ticket_nonce == nonce,
            CallRow.ticket_used_at.is_(None),
            CallRow.carrier_call_sid.is_not_distinct_from(carrier_call_sid),
            CallRow.briefing.is_not(None),
            CallRow.end_reason.is_(None),
            ~IS_TERMINAL,
        )
        .values(
            ticket_used_at=func.now(),
            stream_sid=stream_sid,
            started_at=func.coalesce(CallRow.started_at, func.now()),
            answered_at=func.coalesce(CallRow.answered_at, func.now()),
            status="in-progress",
        )
        .returning(
            CallRow.business_id,
            CallRow.direction,
            CallRow.briefing,
            CallRow.prompt_hash,
            CallRow.resumptions,
        )
    )
    found = await tx.session.execute(statement)
    return found.one_or_none()


async def bind_again(
    tx: TenantTx, call_id: UUID, briefing: dict[str, Any], prompt_hash: str
) -> None:
    await tx.session.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.business_id == tx.business_id)
        .values(briefing=briefing, prompt_hash=prompt_hash)
    )


async def allow_resumption(tx: TenantTx, call_id: UUID, nonce: str) -> None:
    """The stream is lost; the call may be claimed once more, by a new ticket."""
    await tx.session.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.business_id == tx.business_id)
        .values(ticket_nonce=nonce, ticket_used_at=None, resumptions=CallRow.resumptions + 1)
    )


async def advance(tx: SystemTx, call_id: UUID, status: str) -> None:
    """A status on the way: never back, never out of an end."""
    earlier = PROGRESS[: PROGRESS.index(status)]
    is_answer = status == "in-progress"
    answered_at = func.coalesce(CallRow.answered_at, func.now() if is_answer else None)
    await tx.session.execute(
        update(CallRow)
        .where(CallRow.id == call_id, CallRow.status.in_(earlier))
        .values(status=status, answered_at=answered_at)
    )


async def end(tx: SystemTx, call_id: UUID, status: str, duration_s: int | None) -> bool:
    """A terminal status; whether it is news."""
    found = await tx.session.scalar(
        update(CallRow)
        .where(CallRow.id == call_id, ~IS_TERMINAL)
        .values(
            status=status,
            ended_at=func.coalesce(CallRow.ended_at, func.now()),
            duration_s=duration_s,
        )
        .returning(CallRow.id)
    )
    return found is not None


async def finish(tx: TenantTx, call_id: UUID, ending: Ending, status: str) -> bool:
    """Write the worker's account of the call, once; whether this was the time."""
    found = await tx.session.scalar(
        update(CallRow)
        .where(
            CallRow.id == call_id,
            CallRow.business_id == tx.business_id,
            CallRow.metrics.is_(None),
        )
        .values(
            status=case((IS_TERMINAL, CallRow.status), else_=literal(status)),
            ended_at=func.coalesce(CallRow.ended_at, func.now()),
            duration_s=func.coalesce(CallRow.duration_s, round(ending.duration_ms / 1_000)),
            end_reason=ending.reason,
            metrics=ending.metrics,
        )
        .returning(CallRow.id)
    )
    if found is not None and ending.turns:
        await tx.session.execute(
            insert(CallTurnRow),
            [
                {
                    "call_id": call_id,
                    "position": position,
                    "role": turn.role,
                    "item_id": turn.item_id,
                    "text": turn.text,
                    "at_ms": turn.at_ms,
                }
                for position, turn in enumerate(ending.turns)
            ],
        )
    return found is not None


async def terminal_of(tx: SystemTx, call_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of these calls that are over, and how."""
    found = await tx.session.execute(
        select(CallRow.id, CallRow.status).where(CallRow.id.in_(call_ids), IS_TERMINAL)
    )
    return {row.id: row.status for row in found}


async def page(tx: TenantTx, *, before: UUID | None, limit: int) -> list[CallSummary]:
    """Newest first: ids sort by their time of making."""
    statement = select(CallRow).where(CallRow.business_id == tx.business_id)
    if before is not None:
        statement = statement.where(CallRow.id < before)
    rows = await tx.session.scalars(statement.order_by(CallRow.id.desc()).limit(limit))
    return [_summary(row) for row in rows]


async def details(tx: TenantTx, call_id: UUID) -> CallDetails | None:
    row = await tx.session.scalar(
        select(CallRow).where(CallRow.id == call_id, CallRow.business_id == tx.business_id)
    )
    if row is None:
        return None
    turns = await tx.session.scalars(
        select(CallTurnRow).where(CallTurnRow.call_id == call_id).order_by(CallTurnRow.position)
    )
    return CallDetails(
        summary=_summary(row),
        prompt_hash=row.prompt_hash,
        metrics=row.metrics,
        turns=[SpokenTurn(turn.role, turn.item_id, turn.text, turn.at_ms) for turn in turns],
    )


def _open(
    row: Row[UUID, UUID, str, str, str | None, str | None, int] | None,
) -> OpenCall | None:
    if row is None:
        return None
    return OpenCall(
        id=row.id,
        business_id=row.business_id,
        direction=Direction(row.direction),
        status=row.status,
        has_briefing=row.prompt_hash is not None,
        end_reason=row.end_reason,
        resumptions=row.resumptions,
    )


def _summary(row: CallRow) -> CallSummary:
    return CallSummary(
        id=row.id,
        direction=Direction(row.direction),
        kind=Kind(row.kind),
        from_number=row.from_number,
        to_number=row.to_number,
        status=row.status,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_s=row.duration_s,
        end_reason=row.end_reason,
    )
