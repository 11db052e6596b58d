"""What the machine must offer before anything is started: the folder to itself, ports, room.

Each lack is a refusal that names the setting to change.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from prosaasil.kit import clock
from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Refusal

FREE_BYTES_MIN = 300 * 1024 * 1024
"""Below this Postgres may stop in the middle of a call; an empty database takes some 50 MB."""
FREE_BYTES_COMFORTABLE = 2 * 1024 * 1024 * 1024
"""About 35 hours of recordings; `prosaasil doctor` warns below it."""
LOCK_NAME = "run.lock"
PORT_DRAWS_MAX = 50
PORT_POLL_S = 0.1
ORPHANS_PATIENCE_MS = 10_000
"""How long the children of a supervisor that was killed may keep their ports."""


class AlreadyRunning(Refusal):
    """Another `prosaasil run` uses this DATA_DIR."""

    def __init__(self, data_dir: Path, pid: str) -> None:
        super().__init__(
            f"prosaasil already runs on {data_dir} (process {pid or 'unknown'}).",
            remedy="Stop that one first, or set DATA_DIR to another folder.",
        )


class PortTaken(Refusal):
    """A port that is needed cannot be listened on."""

    def __init__(self, need: "PortNeed", problem: str) -> None:
        super().__init__(
            f"{need.what} cannot listen on {need.host}, port {need.port}: {problem}.",
            remedy=f"Set {need.setting} to a free port, or end what uses it.",
        )


class DiskFull(Refusal):
    """There is too little room for the database and recordings."""

    def __init__(self, data_dir: Path, free_bytes: int) -> None:
        super().__init__(
            f"The disk of {data_dir} has only {_megabytes(free_bytes)} left; at least "
            f"{_megabytes(FREE_BYTES_MIN)} are needed.",
            remedy="Make room, or set DATA_DIR to a folder on another disk.",
        )


class PortNeed(Struct, frozen=True):
    """A port that a process will listen on, and the setting that says which."""

    what: str
    setting: str
    host: str
    port: int


@contextlib.contextmanager
def hold(data_dir: Path) -> Iterator[bool]:
    """Keep DATA_DIR to ourselves; the kernel lets go of it however this process ends.

    Yields whether the run before this one was cut short: a clean end empties the file.
    """
    with (data_dir / LOCK_NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(data_dir, file.read().strip()) from None
        file.seek(0)
        was_cut_short = bool(file.read())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield was_cut_short
        finally:
            file.truncate(0)


def is_held(data_dir: Path) -> bool:
    """Whether a `prosaasil run` uses this DATA_DIR now."""
    try:
        with (data_dir / LOCK_NAME).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def port_needs(settings: Settings) -> list[PortNeed]:
    """All ports that `run` needs with these settings."""
    needs = [PortNeed("The web server", "WEB_PORT", settings.web_host, settings.web_port)]
    for number in range(settings.voice_workers):
        port = settings.media_port + number
        needs.append(
            PortNeed(f"Voice worker {number + 1}", "MEDIA_PORT", settings.media_host, port)
        )
    if settings.uses_own_engine:
        needs.append(
            PortNeed("The speech engine", "SPEECH_PORT", "127.0.0.1", settings.speech_port)
        )
    return needs


def check_ports(needs: Sequence[PortNeed], *, patience_ms: int = 0) -> None:
    """Refuse if two want the same port, or someone else has one already.

    With patience a port may become free meanwhile: the children of a supervisor that was killed
    need a moment to end.
    """
    started_at = clock.now_ms()
    wanted: dict[int, PortNeed] = {}
    for need in needs:
        if need.port in wanted:
            raise PortTaken(need, f"{wanted[need.port].setting} asks for the same port")
        wanted[need.port] = need
        while problem := problem_with(need):
            if clock.now_ms() - started_at >= patience_ms:
                raise PortTaken(need, problem)
            time.sleep(PORT_POLL_S)


def problem_with(need: PortNeed) -> str:
    """Why this port cannot be listened on; empty if it can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            need.host, need.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        return f"{need.host} is not an address of this machine"
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                return "another program uses it"
            case errno.EACCES:
                return "ports below 1024 are for root"
            case errno.EADDRNOTAVAIL:
                return f"{need.host} is not an address of this machine"
            case _:
                return str(error.strerror)
    return ""


def draw_ports(settings: Settings) -> dict[str, str]:
    """Free ports in place of those that are set to 0: the settings to change.

    The voice workers need consecutive ones, so that is drawn until it fits.
    """
    drawn: dict[str, str] = {}
    if settings.web_port == 0:
        drawn["WEB_PORT"] = str(_free_port(settings.web_host))
    if settings.speech_port == 0:
        drawn["SPEECH_PORT"] = str(_free_port("127.0.0.1"))
    if settings.media_port == 0:
        drawn["MEDIA_PORT"] = str(_free_row(settings.media_host, settings.voice_workers))
    return drawn


def check_disk(data_dir: Path, free_bytes: int) -> None:
    if free_bytes < FREE_BYTES_MIN:
        raise DiskFull(data_dir, free_bytes)


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _free_row(host: str, length: int) -> int:
    for _ in range(PORT_DRAWS_MAX):
        first = _free_port(host)
        row = (PortNeed("", "", host, first + number) for number in range(length))
        if not any(map(problem_with, row)):
            return first
    raise Refusal(
        f"No {length} free ports in a row were found.", remedy="Set MEDIA_PORT to the first one."
    )


def _megabytes(number: int) -> str:
    return f"{number // 1024**2} MB"
