"""The web process: the API, the carrier's webhooks and the dashboard, on uvicorn."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from prosaasil.accounts import http as accounts
from prosaasil.accounts.passwords import Passwords
from prosaasil.apps import twiml, web_limits, web_pages, web_softphone
from prosaasil.apps.database import open_database
from prosaasil.kit import telemetry
from prosaasil.kit.config import Settings
from prosaasil.kit.db import DatabaseUnreachable
from prosaasil.kit.http import add_error_handlers
from prosaasil.kit.secrets import Secrets
from prosaasil.records import http as records
from prosaasil.records import workers

DRAIN_LIMIT_S = 10
"""Requests under way at a stop may finish within this; the longest is a webhook's wait."""
ENGINE_LIMIT_S = 1.0
BACKLOG = 2048
START_FAILED = 3

log = telemetry.logger(__name__)
router = APIRouter(include_in_schema=False)


def create_app(settings: Settings, static: Path = web_pages.STATIC) -> FastAPI:
    """The application; it closes the database when it stops."""
    database = open_database(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with database:
            yield

    app = FastAPI(
        title="prosaasil",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=_operation_id,
    )
    app.state.database = database
    app.state.settings = settings
    app.state.secrets = Secrets.load(settings)
    app.state.passwords = Passwords()
    app.state.static = static
    add_error_handlers(app)
    app.add_middleware(web_limits.BodyLimit)
    app.add_middleware(web_pages.SecurityHeaders, settings=settings)
    for part in (accounts, records, web_softphone, twiml):
        app.include_router(part.router)
    app.include_router(router)
    app.include_router(web_pages.router)  # last: it has an answer to every address
    return app


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; then let requests end, and end."""
    text = telemetry.is_text(settings.log_format)
    telemetry.configure("web", level=settings.log_level, text=text)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.web_host,
        port=settings.web_port,
        loop="uvloop",
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_LIMIT_S,
    )
    server = Server(config)
    server.run()
    if not server.started:
        raise SystemExit(START_FAILED)


class Server(uvicorn.Server):
    """Ends by itself when it was told to; uvicorn's own would end by the signal it was sent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        for wish in (signal.SIGTERM, signal.SIGINT):
            signal.signal(wish, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("ready for requests", port=self.config.port)


@router.get("/healthz")
async def healthz() -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether a call could be taken now, and what is missing if not."""
    settings = accounts.settings_of(request)
    lacks = []
    try:
        async with asyncio.timeout(ENGINE_LIMIT_S):
            database = accounts.database_of(request)
            await database.check()
            async with database.system() as tx:
                alive = await workers.alive(tx)
        if alive == 0:
            lacks.append("voice worker")
    except (DatabaseUnreachable, TimeoutError):
        lacks.append("database")
    if not await _engine_answers(settings):
        lacks.append("engine")
    answer = {"status": "ready" if not lacks else "not ready", "lacks": lacks}
    return JSONResponse(answer, 503 if lacks else 200)


@router.get("/metrics")
async def metrics() -> Response:
    content, kind = telemetry.render_metrics()
    return Response(content, media_type=kind)


async def _engine_answers(settings: Settings) -> bool:
    """Whether somebody listens where the engine is said to be; no session is opened for it."""
    parts = urlsplit(settings.engine_url())
    port = parts.port or (443 if parts.scheme == "wss" else 80)
    try:
        async with asyncio.timeout(ENGINE_LIMIT_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _operation_id(route: APIRoute) -> str:
    return route.name
