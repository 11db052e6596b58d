"""Prompts: written version by version, one direction never read for the other."""

from itertools import product

import pytest

from prosaasil.agents import layers, service
from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Direction
from prosaasil.kit import ids
from prosaasil.kit.clock import utc_now
from prosaasil.kit.db import Database


@pytest.fixture
async def pair(database: Database) -> list[Business]:
    made = [
        Business(
            id=ids.uuid7(),
            slug=slug,
            name=slug,
            language="he",
            time_zone="Asia/Jerusalem",
            greeting="שלום",
            follow_up="?",
            voice="marin",
        )
        for slug in ("b1", "b2")
    ]
    async with database.system() as tx:
        for business in made:
            await businesses.create(tx, business)
    return made


async def instructions(database: Database, business: Business, direction: Direction) -> str:
    async with database.tenant(business.id) as tx:
        return (await service.brief(tx, business, direction, now=utc_now())).instructions


async def test_sentinels_stay_in_their_business_and_direction(
    database: Database, pair: list[Business]
) -> None:
    everything = {
        (business.slug, direction): f"sentinel-{business.slug}-{direction.value}"
        for business, direction in product(pair, Direction)
    }
    for business, direction in product(pair, Direction):
        async with database.tenant(business.id) as tx:
            await service.write_prompt(tx, direction, everything[business.slug, direction])

    for business, direction in product(pair, Direction):
        said = await instructions(database, business, direction)
        for key, sentinel in everything.items():
            assert (sentinel in said) == (key == (business.slug, direction))


@pytest.mark.parametrize("direction", list(Direction))
async def test_the_other_directions_prompt_never_stands_in(
    database: Database, pair: list[Business], direction: Direction
) -> None:
    opposite = next(one for one in Direction if one is not direction)
    async with database.tenant(pair[0].id) as tx:
        await service.write_prompt(tx, opposite, "of the other direction")

    with pytest.raises(service.PromptMissing):
        await instructions(database, pair[0], direction)


async def test_the_newest_version_is_in_use_at_once(
    database: Database, pair: list[Business]
) -> None:
    for version in (1, 2, 3):
        async with database.tenant(pair[0].id) as tx:
            assert await service.write_prompt(tx, Direction.INBOUND, f"v{version}!") == version
        assert f"v{version}!" in await instructions(database, pair[0], Direction.INBOUND)


@pytest.mark.parametrize("empty", ["", "  \n"])
async def test_an_empty_prompt_cannot_be_saved(
    database: Database, pair: list[Business], empty: str
) -> None:
    with pytest.raises(service.PromptMissing):
        async with database.tenant(pair[0].id) as tx:
            await service.write_prompt(tx, Direction.INBOUND, empty)


async def test_a_prompt_over_the_cap_cannot_be_saved(
    database: Database, pair: list[Business]
) -> None:
    with pytest.raises(service.PromptTooLong):
        async with database.tenant(pair[0].id) as tx:
            await service.write_prompt(tx, Direction.INBOUND, "x" * (layers.PROMPT_LENGTH_MAX + 1))
