"""`prosaasil run`: the whole product on one machine, started in order and stopped in reverse.

Postgres (unless DATABASE_URL), migrations, the demo business, the speech engine (unless another
engine is set), the voice workers, the web server. Each is ready before the next is started. This
process does nothing else: whatever may fail is a child that can be started again.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from prosaasil.apps import demo, machine
from prosaasil.apps.children import ChildPlan, Children, ReadyLine, ReadyPort, supervise
from prosaasil.apps.printer import Printer
from prosaasil.kit import db, postgres, telemetry
from prosaasil.kit.config import Settings
from prosaasil.kit.postgres import Cluster, Place
from prosaasil.kit.postgres.cluster import environment as postgres_environ
from prosaasil.kit.postgres.place import make_data_dir
from prosaasil.kit.secrets import Secrets

START_LIMIT_S = 60.0
"""Importing and opening a port takes a second or two on an idle machine, many on a busy one."""
SPEECH_START_LIMIT_S = 180.0
"""The models are read from a disk that may be slow, and cold."""
POSTGRES_START_LIMIT_S = 180.0
"""After a crash Postgres first recovers what was being written."""
STOP_LIMIT_S = 3.0
VOICE_STOP_LIMIT_S = 6.0
"""The calls under way are ended, their recordings completed and their outcomes written down."""
POSTGRES_STOP_LIMIT_S = 6.0
NAME_WIDTH = 8

log = telemetry.logger(__name__)


class Writable(Protocol):
    """What takes lines: the log, or the error stream."""

    def write(self, text: str, /) -> int: ...


def run(settings: Settings, environ: Mapping[str, str]) -> None:
    """Run until told to stop."""
    if drawn := machine.draw_ports(settings):
        environ = {**environ, **drawn}
        settings = Settings.from_env(environ, Path(".env"))
    data_dir = make_data_dir(settings.data_dir)
    with machine.hold(data_dir) as was_cut_short, Printer(sys.stdout) as printer:
        is_text = settings.log_format != "json"
        telemetry.configure(
            "run", level=settings.log_level, text=is_text, stream=printer, prefix=_prefix("run")
        )
        machine.check_disk(data_dir, machine.free_bytes(data_dir))
        patience_ms = machine.ORPHANS_PATIENCE_MS if was_cut_short else 0
        machine.check_ports(machine.port_needs(settings), patience_ms=patience_ms)
        show = partial(show_line, printer, is_text=is_text)
        house = House(
            settings, environ, data_dir, Children(show), printer if is_text else sys.stderr
        )
        try:
            asyncio.run(house.stand())
        finally:
            log.info("stopped")


class House:
    """All processes of one installation on one machine."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        data_dir: Path,
        children: Children,
        banner: Writable,
    ) -> None:
        self._settings = settings
        self._data_dir = data_dir
        self._children = children
        self._banner = banner
        self._secrets = Secrets.load(settings)
        self._environ = {
            **environ,
            "DATA_DIR": str(data_dir),
            "LOG_FORMAT": "json" if settings.log_format == "json" else "text",
            "PYTHONUNBUFFERED": "1",
            "WEB_PORT": str(settings.web_port),
            "SPEECH_PORT": str(settings.speech_port),
        }
        self._place: Place | None = None

    async def stand(self) -> None:
        """Start everything, keep it running until told to stop, and stop everything."""
        try:
            await supervise(self._children, self._start)
        finally:
            if self._place is not None:
                self._place.forget_socket()

    async def _start(self) -> None:
        settings = self._settings
        if settings.uses_own_postgres:
            await self._start_postgres()
        login = await self._prepare_database()
        is_ready = False
        try:
            if settings.uses_own_engine:
                await self._children.start(self._speech())
            workers = range(settings.voice_workers)
            await self._children.start(*(self._voice(number) for number in workers))
            await self._children.start(self._web())
            is_ready = True
        finally:  # a login that was just made must be seen also if the rest fails
            self._banner.write(banner(settings, login, is_ready=is_ready))

    async def _start_postgres(self) -> None:
        place = self._place = Place.of(self._data_dir, programs=self._settings.postgres_bin_dir)
        if self._data_dir.resolve() not in place.data.parents:
            log.info("the database is kept where its account may reach it", folder=str(place.data))
        cluster = Cluster(place)
        cluster.prepare()
        socket_folder = place.make_socket_folder()
        await self._children.start(
            ChildPlan(
                name="postgres",
                command=cluster.server_command(socket_folder),
                ready=ReadyLine(postgres.READY_LINE),
                environ=postgres_environ(),
                folder=place.data.parent,
                start_limit_s=POSTGRES_START_LIMIT_S,
                stop_limit_s=POSTGRES_STOP_LIMIT_S,
                stop_signal=signal.SIGINT,
                is_tethered=True,
                before_start=cluster.prepare,
            )
        )
        await asyncio.to_thread(cluster.set_up_roles, self._secrets, socket_folder)

    async def _prepare_database(self) -> demo.DemoLogin | None:
        """Bring it to the newest migration and see that the demo business is in it."""
        url = postgres.database_url(self._settings, self._secrets)
        self._environ["DATABASE_URL"] = url
        async with db.Database(url) as database:
            await database.check()
            await asyncio.to_thread(db.upgrade, postgres.owner_url(self._settings, self._secrets))
            return await demo.seed(database)

    def _speech(self) -> ChildPlan:
        return self._plan(
            "speech",
            ReadyPort("127.0.0.1", self._settings.speech_port, "/healthz"),
            start_limit_s=SPEECH_START_LIMIT_S,
        )

    def _voice(self, number: int) -> ChildPlan:
        port = self._settings.media_port + number
        name = "voice" if self._settings.voice_workers == 1 else f"voice-{number + 1}"
        ready = ReadyPort(_reached_at(self._settings.media_host), port)
        return self._plan(
            "voice",
            ready,
            name=name,
            settings={"MEDIA_PORT": str(port)},
            stop_limit_s=VOICE_STOP_LIMIT_S,
        )

    def _web(self) -> ChildPlan:
        host = _reached_at(self._settings.web_host)
        base = {"MEDIA_PORT": str(self._settings.media_port)}
        return self._plan(
            "web", ReadyPort(host, self._settings.web_port, "/healthz"), settings=base
        )

    def _plan(
        self,
        command: str,
        ready: ReadyPort,
        *,
        name: str = "",
        settings: Mapping[str, str] | None = None,
        start_limit_s: float = START_LIMIT_S,
        stop_limit_s: float = STOP_LIMIT_S,
    ) -> ChildPlan:
        return ChildPlan(
            name=name or command,
            command=(sys.executable, "-m", "prosaasil", command),
            ready=ready,
            environ={**self._environ, **(settings or {})},
            folder=Path.cwd(),
            start_limit_s=start_limit_s,
            stop_limit_s=stop_limit_s,
        )


def show_line(log_stream: Writable, name: str, line: str, *, is_text: bool) -> None:
    """Put a child's line into the one log."""
    if is_text:
        shown = _prefix(name) + line
    elif line.startswith("{"):
        shown = line
    else:
        shown = json.dumps({"process": name, "message": line})
    log_stream.write(f"{shown}\n")


def banner(settings: Settings, login: demo.DemoLogin | None, *, is_ready: bool) -> str:
    """Where to go now, for the person who started it."""
    lines = []
    if is_ready:
        lines += [f"  prosaasil is ready: {settings.public_url}"]
    if login is not None:
        lines += [f"  Sign in as {login.email} with the password {login.password}"]
        lines += ["  (shown this once; `prosaasil user create` makes another login)"]
    if is_ready:
        lines += ["  Press Ctrl-C to stop."]
    return "\n".join(["", *lines, "", ""]) if lines else ""


def _prefix(name: str) -> str:
    return f"{name:<{NAME_WIDTH}} | "


def _reached_at(host: str) -> str:
    """The address at which a listener on this host is reached from this machine."""
    return {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
