"""The installation that a test call goes through: the one running here, or one started for it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import httpx2

from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Fault
from prosaasil.kit.secrets import Secrets, twilio_auth_token

READY_LIMIT_S = 120
"""A first start makes a database and loads the speech models."""
STOP_LIMIT_S = 20
PROBE_EVERY_S = 0.25


class InstallationNotReady(Fault):
    """The installation did not become ready.

    Its own output, above or in the named file, says why; `prosaasil doctor` says what is missing.
    """


class Installation:
    """What a carrier must know of an installation: where it listens and how requests are signed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def auth_token(self) -> str:
        return twilio_auth_token(self.settings, Secrets.load(self.settings))

    @property
    def local_url(self) -> str:
        """`web` on this machine, whatever its public address is."""
        host = self.settings.web_host
        local = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
        return f"http://{local}:{self.settings.web_port}"

    def webhook_url(self, business: str) -> str:
        return f"{self.settings.public_url}/twiml/incoming/{business}"

    @property
    def status_url(self) -> str:
        return f"{self.settings.public_url}/twilio/call-status"

    def reach(self, url: str) -> str:
        """A public address of `web` as it is reached from this machine."""
        return url.replace(self.settings.public_url, self.local_url, 1)

    def call_dir(self, call_id: str) -> Path:
        return self.settings.data_dir / "calls" / call_id

    async def is_ready(self) -> bool:
        async with httpx2.AsyncClient(timeout=2) as client:
            try:
                response = await client.get(f"{self.local_url}/readyz")
            except httpx2.HTTPError:
                return False
        return response.status_code == HTTPStatus.OK


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Installation]:
    """The installation that is running with these settings, or one started for the time being."""
    installation = Installation(settings)
    if await installation.is_ready():
        yield installation
        return
    async with started(installation, os.environ):
        yield installation


@asynccontextmanager
async def started(
    installation: Installation, environ: Mapping[str, str], log: Path | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start `prosaasil run`, wait until it is ready, and stop it as a person would."""
    output = None if log is None else log.open("ab")
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "prosaasil",
            "run",
            env=dict(environ),
            stdout=output,
            stderr=output,
        )
    finally:
        if output is not None:
            output.close()
    try:
        await _until_ready(installation, process)
        yield process
    finally:
        await stop(process)


async def _until_ready(installation: Installation, process: asyncio.subprocess.Process) -> None:
    for _ in range(int(READY_LIMIT_S / PROBE_EVERY_S)):
        if process.returncode is not None:
            raise InstallationNotReady(f"`prosaasil run` ended with {process.returncode}.")
        if await installation.is_ready():
            return
        await asyncio.sleep(PROBE_EVERY_S)
    raise InstallationNotReady(f"`prosaasil run` was not ready within {READY_LIMIT_S} s.")


async def stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_LIMIT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
