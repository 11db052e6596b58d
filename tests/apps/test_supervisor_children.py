"""Children are started in order, kept alive, and leave nothing behind."""

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from prosaasil.apps.children import (
    Child,
    ChildDied,
    ChildLate,
    ChildPlan,
    Children,
    ReadyLine,
    ReadyPort,
)
from prosaasil.apps.machine import draw_ports
from prosaasil.kit.config import Settings

LIMIT_S = 30
pytestmark = pytest.mark.skipif(
    sys.platform != "linux",
    reason="only Linux tells a child of its parent's end",
)

OBEDIENT = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("ready", flush=True)
signal.sigwait([signal.SIGTERM])
print("bye", flush=True)
"""
STUBBORN = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
inner = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print("inner", inner.pid, flush=True)
print("ready", flush=True)
signal.pause()
"""
LISTENING = """
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    tries = 0
    def do_GET(self):
        Answer.tries += 1
        self.send_response(503 if Answer.tries < 3 else 200)
        self.end_headers()
    def log_message(self, *args):
        print("asked", Answer.tries, flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


class Log:
    """The merged log, and a way to wait for a line in it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._grown = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, name: str, line: str) -> None:
        self.lines.append(f"{name}: {line}")
        task = asyncio.create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._grown:
            self._grown.notify_all()

    async def has(self, line: str, times: int = 1) -> None:
        async with asyncio.timeout(LIMIT_S), self._grown:
            await self._grown.wait_for(lambda: self.lines.count(line) >= times)


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def children(log: Log) -> AsyncIterator[Children]:
    all_of_them = Children(log.show)
    yield all_of_them
    await all_of_them.kill()


def plan(name: str, code: str, *arguments: str, **more: object) -> ChildPlan:
    fields = {
        "name": name,
        "command": (sys.executable, "-c", code, *arguments),
        "ready": ReadyLine("ready"),
        "environ": dict(os.environ),
        "folder": Path.cwd(),
    }
    return ChildPlan(**{**fields, **more})  # type: ignore[arg-type]


def ends(pid: int) -> bool:
    """Whether this process has ended or does so now: one that is killed takes its moment."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    has_ended, _, _ = select.select([process], [], [], LIMIT_S)
    os.close(process)
    return bool(has_ended)


async def test_children_stop_in_reverse_order(children: Children, log: Log) -> None:
    await children.start(plan("first", OBEDIENT))
    await children.start(plan("second", OBEDIENT), plan("third", OBEDIENT))
    await children.stop()
    assert [line for line in log.lines if "bye" in line] == [
        "third: bye",
        "second: bye",
        "first: bye",
    ]


async def test_a_child_that_dies_is_started_again(log: Log) -> None:
    child = Child(plan("one", OBEDIENT), log.show)
    await child.start()
    first = child.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await log.has("one: ready", times=2)
    assert child.pid != first
    assert child.restarts == 1
    await child.stop()


async def test_a_child_that_does_not_stop_is_killed_with_all_that_it_started(log: Log) -> None:
    child = Child(plan("one", STUBBORN, stop_limit_s=0.2), log.show)
    await child.start()
    assert child.pid is not None
    inner = int(next(line for line in log.lines if "inner" in line).rsplit(" ", 1)[1])
    await child.stop()
    assert ends(child.pid)
    assert ends(inner)


async def test_a_child_that_dies_before_it_is_ready_is_said_so(children: Children) -> None:
    with pytest.raises(ChildDied, match=r"bad ended before it was ready \(exit code 3\)"):
        await children.start(plan("bad", "raise SystemExit(3)"))


async def test_a_child_that_is_not_ready_in_time_is_ended(children: Children) -> None:
    with pytest.raises(ChildLate, match="slow was not ready within 0 s"):
        await children.start(plan("slow", "import signal; signal.pause()", start_limit_s=0.2))


async def test_a_port_is_ready_when_its_health_says_so(children: Children, log: Log) -> None:
    settings = Settings.from_env({"WEB_PORT": "0"})
    port = int(draw_ports(settings)["WEB_PORT"])
    ready = ReadyPort("127.0.0.1", port, "/healthz")
    await children.start(plan("web", LISTENING, str(port), ready=ready))
    assert "web: asked 3" in log.lines


async def test_a_very_long_line_is_shown_in_parts(children: Children, log: Log) -> None:
    code = "print('x' * 1_000_000); print('ready', flush=True); import signal; signal.pause()"
    await children.start(plan("long", code))
    parts = [line.removeprefix("long: ") for line in log.lines if "xxx" in line]
    assert sum(len(part) for part in parts) == 1_000_000
    assert max(len(part) for part in parts) < 200_000


SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from prosaasil.apps.children import Children, ChildPlan, ReadyLine, supervise
from prosaasil.kit import telemetry

telemetry.configure("run", level="info", text=True)
children = Children(lambda name, line: print(name, line, flush=True))

async def start():
    for name in ("first", "second"):
        plan = ChildPlan(name=name, command=(sys.executable, "-c", sys.argv[1]), environ={},
                         folder=Path("/"), ready=ReadyLine("ready"),
                         stop_limit_s=float(sys.argv[2]))
        await children.start(plan)
        print("pid", children._children[-1].pid, flush=True)
    print("all ready", flush=True)

asyncio.run(supervise(children, start))
print("done", flush=True)
"""


def supervisor(code: str, stop_limit_s: float = 5) -> tuple[subprocess.Popen[str], list[int]]:
    """A supervisor process with two children, once both are ready; and the children's ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, code, str(stop_limit_s)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    pids: list[int] = []
    for line in process.stdout:
        pids += map(int, re.findall(r"(?:pid|inner) (\d+)$", line))
        if "all ready" in line:
            return process, pids
    raise AssertionError("the supervisor ended")


@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_and_leaves_nothing(wish: signal.Signals) -> None:
    process, pids = supervisor(OBEDIENT)
    process.send_signal(wish)
    output, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0
    assert output.index("second bye") < output.index("first bye") < output.index("done")
    assert all(map(ends, pids))


def test_a_second_signal_stops_at_once() -> None:
    process, pids = supervisor(STUBBORN, stop_limit_s=600)
    process.send_signal(signal.SIGINT)
    assert process.stdout is not None
    assert any("stopping a child" in line for line in process.stdout)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT_S)
    assert len(pids) == 4
    assert all(map(ends, pids))


def test_children_end_with_a_supervisor_that_is_killed() -> None:
    process, pids = supervisor(OBEDIENT)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert all(map(ends, pids))
