"""A phone number belongs to one business, however it is written."""

from uuid import UUID

import pytest
from sqlalchemy import text

from prosaasil.kit import ids
from prosaasil.kit.db import Database
from prosaasil.numbers import service as numbers

INSERT = "INSERT INTO businesses VALUES (:id, :slug, 'B', 'he', 'UTC', '', '', '', 'active', now())"


@pytest.fixture
async def pair(database: Database) -> tuple[UUID, UUID]:
    made = ids.uuid7(), ids.uuid7()
    async with database.system() as tx:
        for number, business_id in enumerate(made):
            values = {"id": business_id, "slug": f"b{number}"}
            await tx.session.execute(text(INSERT), values)
    return made


async def test_a_number_is_kept_in_one_canonical_form(
    database: Database, pair: tuple[UUID, UUID]
) -> None:
    async with database.tenant(pair[0]) as tx:
        assert await numbers.register(tx, "+972 (3) 555-0100") == "+97235550100"
        assert await numbers.register(tx, "+97235550100") == "+97235550100"
        assert await numbers.belongs(tx, "+972-3-555-0100")
        assert await numbers.main(tx) == "+97235550100"


async def test_a_number_of_another_business_is_refused(
    database: Database, pair: tuple[UUID, UUID]
) -> None:
    async with database.tenant(pair[0]) as tx:
        await numbers.register(tx, "+97235550100")
    with pytest.raises(numbers.NumberTaken):
        async with database.tenant(pair[1]) as tx:
            await numbers.register(tx, "+97235550100")
    async with database.tenant(pair[1]) as tx:
        assert not await numbers.belongs(tx, "+97235550100")
        assert await numbers.main(tx) is None


@pytest.mark.parametrize("word", ["", "anonymous", "sip:a@b", "client:x", "+1", "035550100", "+"])
async def test_what_is_no_number_belongs_to_nobody(
    database: Database, pair: tuple[UUID, UUID], word: str
) -> None:
    async with database.tenant(pair[0]) as tx:
        assert not await numbers.belongs(tx, word)
        with pytest.raises(numbers.NumberMalformed):
            await numbers.register(tx, word)
