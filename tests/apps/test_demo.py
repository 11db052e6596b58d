"""The demo business: there after the first start, untouched by the next ones."""

import re

import pytest
from sqlalchemy import text

from prosaasil.accounts import service as accounts
from prosaasil.accounts.passwords import Passwords
from prosaasil.agents import layers, service
from prosaasil.apps import demo
from prosaasil.businesses import service as businesses
from prosaasil.call.briefing import Direction
from prosaasil.kit.clock import utc_now
from prosaasil.kit.db import Database
from prosaasil.numbers import service as numbers


async def test_seeding_twice_makes_one_clinic_and_tells_the_login_once(database: Database) -> None:
    first = await demo.seed(database)
    second = await demo.seed(database)

    assert first is not None
    assert second is None
    async with database.system() as tx:
        for table in ("businesses", "users", "memberships", "phone_numbers"):
            assert await tx.session.scalar(text(f"SELECT count(*) FROM {table}")) == 1


async def test_what_was_changed_stays_changed(database: Database) -> None:
    await demo.seed(database)
    async with database.system() as tx:
        await tx.session.execute(text("UPDATE businesses SET greeting = 'changed'"))
    await demo.seed(database)
    async with database.system() as tx:
        business = await businesses.find(tx, demo.SLUG)
    assert business is not None
    assert business.greeting == "changed"


async def test_the_login_signs_in(database: Database) -> None:
    login = await demo.seed(database)
    assert login is not None
    done = await accounts.sign_in(
        database, Passwords(), email=login.email, password=login.password, address="127.0.0.1"
    )
    assert [held.business_slug for held in done.account.memberships] == ["demo"]


async def test_the_clinic_answers_its_number_in_hebrew_both_ways(database: Database) -> None:
    await demo.seed(database)
    async with database.system() as tx:
        business = await businesses.find(tx, demo.SLUG)
    assert business is not None
    async with database.tenant(business.id) as tx:
        assert await numbers.belongs(tx, "+97235550100")
        briefings = [
            await service.brief(tx, business, direction, now=utc_now()) for direction in Direction
        ]
    assert briefings[0].instructions != briefings[1].instructions
    assert {briefing.language for briefing in briefings} == {"he"}


@pytest.mark.parametrize("prompt", [demo.INBOUND, demo.OUTBOUND])
def test_the_demos_prompts_have_facts_in_both_languages(prompt: str) -> None:
    assert len(prompt) <= layers.PROMPT_LENGTH_MAX
    for word in ("Parking", "חניה", "Insurance", "ביטוח", "shekels", "שקלים", "Saturday", "שבת"):
        assert word in prompt
    assert not re.search(r"[A-Za-z]{3}.*[\u05d0-\u05ea]{3}", prompt), "one language a line"
