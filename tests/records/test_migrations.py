"""The migrations make what the models say, as often as they are run."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from prosaasil.accounts import model as accounts
from prosaasil.agents import model as agents
from prosaasil.businesses import model as businesses
from prosaasil.kit import db
from prosaasil.kit.db import Base, Database
from prosaasil.numbers import model as numbers
from prosaasil.records import model as records

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
