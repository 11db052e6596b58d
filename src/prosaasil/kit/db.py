"""The database: transactions that show in their type whose rows they see, signals, migrations.

Each transaction tells Postgres whose it is by `app.business`, valid until it ends: a business's id,
or `*` for work that crosses businesses. The tables' row-level security compares their business_id
with it:

    using (current_setting('app.business', true) in (business_id::text, '*'))

With nothing set a query sees no rows. Nothing leaks through the connection pool, because the
setting ends with the transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import msgspec
import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import MetaData, create_engine, text
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import OperationalError as SQLAlchemyOperationalError
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import NullPool

from prosaasil.kit import telemetry
from prosaasil.kit.errors import Fault, Refusal

CONNECTIONS_MAX = 10
"""Of one process; many processes share Postgres's hundred."""
CONNECT_LIMIT_S = 10
LISTEN_PING_S = 15.0
"""A connection that only listens is asked this often whether it is still there."""
RECONNECT_FIRST_S = 0.2
RECONNECT_LONGEST_S = 10.0
MIGRATION_LOCK = 0x70726F7361
"""Any number that is ours: two processes that migrate at once take turns."""
ALL_BUSINESSES = "*"

log = telemetry.logger(__name__)


class DatabaseUnreachable(Fault):
    """The database does not answer.

    See that Postgres runs (`prosaasil run` starts our own) and that DATABASE_URL is right.
    """


class OwnerNeeded(Refusal):
    """The database does not let this role change its tables.

    Set DATABASE_OWNER_URL to the same database with the role that owns the tables.
    """


class Base(DeclarativeBase):
    """The base of all tables; the names of constraints follow from the tables' and columns'."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class TenantTx(msgspec.Struct, frozen=True):
    """One transaction that sees the rows of one business only."""

    session: AsyncSession
    business_id: UUID


class SystemTx(msgspec.Struct, frozen=True):
    """One transaction that sees all businesses' rows: it shows in the signature of who uses it."""

    session: AsyncSession


class Signal(msgspec.Struct, frozen=True):
    """A message that another process sent on a channel."""

    channel: str
    payload: str


class Database:
    """The connections of one process. Close it, or use it as a context."""

    def __init__(self, url: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self._url = url
        self._engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=connections_max,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_LIMIT_S},
        )
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)

    @asynccontextmanager
    async def tenant(self, business_id: UUID | str) -> AsyncIterator[TenantTx]:
        """A transaction for one business, committed at its end unless an error leaves it."""
        business = business_id if isinstance(business_id, UUID) else UUID(business_id)
        async with self._transaction(str(business)) as session:
            yield TenantTx(session, business)

    @asynccontextmanager
    async def system(self) -> AsyncIterator[SystemTx]:
        """A transaction across businesses, committed at its end unless an error leaves it."""
        async with self._transaction(ALL_BUSINESSES) as session:
            yield SystemTx(session)

    @asynccontextmanager
    async def _transaction(self, business: str) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session, session.begin():
            statement = text("select set_config('app.business', :business, true)")
            await session.execute(statement, {"business": business})
            yield session

    async def listen(
        self,
        channels: Sequence[str],
        *,
        on_signal: Callable[[Signal], Awaitable[None]],
        on_listening: Callable[[], Awaitable[None]],
    ) -> None:
        """Call `on_signal` for each message on these channels, until cancelled.

        `on_listening` runs whenever listening has begun, first and after each lost connection:
        there one reads again from the tables what signals may have been missed.
        """
        wait_s = RECONNECT_FIRST_S
        while True:
            try:
                async with await self._listening_connection(channels) as connection:
                    await on_listening()
                    wait_s = RECONNECT_FIRST_S
                    await _hear(connection, on_signal)
            except (psycopg.OperationalError, SQLAlchemyOperationalError) as error:
                log.warning("listening to the database was cut off", error=str(error).strip())
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RECONNECT_LONGEST_S)

    async def _listening_connection(
        self, channels: Sequence[str]
    ) -> psycopg.AsyncConnection[tuple[object, ...]]:
        connection = await psycopg.AsyncConnection.connect(
            psycopg_url(self._url), autocommit=True, connect_timeout=CONNECT_LIMIT_S
        )
        for channel in channels:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        return connection

    async def check(self) -> None:
        """Raise `DatabaseUnreachable` unless the database answers."""
        try:
            async with await psycopg.AsyncConnection.connect(
                psycopg_url(self._url), connect_timeout=CONNECT_LIMIT_S
            ) as connection:
                await connection.execute("select 1")
        except psycopg.OperationalError as error:
            raise DatabaseUnreachable from error

    async def close(self) -> None:
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


async def _hear(
    connection: psycopg.AsyncConnection[tuple[object, ...]],
    on_signal: Callable[[Signal], Awaitable[None]],
) -> None:
    while True:
        async for notice in connection.notifies(timeout=LISTEN_PING_S):
            await on_signal(Signal(notice.channel, notice.payload))
        await connection.execute("select 1")


async def notify(tx: TenantTx | SystemTx, channel: str, payload: object) -> None:
    """Send a message, as JSON, to all who listen, when this transaction commits."""
    statement = text("select pg_notify(:channel, :payload)")
    told = {"channel": channel, "payload": msgspec.json.encode(payload).decode()}
    await tx.session.execute(statement, told)


def sqlalchemy_url(url: str) -> URL:
    """The address with the driver that we use, whatever spelling an operator gave."""
    return make_url(url).set(drivername="postgresql+psycopg")


def psycopg_url(url: str) -> str:
    """The same address for the driver itself."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def migrations_folder() -> Path:
    """In an installed package it lies inside, in a checkout at the top."""
    package = Path(__file__).parent.parent
    packed = package / "migrations"
    return packed if (packed / "env.py").exists() else package.parent.parent / "migrations"


def upgrade(url: str) -> None:
    """Bring the database to the newest migration; `url` is the owner's of its tables.

    `migrations/env.py` finds the open connection in `context.config.attributes["connection"]` and
    must not commit by itself: all migrations are one transaction.
    """
    with _migrating(url) as connection:
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
        config = _alembic()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def missing_migrations(url: str) -> list[str]:
    """The migrations that this database still lacks, oldest first; empty when it is current."""
    scripts = ScriptDirectory.from_config(_alembic())
    with _migrating(url) as connection:
        done = set(MigrationContext.configure(connection).get_current_heads())
    missing = []
    for script in scripts.walk_revisions():
        if script.revision in done:
            break
        missing.append(script.revision)
    return missing[::-1]


@contextmanager
def _migrating(url: str) -> Iterator[Connection]:
    arguments = {"connect_timeout": CONNECT_LIMIT_S}
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool, connect_args=arguments)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyOperationalError as error:
        raise DatabaseUnreachable from error
    except ProgrammingError as error:
        if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
            raise OwnerNeeded from error
        raise
    finally:
        engine.dispose()


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
