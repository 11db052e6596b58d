"""The whole product in a directory of its own, started and stopped as a user does it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from prosaasil.kit.config import TABLE, Settings

from .installation import (
    PROBE_EVERY_S,
    READY_LIMIT_S,
    STOP_LIMIT_S,
    Installation,
    InstallationNotReady,
)

DEMO = "demo"
DEMO_NUMBER = "+97235550100"


class Product:
    """`prosaasil run` on free ports, with no setting of this environment but its own."""

    def __init__(self, directory: Path) -> None:
        web, media, speech = free_ports(3)
        own = {
            "DATA_DIR": str(directory / "data"),
            "WEB_PORT": str(web),
            "MEDIA_PORT": str(media),
            "SPEECH_PORT": str(speech),
        }
        ours = {row.name for row in TABLE}
        self.environ = {n: value for n, value in os.environ.items() if n not in ours} | own
        self.directory = directory
        self.log = directory / "run.log"
        self.installation = Installation(Settings.from_env(own))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def webhook_url(self) -> str:
        return self.installation.webhook_url(DEMO)

    @property
    def media_url(self) -> str:
        return f"ws://127.0.0.1:{self.environ['MEDIA_PORT']}/media"

    def start(self) -> None:
        """Returns once it is ready for calls."""
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "prosaasil", "run"],
                env=self.environ,
                cwd=self.directory,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until_ready(f"{self.installation.local_url}/readyz", self._process)
        except InstallationNotReady:
            self._process.terminate()
            raise InstallationNotReady(self.log.read_text()[-2_000:]) from None

    def stop(self) -> int:
        """Ask it to stop, as a service manager does; its exit code."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(STOP_LIMIT_S)
        finally:
            self._process.kill()


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until the process answers with success; `InstallationNotReady` when it never does."""
    for _ in range(int(READY_LIMIT_S / PROBE_EVERY_S)):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(PROBE_EVERY_S)
    raise InstallationNotReady


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now; chosen together, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
