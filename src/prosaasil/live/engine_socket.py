"""One socket to an engine, from its opening to its end; a call that loses it opens another.

What comes is told as facts until `close`, or until the socket is lost, which is told once: nothing
late of it reaches the call. A message that cannot be read is counted and survived; a socket that
cannot be opened, closes, or takes no more of the caller's audio is a lost engine.
"""

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from prosaasil.call import events
from prosaasil.call.events import Event
from prosaasil.kit.telemetry import Log
from prosaasil.live import metrics
from prosaasil.live.sockets import QUIET, Closing, Fragments
from prosaasil.wire import openai_realtime as wire
from prosaasil.wire.errors import WireError

OPEN_LIMIT_S: Final = 8.0
"""From the first packet to the upgraded socket; the core's own limit is as long."""
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
UNSENT_BYTES_MAX: Final = 128 * 1024
"""Eight seconds of the caller's audio not taken: the engine is as good as gone."""
READ_BUFFER_BYTES: Final = 8 * 1024
BAD_MESSAGES_MAX: Final = 100
REQUEST_KEY: Final = "req"
"""The name of our request's id in a response's metadata."""
_TEXT: Final = WSMsgType.TEXT


class EngineSocket(WSListener):
    def __init__(self, feed: Callable[[Event], None], log: Log, closing: Closing) -> None:
        self.send: Callable[[WSMsgType, bytes], None] = _send_nowhere
        """Sends a message while the socket is open."""
        self._feed: Callable[[Event], None] | None = feed
        self._log = log
        self._closing = closing
        self._transport: WSTransport | None = None
        self._opening: asyncio.Task[None] | None = None
        self._fragments = Fragments(MESSAGE_BYTES_MAX)
        self._bad: Counter[str] = Counter()
        self._is_paused = False

    def open(self, url: str, headers: Mapping[str, str]) -> None:
        self._opening = asyncio.get_running_loop().create_task(self._open(url, headers))

    def pause(self, *, paused: bool) -> None:
        self._is_paused = paused
        if self._transport is None or self._transport.is_disconnected:
            return
        if paused:
            self._transport.underlying_transport.pause_reading()
        else:
            self._transport.underlying_transport.resume_reading()

    def close(self) -> None:
        self._feed = None
        if self._opening is not None:
            self._opening.cancel()
        if self._transport is not None:
            if self._is_paused:
                self.pause(paused=False)  # or its answer to our close would not be read
            self._closing.close(self._transport, WSCloseCode.OK)

    async def _open(self, url: str, headers: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                transport, _ = await ws_connect(
                    lambda: self,
                    url,
                    ssl_context=tls() if url.startswith("wss:") else None,
                    extra_headers=dict(headers),
                    websocket_handshake_timeout=OPEN_LIMIT_S,
                    max_frame_size=MESSAGE_BYTES_MAX,
                    max_redirects=0,
                    read_buffer_init_size=READ_BUFFER_BYTES,
                    logger_name=QUIET,
                )
        except (OSError, WSError, TimeoutError) as error:
            self._lost("not opened", f"{type(error).__name__}: {error}")
            return
        transport.underlying_transport.set_write_buffer_limits(high=UNSENT_BYTES_MAX)

    def on_ws_connected(self, transport: WSTransport) -> None:
        if self._feed is None:
            self._closing.close(transport, WSCloseCode.OK)
            return
        self._transport = transport
        self.send = transport.send
        self._feed(events.EngineOpened())

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is _TEXT and frame.fin:
            self._message(frame.get_payload_as_bytes())
            return
        if frame.msg_type is WSMsgType.CLOSE:
            reason = f"{frame.get_close_code():d} {frame.get_close_reason() or ''}".strip()
            self._closing.answered(transport)
            self._lost("closed", reason)
        elif frame.msg_type in (_TEXT, WSMsgType.CONTINUATION):
            whole = self._fragments.add(frame)
            if whole is not None:
                self._message(whole)
        elif frame.msg_type is WSMsgType.BINARY:
            self._refuse("binary")

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._closing.gone(transport)
        handshake = transport.close_handshake
        sent = None if handshake is None else handshake.sent
        reason = "connection lost" if sent is None else f"protocol error {sent.code:d}"
        self._lost("closed", reason)
        self._transport = None
        self.send = _send_nowhere

    def pause_writing(self) -> None:
        self._lost("stalled", "the engine takes no more audio")

    def resume_writing(self) -> None:
        pass

    def _lost(self, kind: str, reason: str) -> None:
        """Said once; after `close` there is nobody to say it to."""
        feed, self._feed = self._feed, None
        if feed is None:
            return
        metrics.ENGINE_FAILURES.labels(kind).inc()
        feed(events.EngineLost(f"{kind}: {reason}"))

    # What it says

    def _message(self, message: bytes) -> None:
        try:
            said = wire.decode_server(message)
        except WireError as error:
            self._refuse(error.reason, error.detail)
            return
        feed = self._feed
        if feed is None:
            return
        if type(said) is wire.OutputAudioDelta:
            feed(events.ReplyAudio(said.response_id, said.item_id, said.delta))
        else:
            event = fact(said)
            if event is not None:
                feed(event)

    def _refuse(self, reason: str, detail: str = "") -> None:
        metrics.BAD_MESSAGES.labels("engine", reason).inc()
        self._bad[reason] += 1
        if self._bad[reason] == 1:
            self._log.warning("bad message from the engine", reason=reason, detail=detail)
        if self._bad.total() > BAD_MESSAGES_MAX:
            self._lost("babbles", "too many bad messages")


def _send_nowhere(_: WSMsgType, __: bytes) -> None:
    """There is no socket, or not any more."""


@cache
def tls() -> ssl.SSLContext:
    """One for all calls: to load the authorities takes longer than a frame."""
    return ssl.create_default_context()


def fact(said: wire.ServerEvent) -> Event | None:
    """What a server event means to a call; None for what it need not know."""
    match said:
        case wire.OutputAudioTranscriptDelta() | wire.OutputTextDelta():
            return events.ReplyText(said.response_id, said.item_id, said.delta)
        case wire.SessionUpdated():
            return events.SessionConfigured()
        case wire.SpeechStarted():
            return events.CallerSpeechStarted(said.item_id)
        case wire.SpeechStopped():
            return events.CallerSpeechStopped(said.item_id)
        case wire.InputAudioBufferCommitted():
            return events.CallerTurnCommitted(said.item_id)
        case wire.TranscriptionCompleted():
            return events.CallerTranscript(said.item_id, said.transcript)
        case wire.TranscriptionFailed():
            reason = said.error.code or said.error.message or ""
            return events.CallerTranscriptFailed(said.item_id, reason)
        case wire.ResponseCreated():
            request_id = (said.response.metadata or {}).get(REQUEST_KEY)
            return events.ReplyStarted(
                said.response.id, request_id if isinstance(request_id, str) else None
            )
        case wire.ResponseDone():
            return events.ReplyDone(
                said.response.id, said.response.status or "completed", said.response.reason
            )
        case wire.OutputItemDone(item=item):
            return tool_call(said.response_id, item)
        case wire.ErrorEvent(error=error):
            return events.EngineRefused(
                error.code or error.type or "", error.message or "", error.event_id
            )
    return None


def tool_call(reply_id: str, item: wire.Item) -> events.ToolCalled | None:
    """An interrupted call's arguments are a fragment: only a completed one is run."""
    if item.type != "function_call" or item.status != "completed" or not item.call_id:
        return None
    return events.ToolCalled(reply_id, item.call_id, item.name or "", item.arguments or "")
