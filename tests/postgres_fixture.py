"""A real Postgres for tests: one server a process, one fresh migrated database a test.

Each test's database is a copy of a migrated template, which takes some 30 ms, and is reached as
the application's plain role, under row-level security as in life.
"""

import atexit
import functools
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from prosaasil.kit import db
from prosaasil.kit.postgres import READY_LINE, Cluster, Place, cluster
from prosaasil.kit.secrets import Secrets

TEMPLATE = "migrated"
OWN = Secrets(b"the secret key of the tests")
numbers = itertools.count()


def reachable_folder() -> Path:
    """A temporary folder that Postgres's account may pass through; pytest's own are closed."""
    folder = Path(tempfile.mkdtemp(prefix="prosaasil-test-"))
    folder.chmod(0o711)
    return folder


class Server:
    """A running Postgres with a migrated template, in a folder that goes with it."""

    def __init__(self) -> None:
        self._folder = reachable_folder()
        self._place = Place.of(self._folder / "data")
        own = Cluster(self._place)
        own.prepare(durable=False)
        self.socket_folder = self._place.make_socket_folder()
        self._process = subprocess.Popen(
            own.server_command(self.socket_folder, durable=False),
            cwd=self._place.data.parent,
            env=cluster.environment(),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._process.stderr is not None
        assert any(READY_LINE in line for line in self._process.stderr)
        self._drain = subprocess.Popen(
            ["cat"], stdin=self._process.stderr, stdout=subprocess.DEVNULL
        )
        own.set_up_roles(OWN, self.socket_folder)
        self.execute(f"create database {TEMPLATE} owner {cluster.OWNER}")
        with psycopg.connect(self.superuser(TEMPLATE), autocommit=True) as connection:
            cluster.set_up_database(connection)
        if (db.migrations_folder() / "env.py").exists():
            db.upgrade(self.url(cluster.OWNER, TEMPLATE))

    def execute(self, statement: str) -> None:
        """Run one statement as the superuser."""
        with psycopg.connect(self.superuser("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def superuser(self, database: str) -> str:
        return f"dbname={database} user={cluster.SUPERUSER} host={self.socket_folder}"

    def url(self, role: str, database: str) -> str:
        return cluster.socket_url(self.socket_folder, role, OWN, database)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGQUIT)  # nothing in it is worth a clean end
        self._process.wait()
        self._drain.wait()
        assert self._process.stderr is not None
        self._process.stderr.close()
        shutil.rmtree(self._place.data.parent)
        shutil.rmtree(self._folder)


@functools.cache
def server() -> Server:
    """The server of this process; several conftests that ask share it."""
    started = Server()
    starter = os.getpid()
    atexit.register(lambda: started.stop() if os.getpid() == starter else None)
    return started


@pytest.fixture
def postgres() -> Server:
    """The server itself, for tests that end its connections or look at its roles."""
    return server()


@pytest.fixture
def database_name() -> Iterator[str]:
    """The name of a fresh migrated database, dropped after the test."""
    name = f"test_{next(numbers)}"
    server().execute(f"create database {name} template {TEMPLATE} owner {cluster.OWNER}")
    yield name
    server().execute(f"drop database {name} with (force)")


@pytest.fixture
def database_url(database_name: str) -> str:
    """The address of a fresh migrated database, as the application's role."""
    return server().url(cluster.APPLICATION, database_name)


@pytest.fixture
def database_owner_url(database_name: str) -> str:
    """The same database as the owner of its tables."""
    return server().url(cluster.OWNER, database_name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[db.Database]:
    """The fresh migrated database, opened as an application opens it."""
    async with db.Database(database_url, connections_max=5) as opened:
        yield opened


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR for tests that start a Postgres of their own."""
    folder = reachable_folder()
    yield folder
    shutil.rmtree(folder)
