"""What a call leaves on disk, true to time and never in the way of a frame.

`call.wav` has the caller on the left by the carrier's timestamps and the agent on the right when
the caller's ear heard it. A frame that was sent and then cleared was not heard and is not in it;
silence is. The event loop only appends bytes here; the writer's thread makes samples of them.

Memory per call stays small because a stretch of audio is handed over as soon as nothing can change
it any more. A disk that fails costs the recording, never the call.
"""

from collections.abc import Sequence

from prosaasil.call import trace
from prosaasil.live.ports import Turn
from prosaasil.live.writer import Files, Marker, Stretch, Writer

BYTES_PER_MS = 8
SILENCE = b"\xff"
FRAME_BYTES = 160
HORIZON_MS = 500
"""Audio older than this is final: at most 40 ms of the agent's can still be cleared, and a caller's
frame that comes later than this after its time is too late for its place."""
AHEAD_MS_MAX = 2_000
"""A timestamp further in the future is wrong; believed, it would fill the memory with silence."""


class Channel:
    """One side of a call: mu-law bytes at their places in time, from `starts` on."""

    __slots__ = ("audio", "end", "start")

    def __init__(self) -> None:
        self.audio = bytearray()
        self.start = 0
        """Place of the first byte kept here; what came before has been handed over."""
        self.end = 0

    def add(self, place: int, audio: bytes) -> None:
        """Put audio where it belongs, with silence before it if nothing else is there."""
        gap = place - self.end
        if gap > 0:
            self.audio += SILENCE * gap
        elif gap < 0:
            self._overwrite(place, audio)
            return
        self.audio += audio
        self.end = place + len(audio)

    def cut(self, place: int) -> None:
        """Forget everything from this place on."""
        if place < self.end:
            self.end = max(place, self.start)
            del self.audio[self.end - self.start :]

    def take(self, place: int) -> bytes:
        """Hand over everything before this place, with silence where nothing is."""
        size = place - self.start
        taken = bytes(self.audio[:size])
        del self.audio[:size]
        self.start = place
        self.end = max(self.end, place)
        return taken.ljust(size, SILENCE)

    def _overwrite(self, place: int, audio: bytes) -> None:
        late = self.start - place
        if late > 0:
            audio = audio[late:]
            place = self.start
        self.audio[place - self.start : place - self.start + len(audio)] = audio
        self.end = self.start + len(self.audio)


class Recording:
    """The recording, trace and log of one call."""

    __slots__ = ("_agent", "_caller", "_files", "_lines", "_markers", "_writer")

    def __init__(self, writer: Writer, files: Files) -> None:
        self._writer = writer
        self._files = files
        self._caller = Channel()
        self._agent = Channel()
        self._lines: list[trace.Line] = []
        self._markers: list[Marker] = []

    def caller(self, at_ms: int, now: int, audio: bytes) -> None:
        """What the caller said, beginning at `at_ms` of the stream."""
        channel = self._caller
        gap = at_ms * BYTES_PER_MS - channel.end
        if -FRAME_BYTES < gap < FRAME_BYTES or at_ms > now + AHEAD_MS_MAX:
            # Less than a frame of jitter is a clock's, not the caller's.
            channel.audio += audio
            channel.end += len(audio)
        else:
            channel.add(at_ms * BYTES_PER_MS, audio)

    def agent(self, at_ms: int, frame: bytes) -> None:
        """What the caller's ear hears from `at_ms` on, unless it is cut before."""
        self._agent.add(at_ms * BYTES_PER_MS, frame)

    def cut(self, now: int) -> None:
        """The carrier was told to clear: nothing of the agent is heard after `now`."""
        self._agent.cut(now * BYTES_PER_MS)

    def line(self, line: trace.Line) -> None:
        self._lines.append(line)

    def marker(self, marker: Marker) -> None:
        self._markers.append(marker)

    def flush(self, now: int) -> None:
        """Hand over what is final; once a second is enough."""
        self._hand_over(max(self._caller.start, (now - HORIZON_MS) * BYTES_PER_MS))

    def close(self, now: int, turns: Sequence[Turn]) -> None:
        """Hand over the rest; `Files.closed` is done when all of it is on disk."""
        self.cut(now)
        end = max(now * BYTES_PER_MS, self._caller.end, self._agent.end)
        self._hand_over(end)
        self._writer.close(self._files, list(turns))

    def _hand_over(self, place: int) -> None:
        stretch = Stretch(
            self._files,
            self._caller.take(place),
            self._agent.take(place),
            self._lines,
            self._markers,
        )
        self._lines = []
        self._markers = []
        self._writer.write(stretch)
