"""All SQL of businesses."""

from sqlalchemy import insert, select, update

from prosaasil.businesses.business import Business, BusinessStatus
from prosaasil.businesses.model import BusinessRow
from prosaasil.kit.db import SystemTx, TenantTx


async def by_slug(tx: SystemTx, slug: str) -> Business | None:
    """The slug comes from an address, before it is known whose request it is."""
    row = await tx.session.scalar(select(BusinessRow).where(BusinessRow.slug == slug))
    return _value(row) if row is not None else None


async def of(tx: TenantTx) -> Business | None:
    row = await tx.session.scalar(select(BusinessRow).where(BusinessRow.id == tx.business_id))
    return _value(row) if row is not None else None


async def add(tx: SystemTx, business: Business) -> None:
    await tx.session.execute(
        insert(BusinessRow).values(
            id=business.id,
            slug=business.slug,
            name=business.name,
            language=business.language,
            time_zone=business.time_zone,
            greeting=business.greeting,
            follow_up=business.follow_up,
            voice=business.voice,
            status=business.status.value,
        )
    )


async def set_status(tx: TenantTx, status: BusinessStatus) -> None:
    await tx.session.execute(
        update(BusinessRow).where(BusinessRow.id == tx.business_id).values(status=status.value)
    )


def _value(row: BusinessRow) -> Business:
    return Business(
        id=row.id,
        slug=row.slug,
        name=row.name,
        language=row.language,
        time_zone=row.time_zone,
        greeting=row.greeting,
        follow_up=row.follow_up,
        voice=row.voice,
        status=BusinessStatus(row.status),
    )
