"""One engine for all tests that need models, and clients that talk with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import pytest_asyncio
from openai import AsyncOpenAI
from pytest_socket import enable_socket
from speech_client import Client

from prosaasil.kit.config import Settings
from prosaasil.speech.engine import load_engine
from prosaasil.speech.server import SpeechServer

KEY = "a-key-for-tests"
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SpeechServer]:
    enable_socket()
    settings = Settings.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("speech"))})
    server = SpeechServer(lambda: load_engine(settings), key=KEY)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def connect(server: SpeechServer) -> AsyncIterator[Connect]:
    """Opens a session with the official client; its `session.created` has been read."""
    async with AsyncOpenAI(base_url=server.url, api_key=KEY) as openai:

        @asynccontextmanager
        async def opened() -> AsyncIterator[Client]:
            async with openai.realtime.connect(model="prosaasil-embedded") as connection:
                client = Client(connection)
                await client.until("session.created")
                yield client

        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def client(connect: Connect) -> AsyncIterator[Client]:
    async with connect() as client:
        yield client
