"""Businesses: made with a time zone that exists, found by slug, suspended and taken up again."""

import pytest
from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business, BusinessStatus
from prosaasil.kit import ids
from prosaasil.kit.db import Database


def business(slug: str = "clinic") -> Business:
    return Business(
        id=ids.uuid7(),
        slug=slug,
        name="Clinic",
        language="he",
        time_zone="Asia/Jerusalem",
        greeting="שלום",
        follow_up="?",
        voice="marin",
    )


async def test_a_business_is_found_as_it_was_made(database: Database) -> None:
    made = business()
    async with database.system() as tx:
        await businesses.create(tx, made)
        assert await businesses.find(tx, "clinic") == made
        assert await businesses.find(tx, "nobody") is None
    async with database.tenant(made.id) as tx:
        assert await businesses.get(tx) == made


async def test_a_suspended_business_can_be_taken_up_again(database: Database) -> None:
    made = business()
    async with database.system() as tx:
        await businesses.create(tx, made)
    async with database.tenant(made.id) as tx:
        await businesses.suspend(tx)
        assert (await businesses.get(tx)).is_suspended
        await businesses.resume(tx)
        assert (await businesses.get(tx)).status is BusinessStatus.ACTIVE


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../etc/passwd", "+02:00"])
async def test_a_time_zone_that_is_none_is_refused(database: Database, zone: str) -> None:
    with pytest.raises(businesses.TimeZoneUnknown):
        async with database.system() as tx:
            await businesses.create(tx, replace(business(), time_zone=zone))


@pytest.mark.parametrize("slug", ["", "Clinic", "a/b", "-a", "א", "a" * 64, "a?b"])
async def test_a_slug_is_a_part_of_an_address(database: Database, slug: str) -> None:
    with pytest.raises(IntegrityError):
        async with database.system() as tx:
            await businesses.create(tx, business(slug))


async def test_a_slug_is_taken_once(database: Database) -> None:
    async with database.system() as tx:
        await businesses.create(tx, business())
    with pytest.raises(IntegrityError):
        async with database.system() as tx:
            await businesses.create(tx, business())
