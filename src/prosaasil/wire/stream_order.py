"""Whether the messages of one media socket come in an order that makes sense.

`connected`, then one `start`, then anything of that stream with rising sequence numbers, then
`stop` and nothing more. Also keeps the caller's timeline: a frame's timestamp says when it was
spoken, so frames that were lost on the way show as a jump.
"""

from .errors import (
    AfterStop,
    BeforeStart,
    ForeignStream,
    LateMessage,
    SecondConnected,
    SecondStart,
)
from .twilio_media import (
    BYTES_PER_MS,
    CarrierMessage,
    Connected,
    Media,
    Start,
    Stop,
)

GAP_MS_MIN = 40
"""Up to two lost frames are let pass: timestamps are not exact, and an engine does not mind."""
GAP_FILL_MS_MAX = 2_000
"""How much of a gap is worth filling with silence; after that the engine's clock is late anyway."""

NEVER_MS = 1 << 62
"""Later than any timestamp: nothing is due before the first frame has come."""


class StreamOrder:
    """Feed it every message; what it raises is to be counted and the message not used."""

    __slots__ = ("_due_ms", "_is_connected", "_is_stopped", "_sequence", "stream_sid")

    def __init__(self) -> None:
        self.stream_sid: str | None = None
        self._is_connected = False
        self._is_stopped = False
        self._sequence = 0
        self._due_ms = NEVER_MS

    def take(self, message: CarrierMessage) -> int:
        """The milliseconds of caller audio that are missing right before this message.

        0 for almost every one. The missing time is told once; filling it with silence, up to
        `GAP_FILL_MS_MAX`, keeps the engine's idea of time true.
        """
        if type(message) is Media:
            self._check(message.stream_sid, message.sequence)
            frame = message.frame
            at_ms = frame.timestamp_ms
            spoken_ms = len(frame.audio) // BYTES_PER_MS
            gap_ms = at_ms - self._due_ms
            if gap_ms == 0:
                self._due_ms = at_ms + spoken_ms
                return 0
            return self._gap_ms(gap_ms, at_ms, spoken_ms)
        if isinstance(message, Connected):
            self._connect()
        elif isinstance(message, Start):
            self._start(message)
        else:
            self._check(message.stream_sid, message.sequence)
            self._is_stopped = isinstance(message, Stop)
        return 0

    def _connect(self) -> None:
        if self._is_connected or self.stream_sid is not None:
            raise SecondConnected
        self._is_connected = True

    def _start(self, start: Start) -> None:
        # A carrier that leaves out `connected` has told all the same what it is.
        if self.stream_sid is not None:
            raise SecondStart
        self.stream_sid = start.stream_sid
        self._sequence = start.sequence

    def _check(self, stream_sid: str, sequence: int) -> None:
        if self.stream_sid is None:
            raise BeforeStart
        if self._is_stopped:
            raise AfterStop
        if stream_sid != self.stream_sid:
            raise ForeignStream
        if sequence <= self._sequence:
            raise LateMessage(f"{sequence} after {self._sequence}")
        self._sequence = sequence

    def _gap_ms(self, gap_ms: int, at_ms: int, spoken_ms: int) -> int:
        if 0 < gap_ms <= GAP_MS_MIN:
            # Not forgotten: single lost frames add up until they are worth telling.
            self._due_ms += spoken_ms
            return 0
        # The carrier's clock is the truth: what runs ahead of it, or behind, starts anew from it.
        self._due_ms = at_ms + spoken_ms
        return max(0, gap_ms)
