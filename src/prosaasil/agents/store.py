"""All SQL of prompts."""

from sqlalchemy import func, insert, select

from prosaasil.agents.model import PromptRow
from prosaasil.call.briefing import Direction
from prosaasil.kit.db import TenantTx


async def current(tx: TenantTx, direction: Direction) -> str | None:
    """The newest prompt of exactly this direction; no other row may ever stand in for it."""
    return await tx.session.scalar(
        select(PromptRow.text)
        .where(PromptRow.business_id == tx.business_id, PromptRow.direction == direction.value)
        .order_by(PromptRow.version.desc())
        .limit(1)
    )


async def add(tx: TenantTx, direction: Direction, text: str) -> int:
    """Store the next version. Two at once: the key lets one through, the other fails."""
    newest = await tx.session.scalar(
        select(func.max(PromptRow.version)).where(
            PromptRow.business_id == tx.business_id, PromptRow.direction == direction.value
        )
    )
    version = (newest or 0) + 1
    await tx.session.execute(
        insert(PromptRow).values(
            business_id=tx.business_id, direction=direction.value, version=version, text=text
        )
    )
    return version
