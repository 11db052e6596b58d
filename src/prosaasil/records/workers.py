"""The voice workers' leases: who may get the next call. All SQL of their table.

A worker writes its line every few seconds and takes it away when it stops. The time is the
database's, so that workers and webhooks on several machines agree on it.
"""

from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from prosaasil.kit.db import SystemTx
from prosaasil.records.model import VoiceWorkerRow

BEAT_S = 5.0
LEASE = timedelta(seconds=15)
"""Three beats: one may be late and one may be lost."""
FORGOTTEN_AFTER = timedelta(hours=1)


class VoiceWorker(Struct, frozen=True):
    id: UUID
    media_url: str
    softphone_url: str


async def beat(tx: SystemTx, worker: VoiceWorker, calls: int) -> None:
    """Say that the worker lives and how many calls it has; forget those long dead."""
    seen = {"calls": calls, "seen_at": func.now()}
    await tx.session.execute(
        insert(VoiceWorkerRow)
        .values(
            id=worker.id, media_url=worker.media_url, softphone_url=worker.softphone_url, **seen
        )
        .on_conflict_do_update(index_elements=[VoiceWorkerRow.id], set_=seen)
    )
    await tx.session.execute(
        delete(VoiceWorkerRow).where(VoiceWorkerRow.seen_at < func.now() - FORGOTTEN_AFTER)
    )


async def leave(tx: SystemTx, worker_id: UUID) -> None:
    await tx.session.execute(delete(VoiceWorkerRow).where(VoiceWorkerRow.id == worker_id))


async def choose(tx: SystemTx) -> VoiceWorker | None:
    """The live worker with the fewest calls; the call is counted at once, until its next beat."""
    fewest = (
        select(VoiceWorkerRow.id)
        .where(VoiceWorkerRow.seen_at > func.now() - LEASE)
        .order_by(VoiceWorkerRow.calls, VoiceWorkerRow.id)
        .limit(1)
        .scalar_subquery()
    )
    found = await tx.session.execute(
        update(VoiceWorkerRow)
        .where(VoiceWorkerRow.id == fewest)
        .values(calls=VoiceWorkerRow.calls + 1)
        .returning(VoiceWorkerRow.id, VoiceWorkerRow.media_url, VoiceWorkerRow.softphone_url)
    )
    row = found.one_or_none()
    return VoiceWorker(row.id, row.media_url, row.softphone_url) if row is not None else None


async def alive(tx: SystemTx) -> int:
    """How many workers could take a call now."""
    statement = select(func.count()).where(VoiceWorkerRow.seen_at > func.now() - LEASE)
    return (await tx.session.execute(statement)).scalar_one()
