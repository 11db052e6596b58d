"""A bare bridge between carrier and engine: the floor that the voice worker is measured against.

Caller frames become appends, the engine's audio becomes 160-byte frames by one shared 20 ms tick,
and nothing else: no checks, no recording, no decisions but to drop what the caller speaks over. It
shares no code with the voice worker; what both must pay for is what the floor is.
"""

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable

from msgspec import Struct, json
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    ws_connect,
    ws_create_server,
)

from .stopwatch import now_us

TICK_US = 20_000
FRAME_BYTES = 160
_MEDIA = b'{"event":"media"'
_DELTA = b'{"type":"response.output_audio.delta"'
_PAYLOAD = b'"payload":"'
_SESSION = {
    "type": "realtime",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "turn_detection": {
                "type": "server_vad",
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {"format": {"type": "audio/pcmu"}},
    },
}


class _StartFacts(Struct, rename="camel"):
    stream_sid: str
    custom_parameters: dict[str, str]


class _Start(Struct):
    start: _StartFacts


class _Delta(Struct):
    delta: str


class _Typed(Struct):
    type: str


_start = json.Decoder(_Start)
_delta = json.Decoder(_Delta)
_typed = json.Decoder(_Typed)


class CarrierSide(WSListener):
    def __init__(self, relay: "Relay") -> None:
        self.engine: EngineSide | None = None
        self.audio = bytearray()
        self.has_ended = True
        self._relay = relay
        self._transport: WSTransport | None = None
        self._media = b""
        self._mark = b""
        self._clear = b""

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        message = frame.get_payload_as_bytes()
        if message.startswith(_MEDIA):
            if self.engine is not None:
                begin = message.index(_PAYLOAD) + len(_PAYLOAD)
                self.engine.append(message[begin : message.index(b'"', begin)])
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
        elif b'"start"' in message:
            start = _start.decode(message).start
            sid = start.stream_sid.encode()
            self._media = b'{"event":"media","streamSid":"%b","media":{"payload":"' % sid
            self._mark = b'{"event":"mark","streamSid":"%b","mark":{"name":"end"}}' % sid
            self._clear = b'{"event":"clear","streamSid":"%b"}' % sid
            self._relay.connect(self, start.custom_parameters["ticket"])

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._transport = None
        self._relay.calls.discard(self)
        if self.engine is not None:
            self.engine.close()

    def tick(self) -> None:
        audio = self.audio
        if audio and self._transport is not None:
            self._transport.send(
                WSMsgType.TEXT, b'%b%b"}}' % (self._media, b64encode(audio[:FRAME_BYTES]))
            )
            del audio[:FRAME_BYTES]
            if not audio and self.has_ended:
                self._transport.send(WSMsgType.TEXT, self._mark)

    def cut(self) -> None:
        if self.audio and self._transport is not None:
            self.audio.clear()
            self._transport.send(WSMsgType.TEXT, self._clear)


class EngineSide(WSListener):
    def __init__(self, carrier: CarrierSide, name: str) -> None:
        self._carrier = carrier
        self._name = name
        self._transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._say({"type": "session.update", "session": {**_SESSION, "instructions": self._name}})
        self._say({"type": "response.create"})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        message = frame.get_payload_as_bytes()
        if message.startswith(_DELTA):
            self._carrier.audio += b64decode(_delta.decode(message).delta)
            self._carrier.has_ended = False
            return
        if frame.msg_type is WSMsgType.CLOSE:
            transport.disconnect()
            return
        match _typed.decode(message).type:
            case "input_audio_buffer.speech_started":
                self._carrier.cut()
            case "response.output_audio.done":
                self._carrier.has_ended = True

    def append(self, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.send(
                WSMsgType.TEXT, b'{"type":"input_audio_buffer.append","audio":"%b"}' % payload
            )

    def close(self) -> None:
        if self._transport is not None:
            self._transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._transport = None

    def _say(self, event: object) -> None:
        assert self._transport is not None
        self._transport.send(WSMsgType.TEXT, json.encode(event))


class Relay:
    """The server, its calls and their one tick."""

    def __init__(self, engine_url: str) -> None:
        self.calls: set[CarrierSide] = set()
        self.port = 0
        self._engine_url = engine_url
        self._connecting: set[asyncio.Task[None]] = set()
        self._due_us = 0

    async def start(self) -> None:
        server = await ws_create_server(self._answer, "127.0.0.1", 0, backlog=2_048)
        self.port = server.sockets[0].getsockname()[1]
        self._due_us = now_us()
        self._tick()

    def _answer(self, request: WSUpgradeRequest) -> WSListener:
        del request
        return CarrierSide(self)

    def connect(self, carrier: CarrierSide, name: str) -> None:
        task = asyncio.ensure_future(self._connect(carrier, name))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    async def _connect(self, carrier: CarrierSide, name: str) -> None:
        make: Callable[[], WSListener] = lambda: EngineSide(carrier, name)  # noqa: E731 - a factory
        _, engine = await ws_connect(make, f"{self._engine_url}/realtime?model={name}")
        assert isinstance(engine, EngineSide)
        carrier.engine = engine
        self.calls.add(carrier)

    def _tick(self) -> None:
        for call in self.calls:
            call.tick()
        self._due_us += TICK_US
        delay_s = max(0, self._due_us - now_us()) / 1_000_000
        asyncio.get_running_loop().call_later(delay_s, self._tick)
