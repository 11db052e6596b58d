"""Whose rows a transaction sees, and signals that may be late but are never lost."""

import asyncio
from uuid import uuid4

import psycopg
import pytest
from postgres_fixture import Server
from sqlalchemy import text

from prosaasil.kit import db
from prosaasil.kit.db import Database, Signal

LIMIT_S = 20
MAKE_TABLE = """
create table note (business_id uuid not null, words text not null);
alter table note enable row level security;
alter table note force row level security;
create policy own on note
    using (current_setting('app.business', true) in (business_id::text, '*'));
"""


@pytest.fixture
def note_table(database_owner_url: str) -> None:
    with psycopg.connect(database_owner_url) as connection:
        connection.execute(MAKE_TABLE)


@pytest.mark.usefixtures("note_table")
class TestRows:
    async def test_a_business_sees_its_own_rows_only(self, database: Database) -> None:
        first, second = uuid4(), uuid4()
        for business in (first, second):
            async with database.tenant(business) as tx:
                statement = text("insert into note values (:business, 'hello')")
                await tx.session.execute(statement, {"business": business})

        async with database.tenant(str(first)) as tx:
            rows = await tx.session.execute(text("select business_id from note"))
            assert rows.scalars().all() == [first]

    async def test_the_system_sees_all_rows(self, database: Database) -> None:
        async with database.system() as tx:
            for _ in range(2):
                statement = text("insert into note values (gen_random_uuid(), 'hello')")
                await tx.session.execute(statement)
        async with database.system() as tx:
            count = await tx.session.execute(text("select count(*) from note"))
            assert count.scalar_one() == 2

    async def test_with_no_business_set_there_are_no_rows(
        self, database: Database, database_url: str
    ) -> None:
        async with database.system() as tx:
            await tx.session.execute(text("insert into note values (gen_random_uuid(), 'hello')"))
        with psycopg.connect(database_url) as connection:
            assert connection.execute("select * from note").fetchall() == []

    async def test_a_setting_does_not_leak_through_the_pool(self, database_url: str) -> None:
        async with Database(database_url, connections_max=1) as database:
            async with database.system():
                pass
            async with database._sessions() as session:
                business = await session.execute(
                    text("select coalesce(current_setting('app.business', true), '')")
                )
                assert not business.scalar_one()

    async def test_an_error_undoes_the_whole_transaction(self, database: Database) -> None:
        async def fail() -> None:
            async with database.system() as tx:
                await tx.session.execute(text("insert into note values (gen_random_uuid(), 'x')"))
                raise LookupError

        with pytest.raises(LookupError):
            await fail()
        async with database.system() as tx:
            count = await tx.session.execute(text("select count(*) from note"))
            assert count.scalar_one() == 0


class Ear:
    """Keeps what a listener was told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Signal | str] = asyncio.Queue()

    async def on_signal(self, signal: Signal) -> None:
        await self.told.put(signal)

    async def on_listening(self) -> None:
        await self.told.put("listening")

    async def next(self) -> Signal | str:
        async with asyncio.timeout(LIMIT_S):
            return await self.told.get()


async def test_a_signal_arrives_when_its_transaction_commits(database: Database) -> None:
    ear = Ear()
    listening = asyncio.create_task(
        database.listen(["a"], on_signal=ear.on_signal, on_listening=ear.on_listening)
    )
    assert await ear.next() == "listening"
    async with database.system() as tx:
        await db.notify(tx, "a", {"call_id": "1"})
        assert ear.told.empty()
    assert await ear.next() == Signal("a", '{"call_id":"1"}')
    listening.cancel()


async def test_after_a_lost_connection_the_tables_are_read_again(
    database: Database, database_name: str, postgres: Server
) -> None:
    ear = Ear()
    listening = asyncio.create_task(
        database.listen(["a"], on_signal=ear.on_signal, on_listening=ear.on_listening)
    )
    assert await ear.next() == "listening"
    postgres.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        f"where datname = '{database_name}' and query ilike 'listen%'"
    )
    assert await ear.next() == "listening"
    async with database.system() as tx:
        await db.notify(tx, "a", "heard")
    assert await ear.next() == Signal("a", '"heard"')
    listening.cancel()


async def test_an_unreachable_database_is_a_fault_with_a_remedy() -> None:
    async with Database("postgresql://nobody@127.0.0.1:1/none") as database:
        with pytest.raises(db.DatabaseUnreachable, match="does not answer") as caught:
            await database.check()
    assert "DATABASE_URL" in caught.value.remedy


def test_both_spellings_of_an_address_are_understood() -> None:
    for spelling in ("postgres", "postgresql", "postgresql+psycopg"):
        url = f"{spelling}://a:b@h:1/c?sslmode=require"
        assert db.psycopg_url(url) == "postgresql://a:b@h:1/c?sslmode=require"
        assert db.sqlalchemy_url(url).drivername == "postgresql+psycopg"
