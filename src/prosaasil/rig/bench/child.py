"""The processes of a load run, and the few words they exchange with it.

A child is `python -m prosaasil.rig.bench.NAME`. It says one JSON line when it is ready and then
answers each JSON line on its standard input with one on its standard output. Whatever the measured
code prints goes to standard error, so that it cannot be mistaken for an answer.
"""

import asyncio
import os
import resource
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from prosaasil.kit.errors import Fault

READY_LIMIT_S = 30
ANSWER_LIMIT_S = 120
STOP_LIMIT_S = 10
LINE_BYTES_MAX = 64 * 1024 * 1024
"""The answers of a run of a thousand calls fit many times over."""

Facts = dict[str, Any]
Answer = Callable[[str, Facts], Awaitable[Facts]]


class ChildFailed(Fault):
    """A process of the load run has ended or does not answer.

    Its log is the named file in the run's directory.
    """


class Child:
    """One process of a load run, seen from the run."""

    def __init__(self, name: str, process: Process, ready: Facts) -> None:
        self.name = name
        self.ready = ready
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    @classmethod
    async def start(cls, name: str, facts: Facts, *, core: int | None, log_dir: Path) -> "Child":
        """Start it, on one core where that is possible, and wait until it is ready."""
        with (log_dir / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"prosaasil.rig.bench.{name}",
                msgspec.json.encode({"core": core, **facts}).decode(),
                stdin=PIPE,
                stdout=PIPE,
                stderr=log,
                limit=LINE_BYTES_MAX,
            )
        child = cls(name, process, {})
        child.ready = await child.heard(READY_LIMIT_S)
        return child

    async def ask(self, question: str, **facts: Any) -> Facts:
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode({"ask": question, **facts}) + b"\n")
        return await self.heard(ANSWER_LIMIT_S)

    async def heard(self, limit_s: float) -> Facts:
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), limit_s)
        except TimeoutError:
            line = b""
        if not line:
            raise ChildFailed(f"The {self.name} process of the load run failed.")
        facts: Facts = msgspec.json.decode(line)
        return facts

    async def stop(self) -> None:
        """End it by closing its input; killed when it does not end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_LIMIT_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def be_child(main: Callable[[Facts], Awaitable[tuple[Facts, Answer]]]) -> None:
    """Be a process of a load run: `main` sets it up and gives its first line and its answers."""
    facts: Facts = msgspec.json.decode(sys.argv[1])
    core = facts.pop("core")
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)

    async def live() -> None:
        first, answer = await main(facts)
        answers.write(msgspec.json.encode(first) + b"\n")
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            asked = msgspec.json.decode(line)
            answers.write(msgspec.json.encode(await answer(asked.pop("ask"), asked)) + b"\n")

    uvloop.run(live())
    # Hundreds of open sockets and their tasks need no farewell: the run is over.
    sys.stderr.flush()
    os._exit(0)


class Usage(msgspec.Struct, frozen=True):
    """What a process has used so far."""

    cpu_ms: float
    memory_kb: int


def usage(pid: int) -> Usage:
    """CPU time of all its threads, and the memory that is its own share."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Usage(ticks * 1_000 / os.sysconf("SC_CLK_TCK"), _memory_kb(pid))


def _memory_kb(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    shares: Mapping[str, int] = {
        name: int(rest.split()[0])
        for name, _, rest in (line.partition(":") for line in rollup.splitlines())
        if rest.strip().endswith("kB")
    }
    return shares["Pss"]
