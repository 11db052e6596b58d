"""Engines on real sockets, and a client that speaks to them as any client would."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import websockets

from prosaasil.kit.config import Settings
from prosaasil.kit.secrets import Secrets, engine_key
from prosaasil.rig.product import free_ports, wait_until_ready
from prosaasil.rig.script import ReplyPlan, Script
from prosaasil.rig.scripted_engine import ScriptedEngine
from prosaasil.rig.sound import frames_of, made_up_speech, read_wav

ANSWER_LIMIT_S = 20
Event = dict[str, Any]

SETTINGS: Event = {
    "type": "realtime",
    "instructions": "You are the agent of a clinic.",
    "output_modalities": ["audio"],
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "gpt-4o-transcribe", "language": "en"},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "create_response": False,
                "interrupt_response": False,
            },
        },
        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
    },
}


class Client:
    """Any realtime client: plain JSON over a WebSocket library that the product does not use."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.heard: list[Event] = []
        self._socket = socket
        self._ids = count(1)

    async def say(self, kind: str, **fields: Any) -> str:
        event_id = f"mine_{next(self._ids)}"
        await self._socket.send(json.dumps({"type": kind, "event_id": event_id, **fields}))
        return event_id

    async def say_raw(self, message: str | bytes) -> None:
        await self._socket.send(message)

    async def hear(self) -> Event:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            event: Event = json.loads(await self._socket.recv())
        self.heard.append(event)
        return event

    async def until(self, *kinds: str) -> Event:
        """The next event of one of these types; what comes before it stays in `heard`."""
        while True:
            event = await self.hear()
            if event["type"] in kinds:
                return event

    async def configured(self) -> None:
        await self.until("session.created")
        await self.say("session.update", session=SETTINGS)
        await self.until("session.updated")

    async def speak(self, mulaw: bytes) -> None:
        for frame in frames_of(mulaw):
            await self.say("input_audio_buffer.append", audio=b64encode(frame).decode())

    def types(self) -> list[str]:
        return [event["type"] for event in self.heard]


class Address:
    """Where an engine listens, and its key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key

    def connect(self) -> websockets.connect:
        return websockets.connect(
            f"{self.url}/realtime?model=gpt-realtime-2.1",
            additional_headers={"Authorization": f"Bearer {self.key}"},
            max_size=None,
        )


@pytest.fixture(scope="session")
def embedded() -> Iterator[Address]:
    """The product's own speech engine, as it runs in production."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        own = {"DATA_DIR": str(Path(directory) / "data"), "SPEECH_PORT": str(free_ports(1)[0])}
        settings = Settings.from_env(own)
        process = subprocess.Popen(
            [sys.executable, "-m", "prosaasil", "speech"], env=os.environ | own, cwd=directory
        )
        try:
            wait_until_ready(f"http://127.0.0.1:{settings.speech_port}/healthz", process)
            key = engine_key(settings, Secrets.load(settings))
            yield Address(settings.engine_url(), key)
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedEngine]:
    """An engine whose replies last three seconds."""
    reply = ReplyPlan(b"".join(made_up_speech(150, seed=9)), text="Good day to you.")
    async with ScriptedEngine(Script(replies=(reply,))) as engine:
        yield engine


@pytest.fixture(params=["scripted", pytest.param("embedded", marks=pytest.mark.speech)])
async def client(request: pytest.FixtureRequest, scripted: ScriptedEngine) -> AsyncIterator[Client]:
    """A configured client of each engine in turn."""
    if request.param == "embedded":
        address = request.getfixturevalue("embedded")
    else:
        address = Address(scripted.url, "any")
    async with address.connect() as socket:
        client = Client(socket)
        await client.configured()
        yield client


@pytest.fixture(scope="session")
def real_speech() -> bytes:
    """A real sentence, so that a real detector takes it for speech."""
    recordings = Path(__file__).parent.parent / "recordings"
    return read_wav(recordings / "transfer.wav")
