"""The worker's peers as small fakes on real sockets, built on the strict side of `wire`."""

import asyncio
import threading
from binascii import b2a_base64
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Generic, TypeVar, cast

import msgspec
from picows import (
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_connect,
    ws_create_server,
)

from prosaasil.call.briefing import Briefing, Direction
from prosaasil.kit.errors import Refusal
from prosaasil.live.ports import CallOutcome, ClaimedCall, Tool
from prosaasil.wire import openai_realtime as oai
from prosaasil.wire import twilio_http, twilio_media

TOKEN = "12345"
WAIT_S = 20
T = TypeVar("T")


class Inbox(Generic[T]):
    """What has come so far; waits for more without sleeping. May be filled from any thread."""

    def __init__(self) -> None:
        self.all: list[T] = []
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def add(self, item: T) -> None:
        self._loop.call_soon_threadsafe(self._add, item)

    def _add(self, item: T) -> None:
        self.all.append(item)
        self._changed.set()

    async def until(self, enough: Callable[[list[T]], bool]) -> list[T]:
        async with asyncio.timeout(WAIT_S):
            while not enough(self.all):
                self._changed.clear()
                await self._changed.wait()
        return self.all

    async def first(self, kind: type[T] | tuple[type[T], ...]) -> Any:
        await self.until(lambda items: any(isinstance(item, kind) for item in items))
        return next(item for item in self.all if isinstance(item, kind))

    def of(self, kind: type[Any]) -> list[Any]:
        return [item for item in self.all if isinstance(item, kind)]


def briefing(**changes: Any) -> Briefing:
    return Briefing(
        **{
            "business_id": "b-1",
            "business_name": "Smile",
            "direction": Direction.INBOUND,
            "language": "en",
            "instructions": "You answer the phone.",
            "instructions_hash": "0" * 64,
            "greeting": "Hello.",
            "follow_up": "Are you there?",
            "voice": "marin",
            "transcription_prompt": "",
            **changes,
        }
    )


class UnknownTicket(Refusal):
    """The ticket is not one of ours."""

    status = 403


class UsedTicket(Refusal):
    """The ticket was used before."""

    status = 403


class FakeBook:
    """Keeps the calls in memory. Its coroutines run in the back room's thread."""

    def __init__(self) -> None:
        self.outcomes: Inbox[CallOutcome] = Inbox()
        self.claims: Inbox[str] = Inbox()
        self.tools: dict[str, Tool] = {}
        self.failures_left = 0
        self.before_claim: Callable[[], Coroutine[Any, Any, None]] | None = None
        self._calls: dict[str, ClaimedCall | None] = {}

    def issue(self, call_id: str, **changes: Any) -> str:
        ticket = f"ticket-{call_id}"
        self._calls[ticket] = ClaimedCall(call_id, briefing(**changes), self.tools)
        return ticket

    async def claim(
        self, ticket: str, *, carrier_call_sid: str, stream_sid: str, softphone: bool
    ) -> ClaimedCall:
        self.claims.add(ticket)
        if self.before_claim is not None:
            await self.before_claim()
        if ticket not in self._calls:
            raise UnknownTicket
        claimed, self._calls[ticket] = self._calls[ticket], None
        if claimed is None:
            raise UsedTicket
        return claimed

    def hold_claims(self) -> threading.Event:
        """No claim is answered until the event is set."""
        gate = threading.Event()

        async def wait() -> None:
            await asyncio.to_thread(gate.wait, WAIT_S)

        self.before_claim = wait
        return gate

    async def fail(self) -> None:
        raise OSError("the database is away")

    async def finish(self, outcome: CallOutcome) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise OSError("the database is away")
        self.outcomes.add(outcome)


class FakeCarrier(WSListener):
    """The carrier's end of a media socket; plays nothing by itself."""

    stream_sid = "MZ1"

    def __init__(self) -> None:
        self.inbox: Inbox[Any] = Inbox()
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self.echoes_marks = True
        self.answers_close = True
        self._encoder = twilio_media.CarrierEncoder(self.stream_sid, "CA1")
        self._transport: WSTransport | None = None

    async def connect(self, url: str, *, signature: str | None = None) -> None:
        if signature is None:
            signature = twilio_http.signature(TOKEN, "wss://voice.example.com/media")
        headers = {"X-Twilio-Signature": signature} if signature else {}
        await ws_connect(lambda: self, url, extra_headers=headers)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            self.close_code = frame.get_close_code().value
            if self.answers_close:
                transport.send_close(WSCloseCode.OK)
                transport.disconnect()
        elif frame.msg_type is WSMsgType.TEXT:
            self._receive(frame.get_payload_as_bytes())

    def _receive(self, message: bytes) -> None:
        said = twilio_media.decode_platform(message, self.stream_sid)
        self.inbox.add(said)
        if isinstance(said, twilio_media.PlatformMark) and self.echoes_marks:
            self.send(self._encoder.mark(said.name))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        self.closed.set()

    def start(self, ticket: str) -> None:
        self.send(twilio_media.connected())
        self.send(twilio_media.start(self.stream_sid, "CA1", parameters={"ticket": ticket}))

    def speak(self, audio: bytes, timestamp_ms: int | None = None) -> None:
        self.send(self._encoder.media(audio, timestamp_ms))

    def press(self, digit: str) -> None:
        self.send(self._encoder.dtmf(digit))

    def stop(self) -> None:
        self.send(self._encoder.stop())

    def send(self, message: bytes, kind: WSMsgType = WSMsgType.TEXT, *, fin: bool = True) -> None:
        if self._transport is not None:
            self._transport.send(kind, message, fin)

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    async def gone(self) -> None:
        async with asyncio.timeout(WAIT_S):
            await self.closed.wait()

    async def heard(self, size: int) -> bytes:
        """The agent's audio, once at least so many bytes of it are here."""
        await self.inbox.until(lambda _: len(self.audio) >= size)
        return self.audio

    @property
    def audio(self) -> bytes:
        return b"".join(media.audio for media in self.inbox.of(twilio_media.PlatformMedia))


class Softphone(FakeCarrier):
    """The browser's end: also understands the two messages of our own."""

    def __init__(self) -> None:
        super().__init__()
        self.extensions: Inbox[dict[str, Any]] = Inbox()

    def _receive(self, message: bytes) -> None:
        said = msgspec.json.decode(message, type=dict[str, Any])
        if said["event"] in {"transcript", "ended", "refused"}:
            self.extensions.add(said)
        else:
            super()._receive(message)


class EngineLink(WSListener):
    """One call's socket at the engine, as strict as the real one; says what the test says."""

    def __init__(self, request: WSUpgradeRequest, *, confirms: bool) -> None:
        self.request = request
        self.confirms = confirms
        self.inbox: Inbox[Any] = Inbox()
        self.caller_audio = bytearray()
        self.closed = asyncio.Event()
        self.transport: WSTransport

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.say("session.created", session={"type": "realtime"})

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
            return
        said = oai.decode_client(frame.get_payload_as_bytes())
        if isinstance(said, oai.InputAudioBufferAppend):
            self.caller_audio += said.audio
        self.inbox.add(said)
        if isinstance(said, oai.SessionUpdate) and self.confirms:
            self.say("session.updated", session={"type": "realtime"})

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self.closed.set()

    def say(self, kind: str, **fields: object) -> None:
        self.send(msgspec.json.encode({"type": kind, "event_id": "event_1", **fields}))

    def send(self, message: bytes, kind: WSMsgType = WSMsgType.TEXT, *, fin: bool = True) -> None:
        self.transport.send(kind, message, fin)

    async def request_of(self, count: int = 1) -> oai.ResponseCreate:
        """The so-manyth request for a reply."""
        await self.inbox.until(lambda _: len(self.inbox.of(oai.ResponseCreate)) >= count)
        return cast("oai.ResponseCreate", self.inbox.of(oai.ResponseCreate)[count - 1])

    def begin(self, reply: str, request: oai.ResponseCreate) -> None:
        settings = cast("oai.ResponseSettings", request.response)
        self.say(
            "response.created",
            response={"id": reply, "status": "in_progress", "metadata": settings.metadata},
        )

    def audio(self, reply: str, item: str, audio: bytes) -> None:
        self.say(
            "response.output_audio.delta",
            response_id=reply,
            item_id=item,
            output_index=0,
            content_index=0,
            delta=b2a_base64(audio, newline=False).decode(),
        )

    def text(self, reply: str, item: str, text: str) -> None:
        self.say(
            "response.output_audio_transcript.delta",
            response_id=reply,
            item_id=item,
            output_index=0,
            content_index=0,
            delta=text,
        )

    def tool_call(self, reply: str, call_id: str, name: str, arguments: str) -> None:
        item = {
            "id": f"item-{call_id}",
            "type": "function_call",
            "status": "completed",
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
        }
        self.say("response.output_item.done", response_id=reply, output_index=0, item=item)

    def end(self, reply: str, status: str = "completed") -> None:
        self.say("response.done", response={"id": reply, "status": status})

    def reply(self, reply: str, request: oai.ResponseCreate, audio: bytes, burst: int) -> None:
        """A whole reply at once, its audio in deltas of `burst` bytes."""
        self.begin(reply, request)
        self.text(reply, f"item-{reply}", f"text of {reply}")
        for at in range(0, len(audio), burst):
            self.audio(reply, f"item-{reply}", audio[at : at + burst])
        self.end(reply)

    def caller_speaks(self, item: str) -> None:
        self.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item)

    def caller_stops(self, item: str) -> None:
        self.say("input_audio_buffer.speech_stopped", audio_end_ms=100, item_id=item)
        self.say("input_audio_buffer.committed", item_id=item, previous_item_id=None)

    def transcript(self, item: str, text: str) -> None:
        self.say(
            "conversation.item.input_audio_transcription.completed",
            item_id=item,
            content_index=0,
            transcript=text,
        )


class FakeEngine:
    """A realtime engine's socket server."""

    def __init__(self) -> None:
        self.links: Inbox[EngineLink] = Inbox()
        self.confirms = True
        self.refuses_upgrade = False
        self._server: asyncio.Server | None = None
        self._all: list[EngineLink] = []

    async def listen(self) -> int:
        self._server = await ws_create_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def _accept(self, request: WSUpgradeRequest) -> EngineLink | WSUpgradeResponseWithListener:
        if self.refuses_upgrade:
            refused = WSUpgradeResponse.create_error_response(401, b"no such key")
            return WSUpgradeResponseWithListener(refused, None)
        link = EngineLink(request, confirms=self.confirms)
        self._all.append(link)
        self.links.add(link)
        return link

    async def link(self, count: int = 1) -> EngineLink:
        links = await self.links.until(lambda links: len(links) >= count)
        return links[count - 1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for link in self._all:
            link.transport.disconnect(graceful=False)


def numbered(frames: int) -> bytes:
    """Audio in which every frame is another: a lost, double or late one is seen."""
    return b"".join(bytes([0x80 | i >> 7 & 0x7F, i & 0x7F]) * 80 for i in range(frames))


def headers_of(request: WSUpgradeRequest) -> Mapping[str, str]:
    return request.headers
