"""The carrier's side of a call, outgoing: frames, marks and clears in Twilio's dialect.

A softphone is a carrier that also wants to know what was said and why it ended.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec
from picows import WSCloseCode, WSMsgType, WSTransport

from prosaasil.call.commands import PublishTranscript
from prosaasil.live.sockets import Closing
from prosaasil.wire.twilio_media import StreamEncoder


class Carrier(Protocol):
    """Where the agent's audio goes; one per call. Nothing here waits or raises."""

    def send_frame(self, frame: bytes) -> None: ...
    def send_mark(self, name: str) -> None: ...
    def clear(self) -> None: ...
    def publish(self, transcript: PublishTranscript) -> None: ...
    def close(self, reason: str) -> bool:
        """Whether there was a socket to close; it may be closed already."""


class TwilioCarrier:
    __slots__ = ("_closing", "_mark", "_media", "_send", "_stream", "_transport")

    def __init__(self, transport: WSTransport, stream_sid: str, closing: Closing) -> None:
        self._transport = transport
        self._send: Callable[[WSMsgType, bytes], None] = transport.send
        self._stream = StreamEncoder(stream_sid)
        self._media = self._stream.media
        self._closing = closing

    def send_frame(self, frame: bytes) -> None:
        self._send(_TEXT, self._media(frame))

    def send_mark(self, name: str) -> None:
        self._send(_TEXT, self._stream.mark(name))

    def clear(self) -> None:
        self._send(_TEXT, self._stream.clear())

    def publish(self, transcript: PublishTranscript) -> None:
        """A telephone shows nothing."""

    def close(self, reason: str) -> bool:  # noqa: ARG002 - for the softphone
        return self._closing.close(self._transport, WSCloseCode.OK)


class SoftphoneCarrier(TwilioCarrier):
    """The same stream, with two messages more that only our own page understands."""

    __slots__ = ("_stream_sid",)

    def __init__(self, transport: WSTransport, stream_sid: str, closing: Closing) -> None:
        super().__init__(transport, stream_sid, closing)
        self._stream_sid = stream_sid

    def publish(self, transcript: PublishTranscript) -> None:
        said: dict[str, object] = {
            "role": transcript.role.value,
            "item": transcript.item_id,
            "text": transcript.text,
            "final": transcript.final,
            "at_ms": transcript.at_ms,
        }
        self._say("transcript", said)

    def close(self, reason: str) -> bool:
        self._say("ended", {"reason": reason})
        return super().close(reason)

    def _say(self, event: str, body: dict[str, object]) -> None:
        self._send(_TEXT, extension(event, self._stream_sid, body))


def extension(event: str, stream_sid: str, body: dict[str, object]) -> bytes:
    """A message of the softphone's dialect."""
    return msgspec.json.encode({"event": event, "streamSid": stream_sid, event: body})


_TEXT = WSMsgType.TEXT
