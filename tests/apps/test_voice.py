"""A voice process with a real Postgres, web application, carrier sockets and a scripted engine."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import msgspec
import pytest
import uvicorn
from postgres_fixture import Server
from sqlalchemy import text

from prosaasil.apps import demo, web
from prosaasil.apps.voice import Voice
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database, notify
from prosaasil.kit.secrets import Secrets, twilio_auth_token
from prosaasil.records import service as records
from prosaasil.records.call import CallDetails
from prosaasil.rig.ear import Ear
from prosaasil.rig.fake_twilio import FakeTwilio, PlacedCall
from prosaasil.rig.phone import Phone, open_stream
from prosaasil.rig.script import Script
from prosaasil.rig.scripted_engine import ScriptedEngine
from prosaasil.rig.voices import Silent
from prosaasil.wire.twilio_http import Hangup

WAIT_S = 20
READY = {"web": b"ready for requests", "voice": b"ready for calls"}
NONSENSE: tuple[object, ...] = ({"call_id": 1}, [], {"call_id": "x", "status": "completed"})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)


@pytest.fixture
async def engine() -> AsyncIterator[ScriptedEngine]:
    async with ScriptedEngine(Script()) as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, engine: ScriptedEngine) -> Settings:
    """Free ports of this machine, and the scripted engine in the provider's place."""
    web_port = free_port()
    return msgspec.structs.replace(
        settings,
        openai_api_key="key",
        openai_base_url=engine.url,
        web_port=web_port,
        media_port=free_port(),
        public_url=f"http://localhost:{web_port}",
    )


class House:
    """A web and a voice process in this one, and a carrier that calls them."""

    def __init__(self, settings: Settings, database: Database, carrier: FakeTwilio) -> None:
        self.settings = settings
        self.database = database
        self.carrier = carrier
        self.voice = Voice(settings)
        self.web_url = f"http://127.0.0.1:{settings.web_port}"
        self.status_url = f"{settings.public_url}/twilio/call-status"

    async def call(self) -> PlacedCall:
        """A caller who is connected and heard."""
        placed = await self.carrier.call(
            f"{self.settings.public_url}/twiml/incoming/demo", called=demo.NUMBER
        )
        assert placed.failures == []
        await until(lambda: len(self.voice.worker.calls) == 1 and placed.ear.heard_ms > 0)
        return placed

    async def recorded(self) -> CallDetails:
        """The one call, once its worker has written it down."""
        async with asyncio.timeout(WAIT_S):
            while True:
                async with self.database.system() as tx:
                    row = (await tx.session.execute(text("SELECT * FROM calls"))).one()
                if row.metrics is not None:
                    break
        async with self.database.tenant(row.business_id) as tenant:
            return await records.details(tenant, row.id)

    async def leases(self) -> int:
        async with self.database.system() as tx:
            count = await tx.session.scalar(text("SELECT count(*) FROM voice_workers"))
        assert isinstance(count, int)
        return count

    async def leased(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while not await self.leases():  # noqa: ASYNC110 - the same
                await asyncio.sleep(0)


@pytest.fixture
async def house(
    settings: Settings, own: Secrets, database: Database, login: demo.DemoLogin
) -> AsyncIterator[House]:
    config = uvicorn.Config(
        web.create_app(settings), port=settings.web_port, log_config=None, ws="none"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    carrier = FakeTwilio(
        twilio_auth_token(settings, own),
        reach=lambda url: url.replace("localhost", "127.0.0.1"),
    )
    async with carrier:
        built = House(settings, database, carrier)
        await built.voice.start()
        await until(lambda: server.started)
        await built.leased()
        yield built
        await built.voice.stop()
    server.should_exit = True
    await serving


async def test_a_call_is_heard_recorded_and_written_down(house: House) -> None:
    placed = await house.call()
    placed.hang_up()

    found = await house.recorded()

    assert found.summary.status == "completed"
    assert found.summary.end_reason == "caller_hung_up"
    assert found.metrics is not None
    assert found.metrics["frames_dropped"] == 0
    recording = house.settings.data_dir / "calls" / str(found.summary.id) / "call.wav"
    assert recording.read_bytes()[:4] == b"RIFF"


async def test_a_terminal_status_ends_the_call_while_the_line_is_open(house: House) -> None:
    placed = await house.call()

    await house.carrier.post_status(placed, house.status_url, "completed")
    async with asyncio.timeout(WAIT_S):
        await placed.ended.wait()

    found = await house.recorded()
    assert found.summary.end_reason == "call_ended"
    assert placed.failures == []


async def test_statuses_on_the_way_do_not_end_a_call(house: House) -> None:
    placed = await house.call()

    await house.carrier.post_statuses(placed, house.status_url, ["initiated", "in-progress"])

    assert not placed.ended.is_set()
    assert len(house.voice.worker.calls) == 1
    placed.hang_up()
    await house.recorded()


async def test_a_status_told_while_nobody_listened_is_late_but_not_lost(
    house: House, postgres: Server
) -> None:
    placed = await house.call()
    postgres.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ILIKE 'listen%'"
    )
    await house.carrier.post_status(placed, house.status_url, "failed")
    async with asyncio.timeout(WAIT_S):
        await placed.ended.wait()

    found = await house.recorded()
    assert (found.summary.status, found.summary.end_reason) == ("failed", "call_ended")


async def test_a_signal_of_nonsense_is_survived(house: House) -> None:
    placed = await house.call()
    async with house.database.system() as tx:
        for payload in NONSENSE:
            await notify(tx, records.CHANNEL, payload)

    await house.carrier.post_status(placed, house.status_url, "completed")
    async with asyncio.timeout(WAIT_S):
        await placed.ended.wait()
    assert (await house.recorded()).summary.end_reason == "call_ended"


async def test_stopping_ends_calls_writes_them_down_and_takes_no_more(house: House) -> None:
    placed = await house.call()

    await house.voice.stop()

    found = await house.recorded()
    assert found.summary.end_reason == "shutdown"
    assert await house.leases() == 0
    async with asyncio.timeout(WAIT_S):
        await placed.ended.wait()
    assert (len(placed.phones), placed.verbs[-1]) == (1, Hangup()), "not resumed: it was meant"
    after = await house.carrier.call(
        f"{house.settings.public_url}/twiml/incoming/demo", called=demo.NUMBER
    )
    assert after.phones == []


async def test_a_softphone_call_is_carried_with_the_browsers_ticket(
    house: House, login: demo.DemoLogin
) -> None:
    async with httpx2.AsyncClient(base_url=house.web_url) as browser:
        await browser.post("/api/session", json={"email": login.email, "password": login.password})
        offer = (await browser.post("/api/softphone/calls", json={"direction": "outbound"})).json()
    phone = Phone(house.carrier.new_ids(), {"ticket": offer["ticket"]}, Silent(), Ear())
    await open_stream(phone, offer["media_url"], "no token: a browser cannot sign")
    await until(lambda: len(house.voice.worker.calls) == 1)
    phone.hang_up()

    found = await house.recorded()
    assert str(found.summary.id) == offer["call_id"]
    assert found.summary.direction.value == "outbound"


async def test_a_ticket_opens_one_stream_only(house: House, login: demo.DemoLogin) -> None:
    async with httpx2.AsyncClient(base_url=house.web_url) as browser:
        await browser.post("/api/session", json={"email": login.email, "password": login.password})
        offer = (await browser.post("/api/softphone/calls", json={})).json()
    phones = [
        Phone(house.carrier.new_ids(), {"ticket": offer["ticket"]}, Silent(), Ear())
        for _ in range(3)
    ]
    for phone in phones:
        await open_stream(phone, offer["media_url"], "")
    async with asyncio.timeout(WAIT_S):
        closed = [asyncio.create_task(phone.closed.wait()) for phone in phones]
        done: set[asyncio.Task[object]] = set()
        while len(done) < 2:
            done, _ = await asyncio.wait(closed, return_when=asyncio.FIRST_COMPLETED)
            done = {task for task in closed if task.done()}
    assert len(house.voice.worker.calls) == 1
    for phone in phones:
        phone.drop()
    await asyncio.gather(*closed)
    await house.recorded()


@pytest.mark.parametrize("process", ["web", "voice"])
async def test_a_process_by_itself_becomes_ready_and_stops_at_sigterm(
    settings: Settings, tmp_path: Path, process: str
) -> None:
    environ = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATA_DIR": str(settings.data_dir),
        "WEB_PORT": str(settings.web_port),
        "MEDIA_PORT": str(settings.media_port),
        "SECRET_KEY": settings.secret_key,
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "prosaasil",
        process,
        env=environ,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert child.stdout is not None
    port = settings.web_port if process == "web" else settings.media_port
    said = b""
    async with asyncio.timeout(3 * WAIT_S), httpx2.AsyncClient() as asker:
        while READY[process] not in said:
            line = await child.stdout.readline()
            assert line, said.decode()
            said += line
        answer = await asker.get(f"http://127.0.0.1:{port}/healthz")
        child.send_signal(signal.SIGTERM)
        rest, _ = await child.communicate()
        said += rest

    assert answer.status_code == 200
    assert child.returncode == 0, said.decode()
    assert "Traceback" not in said.decode()
