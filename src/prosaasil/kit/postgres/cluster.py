"""The data directory of our own Postgres, how to start its server, and the roles in it.

Nothing listens on the network. Through the socket the superuser is let in by the name of the
system's user who runs the supervisor; the application and the owner of the tables by passwords that
derive from the installation's key and are set anew at each start, so that a changed key does no
harm. The application's role is a plain one: a superuser or an owner would silently pass by
row-level security.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from msgspec import Struct
from psycopg import sql

from prosaasil.kit import clock, tether
from prosaasil.kit.config import Settings
from prosaasil.kit.db import DatabaseUnreachable
from prosaasil.kit.errors import Fault, Refusal
from prosaasil.kit.postgres.place import Place
from prosaasil.kit.secrets import Secrets

DATABASE = "prosaasil"
SUPERUSER = "postgres"
OWNER = "prosaasil_owner"
APPLICATION = "prosaasil"
EXTENSIONS = ("btree_gist", "pg_trgm")
READY_LINE = "database system is ready to accept connections"
"""What the server writes to its log when it serves; its messages are in English by our setting."""
INITDB_LIMIT_S = 60
ORPHAN_LIMIT_MS = 30_000
"""How long a server whose launcher has died may take to end before a new one starts."""
ORPHAN_POLL_S = 0.05

HBA = f"""\
# Written at each start.
local all {SUPERUSER} peer map=launcher
local all {OWNER},{APPLICATION} scram-sha-256
"""


class OtherMajor(Refusal):
    """The database was made by another Postgres than the one here."""

    def __init__(self, data: Path, made_by: str, here: str) -> None:
        super().__init__(
            f"The database in {data} was made by Postgres {made_by}; the programs here are {here}.",
            remedy=f"Set POSTGRES_BIN_DIR to the programs of Postgres {made_by}. To move on: dump "
            f"the database with them (pg_dump), move {data} aside, start, and restore the dump.",
        )


class Cluster(Struct, frozen=True):
    """One data directory, with what is needed to run its server."""

    place: Place

    def prepare(self, *, durable: bool = True) -> None:
        """Make everything ready for a start: the data directory, made if it is missing."""
        major = major_of_programs(self.place.programs)
        made_by = major_of_data(self.place.data)
        if made_by is None:
            self._init(durable=durable)
        elif made_by != major:
            raise OtherMajor(self.place.data, made_by, major)
        self._end_orphan()
        self._write("pg_hba.conf", HBA)
        self._write("pg_ident.conf", f"launcher {_own_name()} {SUPERUSER}\n")

    def server_command(self, socket_folder: Path, *, durable: bool = True) -> list[str]:
        """The command that runs the server, tethered to this process.

        At this process's death the server gets SIGINT, its wish for a fast and clean end.
        """
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_folder),
            "unix_socket_permissions": "0700",
            "lc_messages": "C",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            "timezone": "UTC",
            "max_connections": "100",
        }
        if not durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        program = [str(self.place.programs / "postgres"), "-D", str(self.place.data)]
        for name, value in options.items():
            program += ["-c", f"{name}={value}"]
        return self._tethered(program)

    def set_up_roles(self, own: Secrets, socket_folder: Path) -> None:
        """Make the roles, the database and its extensions, as far as they are missing."""
        with self._superuser("postgres", socket_folder) as connection:
            for role in (OWNER, APPLICATION):
                _ensure_role(connection, role, own.derive_text(f"database role {role}"))
            found = "select 1 from pg_database where datname = %s"
            if connection.execute(found, [DATABASE]).fetchone() is None:
                statement = sql.SQL("create database {} owner {}")
                connection.execute(
                    statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        with self._superuser(DATABASE, socket_folder) as connection:
            set_up_database(connection)

    @contextlib.contextmanager
    def _superuser(
        self, database: str, socket_folder: Path
    ) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
        with psycopg.connect(
            dbname=database, user=SUPERUSER, host=str(socket_folder), autocommit=True
        ) as connection:
            yield connection

    def _init(self, *, durable: bool) -> None:
        """Made under another name and then renamed: an interrupted one is not taken for whole."""
        draft = self.place.data.with_name("cluster.draft")
        shutil.rmtree(draft, ignore_errors=True)
        if self.place.data.exists() and any(self.place.data.iterdir()):
            raise Refusal(
                f"The folder {self.place.data} holds something that is not a database.",
                remedy="Move it aside, or set DATA_DIR to another folder.",
            )
        program = ["initdb", "-D", str(draft), "-U", SUPERUSER, "--locale=C.UTF-8"]
        program += ["--encoding=UTF8", "--auth=reject", "--no-instructions"]
        if not durable:
            program.append("--no-sync")
        self._run(program)
        draft.rename(self.place.data)

    def _run(self, program: list[str]) -> None:
        command = self._tethered([str(self.place.programs / program[0]), *program[1:]])
        try:
            done = subprocess.run(  # noqa: S603 - our own command line
                command,
                cwd=self.place.data.parent,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=INITDB_LIMIT_S,
                check=False,
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise Fault(f"Postgres's {program[0]} did not end within its time.") from error
        if done.returncode != 0:
            raise Fault(
                f"Postgres's {program[0]} failed: {done.stderr.strip() or done.stdout.strip()}",
                remedy="See the message above; DATABASE_URL can name a managed Postgres instead.",
            )

    def _tethered(self, program: list[str]) -> list[str]:
        account = self.place.account
        return tether.command(
            program,
            launcher=os.getpid(),
            at_death=signal.SIGINT,
            account=(account.uid, account.gid) if account else None,
        )

    def _end_orphan(self) -> None:
        """End a server that outlived its launcher, and forget one that a crash left on record.

        The record's process id may by now be any other process's, which must not stop the start:
        a server of ours is known by its working directory, where the system shows it.
        """
        if sys.platform != "linux":
            return
        record = self.place.data / "postmaster.pid"
        started_at = clock.now_ms()
        while (pid := _recorded_pid(record)) and _works_in(pid, self.place.data):
            if clock.now_ms() - started_at > ORPHAN_LIMIT_MS:
                raise Fault(
                    f"A former Postgres (process {pid}) still runs in {self.place.data}.",
                    remedy=f"End it: kill -INT {pid}",
                )
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(ORPHAN_POLL_S)
        record.unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        path = self.place.data / name
        path.write_text(text)
        if self.place.account is not None:
            os.chown(path, self.place.account.uid, self.place.account.gid)


def major_of_data(data: Path) -> str | None:
    """The major version that made the data directory; None if there is none yet, or none to see."""
    try:
        return (data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None


def major_of_programs(programs: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 - asks for the version, which is harmless as root
            [programs / "postgres", "--version"],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=INITDB_LIMIT_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Fault(
            f"Postgres's programs in {programs} do not run: {error}.",
            remedy="Install the project again, or set POSTGRES_BIN_DIR or DATABASE_URL.",
        ) from error
    return answer.rsplit(" ", 1)[-1].split(".")[0].strip()


def set_up_database(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Extensions, and the application's rights on the tables that the owner has and will have."""
    for extension in EXTENSIONS:
        name = sql.Identifier(extension)
        connection.execute(sql.SQL("create extension if not exists {}").format(name))
    owner, application = sql.Identifier(OWNER), sql.Identifier(APPLICATION)
    for kind, rights in (
        ("tables", "select, insert, update, delete"),
        ("sequences", "usage, select"),
    ):
        for statement in (
            "alter default privileges for role {owner} grant {rights} on {kind} to {application}",
            "grant {rights} on all {kind} in schema public to {application}",
        ):
            connection.execute(
                sql.SQL(statement).format(
                    owner=owner,
                    rights=sql.SQL(rights),
                    kind=sql.SQL(kind),
                    application=application,
                )
            )


def environment() -> dict[str, str]:
    """What Postgres's programs see: nothing of ours, nothing that would redirect them."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def database_url(settings: Settings, own: Secrets) -> str:
    """The application's address of the database: the managed one, or our own while it runs."""
    return settings.database_url or _own_url(settings, own, APPLICATION)


def owner_url(settings: Settings, own: Secrets) -> str:
    """The same for migrations, as the owner of the tables."""
    managed = settings.database_owner_url or settings.database_url
    return managed or _own_url(settings, own, OWNER)


def _own_url(settings: Settings, own: Secrets, role: str) -> str:
    socket_file = settings.data_dir.absolute() / "postgres.socket"
    try:
        folder = socket_file.read_text()
    except FileNotFoundError:
        raise DatabaseUnreachable(
            "Our own database is not running.",
            remedy="Start `prosaasil run` first, or set DATABASE_URL.",
        ) from None
    return socket_url(Path(folder), role, own, DATABASE)


def socket_url(folder: Path, role: str, own: Secrets, database: str) -> str:
    password = own.derive_text(f"database role {role}")
    return f"postgresql://{role}:{password}@/{database}?host={quote(str(folder), safe='')}"


def _ensure_role(
    connection: psycopg.Connection[tuple[object, ...]], role: str, password: str
) -> None:
    name = sql.Identifier(role)
    if connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone() is None:
        connection.execute(sql.SQL("create role {} login").format(name))
    statement = sql.SQL("alter role {} login nosuperuser nobypassrls password {}")
    connection.execute(statement.format(name, sql.Literal(password)))


def _recorded_pid(record: Path) -> int | None:
    try:
        return int(record.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _own_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Refusal(
            f"Postgres needs a user with a name, and user {os.geteuid()} has none here.",
            remedy="Start as a named user, or set DATABASE_URL to a managed Postgres.",
        ) from None
