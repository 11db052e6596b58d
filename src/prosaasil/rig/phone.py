"""One call's media stream as the carrier holds it: the socket, the line, the caller and the ear."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct
from picows import WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from prosaasil.wire import twilio_http, twilio_media

from .ear import Ear
from .line import Line
from .stopwatch import now_us
from .voices import Voice

CLOSE_LIMIT_S = 1
"""A server that takes nothing any more is not waited for."""


class CallIds(Struct, frozen=True):
    account_sid: str
    call_sid: str
    stream_sid: str


class UpgradeRefused(Exception):  # noqa: N818 - what happened, as the carrier would report it
    """The server did not accept the media socket (carrier error 31920)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Phone(WSListener):
    """Drives one media stream: `tick` each 20 ms, by the metronome."""

    def __init__(self, ids: CallIds, parameters: Mapping[str, str], voice: Voice, ear: Ear) -> None:
        self.ids = ids
        self.voice = voice
        self.ear = ear
        self.line = Line(ids.stream_sid)
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self.has_started = False
        self.parameters = dict(parameters)
        self._encoder = twilio_media.CarrierEncoder(
            ids.stream_sid, ids.call_sid, account_sid=ids.account_sid
        )
        self._transport: WSTransport | None = None
        self._next_tick: asyncio.Future[None] | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self.send_text(twilio_media.connected())
        self.send_start()

    def send_start(self) -> None:
        started_us = now_us()
        self.send_text(
            twilio_media.start(
                self.ids.stream_sid,
                self.ids.call_sid,
                account_sid=self.ids.account_sid,
                parameters=self.parameters,
            )
        )
        self.has_started = True
        self.ear.start(started_us)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.TEXT:
            self._receive(now_us(), frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            self.close_code = frame.get_close_code().value
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type is WSMsgType.BINARY:
            self.line.receive_binary()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        del transport
        self._transport = None
        self.closed.set()

    def _receive(self, at_us: int, message: bytes) -> None:
        match self.line.receive_text(message):
            case twilio_media.PlatformMedia() as media:
                self.heard_from(at_us, media.audio)
            case twilio_media.PlatformMark():
                self.ear.stretch_ended()
            case twilio_media.PlatformClear():
                self.ear.was_cut()
                self.was_cleared()
            case None:
                return
        self._send_echoes()

    def heard_from(self, at_us: int, audio: bytes) -> None:
        self.ear.agent_frame(at_us, len(audio))

    def was_cleared(self) -> None:
        """The server has cut what it was saying."""

    def tick(self, at_us: int) -> None:
        """20 ms pass: the caller's frame goes out, the line plays one of the agent's."""
        if self._transport is None or not self.has_started:
            return
        frame = self.voice.next_frame(at_us)
        self.send_text(self._encoder.media(frame))
        if self.voice.has_just_begun:
            self.ear.caller_began(at_us)
        self.ear.tick(frame, self.line.play())
        if self.voice.has_just_ended:
            self.ear.caller_ended()
        key = self.voice.take_key()
        if key is not None:
            self.press(key)
        self._send_echoes()
        if self._next_tick is not None:
            self._next_tick.set_result(None)
            self._next_tick = None

    async def next_tick(self) -> None:
        """Wait until 20 ms of the call have passed."""
        if self._next_tick is None:
            self._next_tick = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._next_tick)

    def press(self, key: str) -> None:
        self.send_text(self._encoder.dtmf(key))

    def hang_up(self) -> None:
        """The caller hangs up: `stop`, then the carrier closes the socket."""
        if self._transport is None:
            return
        self.send_text(self._encoder.stop())
        self._transport.send_close()
        self._transport.disconnect()
        asyncio.get_running_loop().call_later(CLOSE_LIMIT_S, self.drop)

    def drop(self) -> None:
        """The carrier's socket breaks off without a word."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def send_text(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, message)

    def send_binary(self, message: bytes) -> None:
        if self._transport is not None:
            self._transport.send(WSMsgType.BINARY, message)

    def _send_echoes(self) -> None:
        echoes = self.line.echoes
        while echoes:
            self.send_text(self._encoder.mark(echoes.popleft()))


async def open_stream(
    phone: Phone, url: str, auth_token: str, *, signed_url: str | None = None
) -> None:
    """Open the media socket with an upgrade that is signed for `signed_url`, or for its own."""
    signature = twilio_http.signature(auth_token, signed_url or url)
    try:
        await ws_connect(lambda: phone, url, extra_headers={"X-Twilio-Signature": signature})
    except (OSError, TimeoutError, WSError) as fault:
        raise UpgradeRefused(str(fault)) from fault
