"""All SQL of phone numbers."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from prosaasil.kit.db import TenantTx
from prosaasil.numbers.model import PhoneNumberRow


async def add(tx: TenantTx, e164: str) -> bool:
    """Whether the number is this business's now; False when another one has it."""
    await tx.session.execute(
        insert(PhoneNumberRow)
        .values(e164=e164, business_id=tx.business_id)
        .on_conflict_do_nothing(index_elements=[PhoneNumberRow.e164])
    )
    return await holds(tx, e164)


async def holds(tx: TenantTx, e164: str) -> bool:
    found = await tx.session.scalar(
        select(PhoneNumberRow.e164).where(
            PhoneNumberRow.e164 == e164, PhoneNumberRow.business_id == tx.business_id
        )
    )
    return found is not None


async def first(tx: TenantTx) -> str | None:
    """The number that the business has had the longest."""
    return await tx.session.scalar(
        select(PhoneNumberRow.e164)
        .where(PhoneNumberRow.business_id == tx.business_id)
        .order_by(PhoneNumberRow.created_at, PhoneNumberRow.e164)
        .limit(1)
    )
