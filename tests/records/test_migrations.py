"""The migrations make what the models say, as often as they are run."""

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from prosaasil.accounts import model as accounts
from prosaasil.agents import model as agents
from prosaasil.businesses import model as businesses
from prosaasil.kit import db, ids
from prosaasil.kit.db import Base, Database
from prosaasil.numbers import model as numbers
from prosaasil.records import model as records

TABLES_OF_A_BUSINESS = ("businesses", "phone_numbers", "prompts", "calls", "call_turns")
ROWS = (
    "INSERT INTO businesses VALUES (:b, 'b', 'B', 'he', 'UTC', '', '', '', 'active', now())",
    "INSERT INTO phone_numbers VALUES ('+97235550100', :b, now())",
    "INSERT INTO prompts VALUES (:b, 'inbound', 1, 'x', now())",
    (
        'INSERT INTO calls (id, business_id, direction, kind, "from", "to", status)'
        " VALUES (:c, :b, 'inbound', 'softphone', '', '', 'ringing')"
    ),
    "INSERT INTO call_turns VALUES (:c, 0, 'agent', 'i', 'x', 0)",
)
MODELS = (accounts, agents, businesses, numbers, records)


def test_every_model_matches_the_migrated_database(database_owner_url: str) -> None:
    engine = create_engine(db.sqlalchemy_url(database_owner_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_server_default": True, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_every_check_of_the_models_stands_in_the_database(database_owner_url: str) -> None:
    engine = create_engine(db.sqlalchemy_url(database_owner_url))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT conname FROM pg_constraint WHERE contype = 'c'"))
        checks = {name for (name,) in found}
    engine.dispose()
    expected = {
        str(constraint.name)
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ == "CheckConstraint"
    }
    assert expected <= checks


async def test_migrating_twice_keeps_what_is_there(
    database: Database, database_owner_url: str
) -> None:
    async with database.system() as tx:
        await tx.session.execute(text("INSERT INTO sign_in_attempts VALUES ('somebody', 1, now())"))
    db.upgrade(database_owner_url)
    assert db.missing_migrations(database_owner_url) == []
    async with database.system() as tx:
        kept = await tx.session.scalar(text("SELECT attempts FROM sign_in_attempts"))
    assert kept == 1


async def test_without_a_business_set_a_connection_sees_no_rows(
    database: Database, database_url: str
) -> None:
    assert await demo_rows(database) == [1, 1, 1, 1, 1]
    with psycopg.connect(db.psycopg_url(database_url)) as connection:
        for table in TABLES_OF_A_BUSINESS:
            assert connection.execute(f"SELECT * FROM {table}".encode()).fetchall() == []


async def demo_rows(database: Database) -> list[object]:
    """A row in each table of a business; how many a transaction across businesses sees."""
    ids_ = {"b": ids.uuid7(), "c": ids.uuid7()}
    async with database.system() as tx:
        for statement in ROWS:
            await tx.session.execute(text(statement), ids_)
        return [
            await tx.session.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in TABLES_OF_A_BUSINESS
        ]
