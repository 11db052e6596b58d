"""The API and the pages: sign-in, softphone calls, the list of calls, recordings, readiness."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import msgspec
import pytest
from sqlalchemy import text
from web_fixture import PUBLIC_URL

from prosaasil.accounts import service as accounts
from prosaasil.accounts.passwords import Passwords
from prosaasil.apps import demo, web
from prosaasil.apps.web_limits import BODY_BYTES_MAX
from prosaasil.call.briefing import Direction
from prosaasil.kit.clock import utc_now
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets, TicketRefused
from prosaasil.records import service as records
from prosaasil.records import workers
from prosaasil.records.call import Ending, Kind, SpokenTurn
from prosaasil.records.workers import VoiceWorker

NO_CALL = UUID(int=7)
WORKER = VoiceWorker(uuid4(), "ws://127.0.0.1:8083/media", "ws://127.0.0.1:8083/softphone")
WAV = b"RIFF" + bytes(range(256)) * 8


@pytest.fixture
async def person(client: httpx2.AsyncClient, login: demo.DemoLogin) -> httpx2.AsyncClient:
    """A browser in which the demo's owner is signed in."""
    answer = await client.post(
        "/api/session", json={"email": login.email, "password": login.password}
    )
    assert answer.status_code == 200
    return client


@pytest.fixture
async def voice_worker(database: Database) -> VoiceWorker:
    async with database.system() as tx:
        await workers.beat(tx, WORKER, 0)
    return WORKER


async def finished_call(
    person: httpx2.AsyncClient, database: Database, own: Secrets, direction: str = "inbound"
) -> UUID:
    offer = (await person.post("/api/softphone/calls", json={"direction": direction})).json()
    async with database.system() as tx:
        claimed = await records.claim(
            tx,
            own,
            offer["ticket"],
            Kind.SOFTPHONE,
            carrier_call_sid="",
            stream_sid="MZ",
            now=utc_now(),
        )
    ending = Ending(
        reason="silence",
        duration_ms=2_000,
        metrics={"avg_fps": 50.0, "frames_dropped": 0},
        turns=[SpokenTurn("agent", "i", "שלום", 0)],
    )
    async with database.tenant(claimed.business_id) as tenant:
        await records.finish(tenant, claimed.call_id, ending)
    return claimed.call_id


async def test_signing_in_gives_a_cookie_that_scripts_cannot_read(
    client: httpx2.AsyncClient, login: demo.DemoLogin
) -> None:
    answer = await client.post(
        "/api/session", json={"email": f"  {login.email.upper()} ", "password": login.password}
    )

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" in cookie
    assert answer.json()["businesses"][0]["slug"] == "demo"
    assert answer.json()["engine"] == "embedded"
    assert (await client.get("/api/session")).json() == answer.json()


@pytest.mark.parametrize(
    "credentials",
    [("demo@prosaasil.local", "wrong password"), ("nobody@example.com", "wrong password")],
)
async def test_a_wrong_password_and_an_unknown_user_are_answered_alike(
    client: httpx2.AsyncClient, login: demo.DemoLogin, credentials: tuple[str, str]
) -> None:
    email, password = credentials
    answer = await client.post("/api/session", json={"email": email, "password": password})

    assert answer.status_code == 401
    assert answer.json()["error"] == "sign_in_refused"
    assert "set-cookie" not in answer.headers


async def test_after_many_attempts_even_the_right_password_must_wait(
    client: httpx2.AsyncClient, login: demo.DemoLogin
) -> None:
    wrong = {"email": login.email, "password": "wrong password"}
    statuses = [
        (await client.post("/api/session", json=wrong)).status_code
        for _ in range(accounts.ATTEMPTS_OF_ONE_PERSON_MAX + 1)
    ]
    right = await client.post(
        "/api/session", json={"email": login.email, "password": login.password}
    )

    assert set(statuses[:-1]) == {401}
    assert statuses[-1] == 429
    assert right.status_code == 429


async def test_signing_out_ends_the_session_on_the_server(person: httpx2.AsyncClient) -> None:
    stolen = dict(person.cookies)
    assert (await person.delete("/api/session")).status_code == 204
    assert (await person.delete("/api/session")).status_code == 204

    person.cookies.update(stolen)
    assert (await person.get("/api/session")).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/session"),
        ("GET", "/api/calls"),
        ("GET", f"/api/calls/{NO_CALL}"),
        ("GET", f"/api/calls/{NO_CALL}/recording"),
        ("POST", "/api/softphone/calls"),
    ],
)
async def test_nothing_is_told_to_who_is_not_signed_in(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    client.cookies.set("prosaasil_session", "made up")
    answer = await client.request(method, path, json={} if method == "POST" else None)

    assert answer.status_code == 401
    assert answer.json()["error"] == "sign_in_required"


@pytest.mark.parametrize("direction", ["inbound", "outbound"])
async def test_a_softphone_call_is_offered_with_a_ticket_and_an_address(
    person: httpx2.AsyncClient,
    voice_worker: VoiceWorker,
    database: Database,
    own: Secrets,
    direction: str,
) -> None:
    answer = await person.post("/api/softphone/calls", json={"direction": direction})

    offer = answer.json()
    assert answer.status_code == 201
    assert offer["media_url"] == "wss://voice.example.com:8083/softphone"
    async with database.system() as tx:
        claimed = await records.claim(
            tx,
            own,
            offer["ticket"],
            Kind.SOFTPHONE,
            carrier_call_sid="CAbrowser",
            stream_sid="MZ",
            now=utc_now(),
        )
    assert str(claimed.call_id) == offer["call_id"]
    assert claimed.briefing.direction is Direction(direction)


async def test_a_softphones_ticket_opens_no_carriers_socket(
    person: httpx2.AsyncClient, voice_worker: VoiceWorker, database: Database, own: Secrets
) -> None:
    offer = (await person.post("/api/softphone/calls", json={})).json()

    with pytest.raises(TicketRefused):
        async with database.system() as tx:
            await records.claim(
                tx,
                own,
                offer["ticket"],
                Kind.CARRIER,
                carrier_call_sid="CA1",
                stream_sid="MZ",
                now=utc_now(),
            )


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:8080", "ws://localhost:8083/softphone"),
        ("192.168.1.5:8080", "ws://192.168.1.5:8083/softphone"),
        ("[::1]:8080", "ws://[::1]:8083/softphone"),
        ('bad"host', "ws://127.0.0.1:8083/softphone"),
    ],
)
async def test_the_media_address_follows_the_host_the_browser_used(
    settings: Settings, login: demo.DemoLogin, voice_worker: VoiceWorker, host: str, address: str
) -> None:
    app = web.create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost:8080", headers={"host": host}
        ) as browser:
            credentials = {"email": login.email, "password": login.password}
            cookie = (await browser.post("/api/session", json=credentials)).headers["set-cookie"]
            headers = {"cookie": cookie.partition(";")[0]}
            answer = await browser.post("/api/softphone/calls", json={}, headers=headers)
    assert answer.json()["media_url"] == address


async def test_a_configured_media_address_is_used_as_it_is(
    settings: Settings, login: demo.DemoLogin, voice_worker: VoiceWorker
) -> None:
    configured = msgspec.structs.replace(settings, media_url="wss://media.example.com/{port}")
    app = web.create_app(configured)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as browser:
            credentials = {"email": login.email, "password": login.password}
            await browser.post("/api/session", json=credentials)
            answer = await browser.post("/api/softphone/calls", json={})
    assert answer.json()["media_url"] == WORKER.softphone_url
    assert "wss://media.example.com" in answer.headers["content-security-policy"]


async def test_without_a_voice_worker_the_softphone_says_so(person: httpx2.AsyncClient) -> None:
    answer = await person.post("/api/softphone/calls", json={"direction": "inbound"})

    assert answer.status_code == 503
    assert answer.json()["error"] == "no_voice_worker"


async def test_a_softphone_call_without_a_prompt_is_refused(
    person: httpx2.AsyncClient, voice_worker: VoiceWorker, database: Database
) -> None:
    async with database.system() as tx:
        await tx.session.execute(text("DELETE FROM prompts WHERE direction = 'outbound'"))

    answer = await person.post("/api/softphone/calls", json={"direction": "outbound"})

    assert (answer.status_code, answer.json()["error"]) == (409, "prompt_missing")


@pytest.mark.parametrize("wish", [{"direction": "sideways"}, {"business": "x"}, []])
async def test_a_wish_that_makes_no_sense_is_refused(
    person: httpx2.AsyncClient, wish: object
) -> None:
    assert (await person.post("/api/softphone/calls", json=wish)).status_code == 422


async def test_calls_are_listed_page_by_page(
    person: httpx2.AsyncClient, voice_worker: VoiceWorker, database: Database, own: Secrets
) -> None:
    made = [await finished_call(person, database, own) for _ in range(3)]

    first = (await person.get("/api/calls", params={"limit": 2})).json()
    second = (
        await person.get("/api/calls", params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()

    listed = [UUID(call["id"]) for call in first["calls"] + second["calls"]]
    assert listed == made[::-1]
    assert second["next_cursor"] is None


async def test_a_call_is_shown_with_what_was_said(
    person: httpx2.AsyncClient, voice_worker: VoiceWorker, database: Database, own: Secrets
) -> None:
    call_id = await finished_call(person, database, own)

    shown = (await person.get(f"/api/calls/{call_id}")).json()

    assert shown["turns"] == [{"role": "agent", "item_id": "i", "text": "שלום", "at_ms": 0}]
    assert shown["metrics"] == {"avg_fps": 50.0, "frames_dropped": 0}
    assert (shown["status"], shown["end_reason"]) == ("completed", "silence")
    assert shown["has_recording"] is False
    assert (await person.get(f"/api/calls/{call_id}/recording")).status_code == 404


async def test_a_recording_answers_range_requests(
    person: httpx2.AsyncClient,
    voice_worker: VoiceWorker,
    database: Database,
    own: Secrets,
    settings: Settings,
) -> None:
    call_id = await finished_call(person, database, own)
    folder = settings.data_dir / "calls" / str(call_id)
    folder.mkdir(parents=True)
    (folder / "call.wav").write_bytes(WAV)

    whole = await person.get(f"/api/calls/{call_id}/recording")
    part = await person.get(f"/api/calls/{call_id}/recording", headers={"range": "bytes=4-9"})

    assert (whole.status_code, whole.content) == (200, WAV)
    assert whole.headers["content-type"] == "audio/wav"
    assert (part.status_code, part.content) == (206, WAV[4:10])


async def test_another_businesss_calls_are_not_there(
    person: httpx2.AsyncClient,
    voice_worker: VoiceWorker,
    database: Database,
    own: Secrets,
    settings: Settings,
) -> None:
    call_id = await finished_call(person, database, own)
    folder = settings.data_dir / "calls" / str(call_id)
    folder.mkdir(parents=True)
    (folder / "call.wav").write_bytes(WAV)
    async with database.system() as tx:
        await accounts.create_user(
            tx, Passwords(), email="other@example.com", name="Other", password="long enough"
        )
    await person.post(
        "/api/session", json={"email": "other@example.com", "password": "long enough"}
    )
    async with database.system() as tx:
        demo_id = await tx.session.scalar(text("SELECT id FROM businesses"))

    for path in ("", f"/{call_id}", f"/{call_id}/recording"):
        for query in ("", f"?business={demo_id}", f"?business={uuid4()}"):
            assert (await person.get(f"/api/calls{path}{query}")).status_code == 404
    assert (
        await person.post("/api/softphone/calls", json={"business": str(demo_id)})
    ).status_code == 404


async def test_a_session_ends_by_itself(person: httpx2.AsyncClient, database: Database) -> None:
    async with database.system() as tx:
        await tx.session.execute(
            text("UPDATE sign_in_sessions SET expires_at = now() - :ago"),
            {"ago": timedelta(seconds=1)},
        )
    assert (await person.get("/api/session")).status_code == 401


async def test_alive_is_not_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert "voice worker" in ready.json()["lacks"]


async def test_ready_when_database_worker_and_engine_are_there(
    settings: Settings, voice_worker: VoiceWorker
) -> None:
    engine = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = engine.sockets[0].getsockname()[1]
    app = web.create_app(msgspec.structs.replace(settings, speech_port=port))
    async with engine, app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as asker:
            ready = await asker.get("/readyz")
    assert (ready.status_code, ready.json()["lacks"]) == (200, [])


async def test_a_lost_database_is_not_ready_and_an_incident(
    settings: Settings, tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        gone = msgspec.structs.replace(
            settings, database_url=f"postgresql://nobody@127.0.0.1:{port}/gone"
        )
        app = web.create_app(gone)
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as asker:
                asker.cookies.set("prosaasil_session", "x")
                ready = await asker.get("/readyz")
                session = await asker.get("/api/session")
    assert "database" in ready.json()["lacks"]
    assert session.status_code in {500, 503}
    assert session.json()["error"] == "incident"


async def test_metrics_are_at_their_address_without_a_redirect(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/metrics")

    assert answer.status_code == 200
    assert "calls_refused" in answer.text


async def test_openapi_names_operations_plainly(client: httpx2.AsyncClient) -> None:
    described = (await client.get("/api/openapi.json")).json()

    operations = {
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
    }
    assert operations == {
        "sign_in",
        "sign_out",
        "get_session",
        "list_calls",
        "get_call",
        "get_recording",
        "start_softphone_call",
    }


async def test_pages_say_when_they_have_not_been_built(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/")

    assert answer.status_code == 503
    assert "make run" in answer.text


@pytest.mark.parametrize("path", ["/", "/calls", "/calls/1?x=y"])
async def test_every_address_of_the_dashboard_is_its_page(
    client: httpx2.AsyncClient, tmp_path: Path, path: str
) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("the dashboard")

    answer = await client.get(path)

    assert answer.text == "the dashboard"
    assert answer.headers["cache-control"] == "no-cache"


async def test_assets_are_cached_for_good_and_missing_ones_are_missing(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("the dashboard")
    (tmp_path / "static" / "assets" / "app-1.js").write_text("1")
    (tmp_path / "secret").write_text("secret")

    assert "immutable" in (await client.get("/assets/app-1.js")).headers["cache-control"]
    for path in ("/assets/app-2.js", "/api/nothing", "/twilio/nothing"):
        assert (await client.get(path)).status_code == 404
    for path in ("/../secret", "/%2e%2e/secret", "/assets/..%2f..%2fsecret"):
        assert "secret" not in (await client.get(path)).text


async def test_a_body_without_an_end_is_not_read_to_it(client: httpx2.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65_536
            yield b" " * 65_536

    headers = {"content-type": "application/json"}
    answer = await client.post("/api/session", content=endless(), headers=headers)

    assert answer.status_code == 413
    assert read < 4 * BODY_BYTES_MAX


async def test_every_answer_carries_the_security_headers(client: httpx2.AsyncClient) -> None:
    for path in ("/", "/healthz", "/api/session", "/twiml/nothing"):
        headers = (await client.get(path)).headers
        assert "wss://voice.example.com:*" in headers["content-security-policy"]
        assert headers["permissions-policy"].startswith("microphone=(self)")
        assert headers["x-content-type-options"] == "nosniff"


def test_without_a_database_web_says_what_to_do(settings: Settings) -> None:
    with pytest.raises(Refusal) as refused:
        web.create_app(msgspec.structs.replace(settings, database_url=""))
    assert "DATABASE_URL" in refused.value.remedy
