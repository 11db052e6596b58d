"""What can be done with businesses: make one, find one, suspend one and take it up again."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from prosaasil.businesses import store
from prosaasil.businesses.business import Business, BusinessStatus
from prosaasil.kit.db import SystemTx, TenantTx
from prosaasil.kit.errors import Refusal


class TimeZoneUnknown(Refusal):
    """There is no time zone of this name.

    Give an IANA name such as Asia/Jerusalem.
    """


async def create(tx: SystemTx, business: Business) -> None:
    try:
        ZoneInfo(business.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise TimeZoneUnknown from None
    await store.add(tx, business)


async def find(tx: SystemTx, slug: str) -> Business | None:
    return await store.by_slug(tx, slug)


async def get(tx: TenantTx) -> Business:
    business = await store.of(tx)
    assert business is not None, "a transaction for a business that is not there"
    return business


async def suspend(tx: TenantTx) -> None:
    await store.set_status(tx, BusinessStatus.SUSPENDED)


async def resume(tx: TenantTx) -> None:
    await store.set_status(tx, BusinessStatus.ACTIVE)
