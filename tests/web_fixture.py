"""The web application over ASGI with a real Postgres, and a carrier that signs its webhooks."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from prosaasil.apps import demo, web
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database
from prosaasil.kit.secrets import Secrets, twilio_auth_token
from prosaasil.wire import twilio_http
from prosaasil.wire.twilio_http import Form

PUBLIC_URL = "https://voice.example.com"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings.from_env(
        {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(tmp_path / "data"),
            "PUBLIC_URL": PUBLIC_URL,
            "SECRET_KEY": "the secret key of the tests",
        }
    )


@pytest.fixture
def own(settings: Settings) -> Secrets:
    return Secrets.load(settings)


@pytest.fixture
async def login(database: Database) -> demo.DemoLogin:
    """The demo business is there; this is who may sign in."""
    made = await demo.seed(database)
    assert made is not None
    return made


@pytest.fixture
async def client(settings: Settings, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of the web application, without a dashboard build."""
    app = web.create_app(settings, static=tmp_path / "static")
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as opened:
            yield opened


class Carrier:
    """Posts signed webhooks, as Twilio does."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self._client = client
        self._token = token

    async def post(
        self, path: str, form: Form, *, base: str = PUBLIC_URL, signature: str | None = None
    ) -> httpx2.Response:
        made = twilio_http.signature(self._token, base + path, form)
        headers = {
            "content-type": twilio_http.FORM_TYPE,
            twilio_http.SIGNATURE_HEADER: made if signature is None else signature,
        }
        return await self._client.post(path, content=twilio_http.form_body(form), headers=headers)


@pytest.fixture
def carrier(client: httpx2.AsyncClient, settings: Settings, own: Secrets) -> Carrier:
    return Carrier(client, twilio_auth_token(settings, own))
