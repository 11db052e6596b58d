"""A realtime engine that does what its script says, on a real socket, and minds the protocol.

It answers as the real one does where a client breaks a rule: a cancel without an active response, a
second response while one is active, a truncation beyond what was made. Everything that it receives
is kept, so that a test or a load run can tell what the product really said.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Self

from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from .engine_session import EngineSession
from .script import Misdeed, Script
from .stopwatch import now_us

MESSAGE_BYTES_MAX = 21 * 1024 * 1024


class EngineSocket(WSListener):
    """One client's socket: carries messages and misdeeds, knows no protocol."""

    def __init__(self, script: Script, opened: Callable[["EngineSocket"], None]) -> None:
        self.script = script
        self.session = EngineSession(script, self.send, self.misbehave)
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._opened = opened
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._opened(self)
        self.session.open()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self.session.receive(now_us(), frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.BINARY:
            self.session.receive(now_us(), b"")
        elif frame.msg_type is WSMsgType.CLOSE:
            self.close_code = frame.get_close_code().value
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._transport = None
        self.session.close()
        self.closed.set()

    def send(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message)

    def misbehave(self, misdeed: Misdeed) -> None:
        """Do what no engine should, on the wire."""
        transport = self._transport
        if transport is None:
            return
        match misdeed:
            case Misdeed.CLOSE:
                transport.send_close(WSCloseCode.INTERNAL_ERROR, b"scripted")
                transport.disconnect()
            case Misdeed.BREAK_OFF:
                transport.disconnect(graceful=False)
            case Misdeed.HALF_MESSAGE:
                transport.send(WSMsgType.TEXT, b'{"type":"response.output_aud', fin=False)
                transport.disconnect()
            case Misdeed.GARBAGE:
                transport.send(WSMsgType.TEXT, b"\x7bnot json")
            case Misdeed.BINARY:
                transport.send(WSMsgType.BINARY, b"\x00" * 160)
            case Misdeed.UNKNOWN_EVENT:
                transport.send(WSMsgType.TEXT, b'{"type":"response.surprise","event_id":"e0"}')
            case Misdeed.ERROR:
                self.session.refuse("server_error", "The server had an error.", kind="server_error")


class ScriptedEngine:
    """The server; `sockets` are those of every client so far, in order."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.sockets: list[EngineSocket] = []
        self.requests: list[WSUpgradeRequest] = []
        self._server: asyncio.Server | None = None

    @property
    def sessions(self) -> list[EngineSession]:
        return [socket.session for socket in self.sockets]

    @property
    def url(self) -> str:
        """The base of its address, as `OPENAI_BASE_URL` wants it."""
        assert self._server is not None
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"ws://{host}:{port}/v1"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = await ws_create_server(
            self._answer, host, port, max_frame_size=MESSAGE_BYTES_MAX, backlog=2_048
        )

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for socket in self.sockets:
            socket.misbehave(Misdeed.BREAK_OFF)
        await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()

    def _answer(self, request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
        self.requests.append(request)
        if self.script.refuses_with is not None:
            response = WSUpgradeResponse.create_error_response(HTTPStatus(self.script.refuses_with))
            return WSUpgradeResponseWithListener(response, None)
        return EngineSocket(self.script, self.sockets.append)
