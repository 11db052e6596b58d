"""What can be done with calls: open one, hand it to a voice worker once, end it, read about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from prosaasil.agents import service as agents
from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Briefing, Direction
from prosaasil.kit import db, ids, telemetry
from prosaasil.kit.db import SystemTx, TenantTx
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets
from prosaasil.records import store
from prosaasil.records.call import (
    PROGRESS,
    TERMINAL,
    CallDetails,
    CallSummary,
    Claimed,
    Ending,
    Kind,
    OpenCall,
    RefusedBecause,
)

TICKET_VALID_FOR = timedelta(seconds=60)
"""From the webhook's answer to the stream's start; the carrier needs about one second."""
RESUMPTIONS_MAX = 3
"""A call that lost so many streams is not going to keep the next one."""
PAGE_MAX = 200
CHANNEL = "call_status"
"""Where a terminal status is told: {"call_id", "status"}."""

log = telemetry.logger(__name__)


class TicketUsed(Refusal):
    """The ticket was used before, or another one has taken its place.

    Start the call again: each call gets a ticket of its own.
    """

    status = 403


class TicketOfAnotherCall(Refusal):
    """The ticket was made for another call."""

    status = 403


class CallOver(Refusal):
    """The call is over."""

    status = 410


class CallUnknown(Refusal):
    """There is no such call."""

    status = 404


class CarrierCallTaken(Refusal):
    """The carrier's call is known already, and it is another business's."""

    status = 409


async def open_carrier_call(
    tx: TenantTx,
    business: Business,
    direction: Direction,
    *,
    carrier_call_sid: str,
    from_number: str,
    to_number: str,
    has_worker: bool,
    now: datetime,
) -> OpenCall:
    """The call of this carrier's call id: made and briefed at its first webhook, found later.

    A call that cannot have an agent is kept too, so that somebody can call back.
    """
    known = await store.of_carrier(tx, carrier_call_sid)
    if known is not None:
        return _keep_direction(known, direction)
    briefing, refused = None, None
    if has_worker:
        try:
            briefing = await agents.brief(tx, business, direction, now=now)
        except agents.PromptMissing:
            refused = RefusedBecause.PROMPT_MISSING
    else:
        refused = RefusedBecause.NO_VOICE_WORKER
        log.error("no voice worker can take a call", business_id=str(business.id))
    await store.add(
        tx,
        ids.uuid7(),
        direction=direction,
        kind=Kind.CARRIER,
        carrier_call_sid=carrier_call_sid,
        from_number=from_number,
        to_number=to_number,
        status="ringing" if refused is None else "failed",
        briefing=_stored(briefing),
        prompt_hash=briefing.instructions_hash if briefing is not None else None,
        end_reason=refused.value if refused is not None else None,
    )
    known = await store.of_carrier(tx, carrier_call_sid)
    if known is None:
        raise CarrierCallTaken
    return _keep_direction(known, direction)


async def open_softphone_call(
    tx: TenantTx, direction: Direction, *, account: str, now: datetime
) -> UUID:
    """A call from the browser of a signed-in person."""
    briefing = await agents.brief(tx, await businesses.get(tx), direction, now=now)
    call_id = ids.uuid7()
    await store.add(
        tx,
        call_id,
        direction=direction,
        kind=Kind.SOFTPHONE,
        carrier_call_sid=None,
        from_number=account,
        to_number="agent",
        status="initiated",
        briefing=_stored(briefing),
        prompt_hash=briefing.instructions_hash,
    )
    return call_id


async def issue_ticket(
    tx: TenantTx, secrets: Secrets, call_id: UUID, kind: Kind, *, now: datetime
) -> str:
    """A new ticket for the call; the one before it, if any, is worthless from now on."""
    ticket, nonce = _mint(secrets, call_id, kind, now)
    await store.set_nonce(tx, call_id, nonce)
    return ticket


async def is_over(tx: SystemTx, call_id: UUID) -> bool:
    known = await store.by_id(tx, call_id)
    return known is None or known.is_over


async def issue_resumption(
    tx: SystemTx, secrets: Secrets, call_id: UUID, *, carrier_call_sid: str, now: datetime
) -> tuple[OpenCall, str]:
    """A ticket for a carrier's call whose stream was lost while it was going on."""
    known = await store.by_carrier_sid(tx, carrier_call_sid)
    if known is None or known.id != call_id:
        raise CallUnknown
    if known.is_over or not known.has_briefing or known.resumptions >= RESUMPTIONS_MAX:
        raise CallOver
    ticket, nonce = _mint(secrets, call_id, Kind.CARRIER, now)
    await store.allow_resumption(TenantTx(tx.session, known.business_id), call_id, nonce)
    return known, ticket


async def claim(
    tx: SystemTx,
    secrets: Secrets,
    ticket: str,
    kind: Kind,
    *,
    carrier_call_sid: str,
    stream_sid: str,
    now: datetime,
) -> Claimed:
    """Exchange a ticket for its call, once. The briefing is checked against the call it is of."""
    opened = secrets.open(ticket, kind=kind.value, now=now)
    call_id = UUID(opened.call_id)
    row = await store.take_ticket(
        tx,
        call_id,
        opened.nonce,
        carrier_call_sid=carrier_call_sid if kind is Kind.CARRIER else None,
        stream_sid=stream_sid,
    )
    if row is None:
        raise await _why_not(tx, call_id, kind, carrier_call_sid)
    business_id, direction, stored, prompt_hash, resumptions = row
    assert stored is not None
    assert prompt_hash is not None
    briefing = _fitting(stored, business_id, direction, prompt_hash)
    if briefing is None:
        tenant = TenantTx(tx.session, business_id)
        briefing = await _brief_again(tenant, call_id, Direction(direction), now)
    if resumptions == 0:
        _note_binding(call_id, briefing)
    return Claimed(call_id, business_id, briefing, is_first=resumptions == 0)


async def finish(tx: TenantTx, call_id: UUID, ending: Ending) -> None:
    """Write down how the worker saw the call end; a second account of it changes nothing."""
    status = "failed" if ending.reason in {"engine_failed", "crashed"} else "completed"
    if not await store.finish(tx, call_id, ending, status):
        log.warning("a call was finished twice, or is unknown", call_id=str(call_id))


async def change_status(
    tx: SystemTx, carrier_call_sid: str, status: str, duration_s: int | None
) -> None:
    """Take a carrier's status in. Any order, repetition, stranger or word: nothing breaks."""
    known = await store.by_carrier_sid(tx, carrier_call_sid)
    if known is None:
        # The first statuses may come before the webhook that makes the call known.
        log.info("a status of an unknown call", status=status)
    elif status in TERMINAL:
        if await store.end(tx, known.id, status, duration_s):
            fields = {"call_id": str(known.id), "duration_s": duration_s}
            telemetry.note(
                log, "CALL_STATUS", f"Call {status} - triggering WebSocket close", fields
            )
            await db.notify(tx, CHANNEL, {"call_id": str(known.id), "status": status})
    elif status in PROGRESS:
        await store.advance(tx, known.id, status)
    else:
        log.warning("an unknown status", status=status, call_id=str(known.id))


async def ended_of(tx: SystemTx, call_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Those of these calls that are over: asked after signals may have been missed."""
    return await store.terminal_of(tx, call_ids) if call_ids else {}


async def page(tx: TenantTx, *, before: UUID | None, limit: int) -> list[CallSummary]:
    return await store.page(tx, before=before, limit=min(limit, PAGE_MAX))


async def details(tx: TenantTx, call_id: UUID) -> CallDetails:
    found = await store.details(tx, call_id)
    if found is None:
        raise CallUnknown
    return found


def _keep_direction(known: OpenCall, direction: Direction) -> OpenCall:
    """The first webhook's route decided; nothing that comes later does (R-PRM-11)."""
    if known.direction is not direction:
        log.error(
            "ERROR: CALL_DIRECTION_CHANGE_BLOCKED",
            marker="CALL_DIRECTION_LOCK",
            call_id=str(known.id),
            direction=known.direction.value,
            asked_for=direction.value,
        )
    return known


def _mint(secrets: Secrets, call_id: UUID, kind: Kind, now: datetime) -> tuple[str, str]:
    ticket = secrets.mint(kind.value, str(call_id), now=now, valid_for=TICKET_VALID_FOR)
    return ticket, secrets.open(ticket, kind=kind.value, now=now).nonce


async def _why_not(tx: SystemTx, call_id: UUID, kind: Kind, carrier_call_sid: str) -> Refusal:
    known = await store.by_id(tx, call_id)
    if known is None:
        return CallUnknown()
    if known.is_over:
        return CallOver()
    if kind is Kind.CARRIER:
        named = await store.by_carrier_sid(tx, carrier_call_sid)
        if named is None or named.id != call_id:
            return TicketOfAnotherCall()
    return TicketUsed()


def _fitting(
    stored: dict[str, Any], business_id: UUID, direction: str, prompt_hash: str
) -> Briefing | None:
    """The stored briefing, if it is this call's own: business, direction, hash and words agree."""
    try:
        briefing = msgspec.convert(stored, Briefing)
    except msgspec.ValidationError:
        return None
    fits = (
        briefing.business_id == str(business_id)
        and briefing.direction.value == direction
        and briefing.instructions_hash == prompt_hash
        and agents.hash_of(briefing.instructions) == prompt_hash
    )
    return briefing if fits else None


async def _brief_again(
    tx: TenantTx, call_id: UUID, direction: Direction, now: datetime
) -> Briefing:
    """Instead of a briefing that is not the call's own, before anything is bound (C-13)."""
    log.error(
        "the stored briefing is not this call's; compiled again",
        marker="PROMPT_MISMATCH",
        call_id=str(call_id),
        direction=direction.value,
    )
    briefing = await agents.brief(tx, await businesses.get(tx), direction, now=now)
    await store.bind_again(tx, call_id, msgspec.to_builtins(briefing), briefing.instructions_hash)
    return briefing


def _note_binding(call_id: UUID, briefing: Briefing) -> None:
    fields = {"call_id": str(call_id)}
    locked = f"Locked to: {briefing.direction.value} (IMMUTABLE)"
    telemetry.note(log, "CALL_DIRECTION_SET", locked, fields)
    bound = {"direction": briefing.direction.value, "hash": briefing.instructions_hash}
    telemetry.note(log, "PROMPT_BIND", "", bound | fields)


def _stored(briefing: Briefing | None) -> dict[str, Any] | None:
    return msgspec.to_builtins(briefing) if briefing is not None else None
