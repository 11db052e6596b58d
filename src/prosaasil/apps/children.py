"""The child processes of the supervisor: started, known to be ready, started again, stopped.

Each child is the leader of a session of its own, so that a Ctrl-C at the terminal reaches only the
supervisor, which then stops its children in order; and each is tethered (kit/tether.py), so that it
ends even if the supervisor is killed.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from prosaasil.kit import clock, telemetry, tether
from prosaasil.kit.errors import Fault, Refusal

BACK_OFF_FIRST_S = 0.5
BACK_OFF_LONGEST_S = 30.0
STEADY_AFTER_MS = 60_000
"""A child that has lived this long begins its back-off anew when it dies."""
PROBE_PAUSE_S = 0.1
PROBE_LIMIT_S = 2.0
LAST_LINES_LIMIT_S = 1.0
"""A process that left its group may hold the pipe of a dead child open; we do not wait for it."""
READ_BYTES = 65_536
LINE_BYTES_MAX = 65_536
"""A longer line of a child's log is shown in parts, so that it cannot fill our memory."""

log = telemetry.logger(__name__)

Show = Callable[[str, str], None]
"""Where a child's lines go: its name and the line."""


class ChildDied(Fault):
    """A child ended before it was ready.

    Its last lines in the log above say why.
    """


class ChildLate(Fault):
    """A child was not ready within its time.

    Its last lines in the log above say what it was doing.
    """


class ReadyLine(Struct, frozen=True):
    """The child is ready when a line of its log holds these words."""

    words: str


class ReadyPort(Struct, frozen=True):
    """The child is ready when its port takes connections; with `path`, when that answers 200."""

    host: str
    port: int
    path: str = ""


class ChildPlan(Struct, frozen=True, kw_only=True):
    """What a child is and how it is treated."""

    name: str
    command: Sequence[str]
    ready: ReadyLine | ReadyPort
    environ: Mapping[str, str]
    folder: Path
    start_limit_s: float = 30.0
    stop_limit_s: float = 3.0
    stop_signal: signal.Signals = signal.SIGTERM
    is_tethered: bool = False
    """The command already holds its tether, as Postgres's does with its account."""
    before_start: Callable[[], None] | None = None
    """What must be put right before each start."""


class Child:
    """One child process, through all its lives."""

    def __init__(self, plan: ChildPlan, show: Show) -> None:
        self.name = plan.name
        self._plan = plan
        self._show = show
        self._process: asyncio.subprocess.Process | None = None
        self._pump: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._said_ready = asyncio.Event()
        self._ready_at = 0
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start it, wait until it is ready, and from then on start it again whenever it dies."""
        await self._start_once()
        self._watch = asyncio.create_task(self._keep_alive(), name=f"watch {self.name}")

    async def stop(self) -> None:
        """End it and all that it started; at the limit by force."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        if self._process is None:
            return
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self._plan.stop_signal)
            try:
                async with asyncio.timeout(self._plan.stop_limit_s):
                    await self._process.wait()
            except TimeoutError:
                log.warning("a child did not stop in time and is killed", child=self.name)
        await self._end_group()

    async def kill(self) -> None:
        """End it at once, without asking."""
        if self._watch is not None:
            self._watch.cancel()
        if self._process is not None:
            await self._end_group()

    async def _start_once(self) -> None:
        plan = self._plan
        if plan.before_start is not None:
            plan.before_start()
        command = list(plan.command)
        if not plan.is_tethered:
            command = tether.command(
                command, launcher=os.getpid(), at_death=plan.stop_signal, account=None
            )
        self._said_ready.clear()
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=plan.folder,
            env=dict(plan.environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self._pump = asyncio.create_task(self._show_lines(self._process), name=f"log {self.name}")
        try:
            async with asyncio.timeout(plan.start_limit_s):
                await self._until_ready(self._process)
        except TimeoutError:
            await self._end_group()
            raise ChildLate(
                f"{self.name} was not ready within {plan.start_limit_s:.0f} s."
            ) from None
        self._ready_at = clock.now_ms()

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        ready = asyncio.create_task(self._readiness())
        ended = asyncio.create_task(process.wait())
        try:
            await asyncio.wait([ready, ended], return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
            ended.cancel()
        if not ready.done() or ready.cancelled():
            await self._end_group()
            raise ChildDied(f"{self.name} ended before it was ready ({_told(process.returncode)}).")

    async def _readiness(self) -> None:
        match self._plan.ready:
            case ReadyLine():
                await self._said_ready.wait()
            case ReadyPort(host, port, path):
                await until_port_answers(host, port, path)

    async def _keep_alive(self) -> None:
        wait_s = BACK_OFF_FIRST_S
        while True:
            assert self._process is not None
            code = await self._process.wait()
            if clock.now_ms() - self._ready_at > STEADY_AFTER_MS:
                wait_s = BACK_OFF_FIRST_S
            await self._end_group()
            log.error(
                "a child died and is started again",
                child=self.name,
                how=_told(code),
                wait_s=wait_s,
            )
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, BACK_OFF_LONGEST_S)
            self.restarts += 1
            try:
                await self._start_once()
            except (Fault, Refusal, OSError) as error:
                log.error("a child could not be started again", child=self.name, why=str(error))  # noqa: TRY400 - the reason is known, its traceback says nothing
            else:
                log.info("a child is ready again", child=self.name)

    async def _end_group(self) -> None:
        """Nothing that the child started may outlive it; its last lines are shown."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        if self._pump is not None:
            await asyncio.wait([self._pump], timeout=LAST_LINES_LIMIT_S)

    async def _show_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while chunk := await process.stdout.read(READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > LINE_BYTES_MAX:
                lines.append(rest)
                rest = b""
            for line in lines:
                self._show_line(line)
        if rest:
            self._show_line(rest)

    def _show_line(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self._show(self.name, text)
        if isinstance(self._plan.ready, ReadyLine) and self._plan.ready.words in text:
            self._said_ready.set()


class Children:
    """All children of one supervisor, in the order of their start."""

    def __init__(self, show: Show) -> None:
        self._show = show
        self._children: list[Child] = []

    async def start(self, *plans: ChildPlan) -> None:
        """Start these side by side and wait until all are ready."""
        began_at = clock.now_ms()
        started = [Child(plan, self._show) for plan in plans]
        self._children += started
        await asyncio.gather(*(child.start() for child in started))
        for child in started:
            log.info("a child is ready", child=child.name, after_ms=clock.now_ms() - began_at)

    async def stop(self) -> None:
        """End them one by one, the last started first."""
        while self._children:
            child = self._children[-1]
            log.info("stopping a child", child=child.name)
            await child.stop()
            self._children.remove(child)

    async def kill(self) -> None:
        """End all of them at once."""
        await asyncio.gather(*(child.kill() for child in self._children))


async def supervise(children: Children, start: Callable[[], Coroutine[None, None, None]]) -> None:
    """Start, keep running until SIGINT or SIGTERM, and stop; a second signal stops at once.

    Whatever `start` raises is raised again after all that it had started has ended.
    """
    wishes: asyncio.Queue[signal.Signals] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for wish in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(wish, wishes.put_nowait, wish)
    starting = asyncio.create_task(start(), name="start")
    first_wish = asyncio.create_task(wishes.get())
    try:
        await asyncio.wait([starting, first_wish], return_when=asyncio.FIRST_COMPLETED)
        if starting.done() and starting.exception() is None:
            await first_wish
    finally:
        if first_wish.done():
            log.info("stopping as asked", signal=first_wish.result().name)
        first_wish.cancel()
        await _stop_unless_hurried(children, starting, wishes)
    if starting.done() and not starting.cancelled():
        starting.result()


async def _stop_unless_hurried(
    children: Children, starting: asyncio.Task[None], wishes: asyncio.Queue[signal.Signals]
) -> None:
    async def stop() -> None:
        starting.cancel()
        await asyncio.wait([starting])
        await children.stop()

    stopping = asyncio.create_task(stop(), name="stop")
    hurry = asyncio.create_task(wishes.get())
    await asyncio.wait([stopping, hurry], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        log.warning("stopping at once")
        await children.kill()
        await asyncio.wait([stopping])
    hurry.cancel()


async def until_port_answers(host: str, port: int, path: str) -> None:
    """Wait until someone takes a connection there and, given a path, answers a GET with 200."""
    while True:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(PROBE_LIMIT_S):
                if await _answers(host, port, path):
                    return
        await asyncio.sleep(PROBE_PAUSE_S)


async def _answers(host: str, port: int, path: str) -> bool:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        if not path:
            return True
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        status_line = await reader.readline()
        return b" 200 " in status_line
    finally:
        writer.close()


def _told(code: int | None) -> str:
    if code is None:
        return "still running"
    if code < 0:
        return f"killed: {signal.strsignal(-code)}"
    return f"exit code {code}"
