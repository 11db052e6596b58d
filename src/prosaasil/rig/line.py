"""PURE. The carrier's side of one media stream: what it holds, plays, echoes and objects to.

A byte FIFO drained at 160 bytes each 20 ms, as the carrier documents it: a mark is echoed when
everything before it has been played, or at once when nothing is queued; `clear` drops the audio and
echoes every pending mark in order; more than ten minutes are dropped (31931); a message that breaks
the protocol is dropped and counted (31950 binary, 31951 anything else).
"""

from collections import Counter, deque
from enum import IntEnum

from prosaasil.wire import twilio_media
from prosaasil.wire.errors import WireError

from .cues import FRAME_BYTES

BUFFER_BYTES_MAX = 10 * 60 * 8_000
"""Ten minutes of audio (carrier error 31931)."""
PADDING = b"\xff"


class Objection(IntEnum):
    """The carrier's error codes for what a server does wrong on a stream."""

    BUFFER_FULL = 31931
    BINARY = 31950
    INVALID = 31951


class Line:
    """One stream's playout. Marks to be echoed collect in `echoes` until the shell sends them."""

    def __init__(self, stream_sid: str) -> None:
        self.stream_sid = stream_sid
        self.echoes: deque[str] = deque()
        self.objections: Counter[Objection] = Counter()
        self.clears = 0
        self.cleared_bytes = 0
        self.played_bytes = 0
        self.queued_bytes = 0
        self._queue: deque[bytes | str] = deque()

    def receive_text(self, message: bytes) -> twilio_media.PlatformMessage | None:
        """Take one text message from the server; None when it breaks the protocol."""
        try:
            decoded = twilio_media.decode_platform(message, self.stream_sid)
        except WireError:
            self.objections[Objection.INVALID] += 1
            return None
        match decoded:
            case twilio_media.PlatformMedia():
                self.add(decoded.audio)
            case twilio_media.PlatformMark():
                self.mark(decoded.name)
            case _:
                self.clear()
        return decoded

    def receive_binary(self) -> None:
        self.objections[Objection.BINARY] += 1

    def add(self, audio: bytes) -> None:
        if self.queued_bytes + len(audio) > BUFFER_BYTES_MAX:
            self.objections[Objection.BUFFER_FULL] += 1
            return
        self.queued_bytes += len(audio)
        self._queue.append(audio)

    def mark(self, name: str) -> None:
        if self._queue:
            self._queue.append(name)
        else:
            self.echoes.append(name)

    def clear(self) -> None:
        self.clears += 1
        self.cleared_bytes += self.queued_bytes
        self.queued_bytes = 0
        self.echoes.extend(entry for entry in self._queue if isinstance(entry, str))
        self._queue.clear()

    def play(self) -> bytes | None:
        """What the caller hears in the next 20 ms; None when nothing is queued."""
        if not self._queue:
            return None
        frame = self._take()
        self.queued_bytes -= len(frame)
        self.played_bytes += len(frame)
        while self._queue and isinstance(self._queue[0], str):
            self.echoes.append(self._queue.popleft())  # type: ignore[arg-type]
        return frame.ljust(FRAME_BYTES, PADDING)

    def _take(self) -> bytes:
        first = self._queue.popleft()
        if isinstance(first, bytes) and len(first) == FRAME_BYTES:
            return first
        taken = b""
        entry: bytes | str | None = first
        while entry is not None:
            if isinstance(entry, str):
                self.echoes.append(entry)
            else:
                space = FRAME_BYTES - len(taken)
                taken += entry[:space]
                if len(entry) > space:
                    self._queue.appendleft(entry[space:])
                    break
            entry = self._queue.popleft() if self._queue else None
        return taken
