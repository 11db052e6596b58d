"""The embedded engine's server: the realtime protocol on 127.0.0.1.

How to run it, from a composition root inside an event loop (uvloop preferred):

    from prosaasil.speech.server import serve

    await serve(settings, ready=callback, stop=event)

`serve` listens on `settings.speech_port` at once, loads the models, calls `ready()` and returns
after `stop` is set and all sessions are closed. `GET /healthz` answers 503 until then, 200 after.
The realtime socket is `/v1/realtime?model=...`; its key is `Secrets.load(settings)`'s
"engine key", as `kit.secrets.engine_key` gives it to the voice workers.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import picows
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

from prosaasil.kit import clock
from prosaasil.kit.config import Settings
from prosaasil.kit.secrets import Secrets
from prosaasil.kit.telemetry import logger
from prosaasil.speech.engine import Engine, load_engine
from prosaasil.speech.outlet import Outlet
from prosaasil.speech.session import RealtimeSession
from prosaasil.wire.openai_realtime import ErrorDetail, ErrorEvent
from prosaasil.wire.openai_realtime.client import CLIENT_MESSAGE_BYTES_MAX

PATH: Final = "/v1/realtime"
SESSIONS_MAX: Final = 64
"""More callers than this would wait for an answer longer than they are willing to."""
SESSION_S_MAX: Final = 3_600
"""The real service ends a session after an hour."""
INBOX_MAX: Final = 500
"""A client that says more than is carried out is not read until half of it is."""
QUIET: Final = logging.Logger("picows", logging.CRITICAL + 1)  # noqa: LOG001 - goes nowhere
_log = logger("speech.server")


class SpeechServer:
    """The engine behind a port; `start` it, wait for `ready`, `stop` it."""

    def __init__(
        self,
        load: Callable[[], Awaitable[Engine]],
        *,
        key: str,
        host: str = "127.0.0.1",
        port: int = 0,
        now: Callable[[], datetime] = clock.utc_now,
        sessions_max: int = SESSIONS_MAX,
        session_s_max: int = SESSION_S_MAX,
    ) -> None:
        assert key, "the engine is not left open to other users of this machine"
        self.ready = asyncio.Event()
        self.now = now
        self.session_s_max = session_s_max
        self._load = load
        self._key = key.encode()
        self._host = host
        self._port = port
        self._sessions_max = sessions_max
        self._server: asyncio.Server | None = None
        self._engine: Engine | None = None
        self._clients: set[_Client] = set()

    @property
    def engine(self) -> Engine:
        assert self._engine is not None, "wait for `ready`"
        return self._engine

    @property
    def port(self) -> int:
        """The port it listens on, chosen by the system if none was named."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """What a realtime client is given as its base address."""
        return f"http://{self._host}:{self.port}/v1"

    @property
    def sessions(self) -> int:
        return len(self._clients)

    async def start(self) -> None:
        """Listen, then load; whoever comes in between is told to come back."""
        self._server = await picows.ws_create_server(
            self._welcome,
            self._host,
            self._port,
            max_frame_size=CLIENT_MESSAGE_BYTES_MAX,
            logger_name=QUIET,
        )
        self._engine = await self._load()
        self.ready.set()
        _log.info("the speech engine is ready", port=self.port, demo=self._engine.is_demo)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        clients = list(self._clients)
        for client in clients:
            client.leave(WSCloseCode.GOING_AWAY)
        await asyncio.gather(*(client.gone.wait() for client in clients))
        if self._server is not None:
            await self._server.wait_closed()
        if self._engine is not None:
            await self._engine.close()

    def joined(self, client: "_Client") -> None:
        self._clients.add(client)

    def left(self, client: "_Client") -> None:
        self._clients.discard(client)

    def _welcome(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        path = urlsplit(request.path.decode("latin-1")).path
        if path == "/healthz":
            is_ready = self.ready.is_set()
            return _answer(200 if is_ready else 503, "ready" if is_ready else "loading")
        if path != PATH:
            return _answer(404, "There is nothing here.")
        if not self._knows(request.headers.get("Authorization", "")):
            return _answer(401, "Incorrect API key provided.")
        if not self.ready.is_set():
            return _answer(503, "The models are being loaded.")
        if self.sessions >= self._sessions_max:
            _log.warning("a session was refused: the engine is full", sessions=self.sessions)
            return _answer(503, "The engine has as many sessions as it can serve.")
        return _Client(self)

    def _knows(self, authorization: str) -> bool:
        scheme, _, key = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(key.strip().encode(), self._key)


def _answer(status: int, text: str) -> WSUpgradeResponseWithListener:
    if status == 200:
        response = WSUpgradeResponse.create_ok_response(text.encode())
    else:
        response = WSUpgradeResponse.create_error_response(status, text.encode())
    return WSUpgradeResponseWithListener(response, None)


class _Client(WSListener):
    """One socket and its session; events wait in an inbox and are carried out in order."""

    def __init__(self, server: SpeechServer) -> None:
        self.gone = asyncio.Event()
        self._server = server
        self._inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._is_reading = True
        self._parts = bytearray()

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._outlet = Outlet(lambda message: transport.send(WSMsgType.TEXT, message))
        self._session = RealtimeSession(
            self._server.engine,
            self._outlet,
            now=self._server.now,
            lives_s=self._server.session_s_max,
        )
        self._server.joined(self)
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(self._server.session_s_max, self._expire)
        self._task = loop.create_task(self._run())
        self._task.add_done_callback(self._ended)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        match frame.msg_type:
            case WSMsgType.CLOSE:
                transport.send_close(frame.get_close_code(), b"")
                transport.disconnect()
            case WSMsgType.TEXT | WSMsgType.BINARY | WSMsgType.CONTINUATION:
                self._parts += frame.get_payload_as_memoryview()
                is_too_long = len(self._parts) > CLIENT_MESSAGE_BYTES_MAX
                if frame.fin or is_too_long:
                    self._inbox.put_nowait(bytes(self._parts))
                    self._parts.clear()
                    self._watch_inbox()

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self._inbox.put_nowait(None)
        self._session.close()

    def pause_writing(self) -> None:
        self._outlet.pause()

    def resume_writing(self) -> None:
        self._outlet.resume()

    def leave(self, code: WSCloseCode) -> None:
        self._inbox.put_nowait(None)
        self._transport.send_close(code)
        self._transport.disconnect()

    async def _run(self) -> None:
        self._session.open()
        while (message := await self._inbox.get()) is not None:
            await self._session.handle(message)
            self._watch_inbox()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._expiry.cancel()
        self._session.close()
        self._server.left(self)
        self.gone.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a session failed", error=repr(error), exc_info=error)
            self._transport.send_close(WSCloseCode.INTERNAL_ERROR)
            self._transport.disconnect()

    def _watch_inbox(self) -> None:
        waiting = self._inbox.qsize()
        if self._is_reading and waiting > INBOX_MAX:
            self._transport.underlying_transport.pause_reading()
            self._is_reading = False
        elif not self._is_reading and waiting <= INBOX_MAX // 2:
            self._is_reading = True
            if not self._transport.is_disconnected:
                self._transport.underlying_transport.resume_reading()

    def _expire(self) -> None:
        minutes = self._server.session_s_max // 60
        text = f"Your session hit the maximum duration of {minutes} minutes."
        detail = ErrorDetail(type="invalid_request_error", code="session_expired", message=text)
        self._outlet.say(ErrorEvent(error=detail))
        self.leave(WSCloseCode.GOING_AWAY)


async def serve(
    settings: Settings, *, ready: Callable[[], None], stop: asyncio.Event, key: str = ""
) -> None:
    """Serve until `stop` is set. Without `key` the installation's own engine key is asked for."""
    key = key or Secrets.load(settings).derive_text("engine key")
    server = SpeechServer(lambda: load_engine(settings), key=key, port=settings.speech_port)
    try:
        await server.start()
        ready()
        await stop.wait()
    finally:
        await server.stop()
