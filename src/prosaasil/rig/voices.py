"""PURE. What callers say: one frame each 20 ms for as long as the call lasts.

A `Speaker` says what it is given, when it is given it. A `LoadCaller` follows a fixed timetable and
stamps its frames, so that a load run can be timed by them.
"""

from collections import deque
from typing import Protocol

from msgspec import Struct

from .cues import SILENCE, Kind, stamp
from .ear import FRAME_MS
from .sound import frames_of, made_up_speech, quiet_room

STAMP_EVERY_FRAMES = 10
"""A load caller's latency is sampled five times a second."""
_ROOM = quiet_room(50, seed=1)
_SPEECH = made_up_speech(50, seed=2)


class Voice(Protocol):
    def next_frame(self, now_us: int) -> bytes:
        """The next 20 ms of what the caller's microphone hears."""


class Silent:
    """A caller who says nothing, on a quiet line."""

    def __init__(self) -> None:
        self._index = 0

    def next_frame(self, now_us: int) -> bytes:
        del now_us
        self._index += 1
        return _ROOM[self._index % len(_ROOM)]


class Speaker:
    """A caller who says sentences given one at a time."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._has_just_ended = False

    @property
    def is_speaking(self) -> bool:
        return bool(self._waiting)

    def say(self, mulaw: bytes) -> None:
        self._waiting.extend(frames_of(mulaw))

    def stop(self) -> None:
        self._waiting.clear()

    def next_frame(self, now_us: int) -> bytes:
        del now_us
        if not self._waiting:
            self._has_just_ended = False
            return SILENCE
        frame = self._waiting.popleft()
        self._has_just_ended = not self._waiting
        return frame

    @property
    def has_just_ended(self) -> bool:
        """Whether the last frame given was the last of a sentence."""
        return self._has_just_ended


class Timetable(Struct, frozen=True):
    """When a load caller speaks: once over the agent, then by turns for ever."""

    first_ms: int = 3_000
    """The greeting is over by then."""
    speech_ms: int = 4_500
    interruption_ms: int = 10_000
    """About two seconds into the first answer."""
    next_ms: int = 19_200
    """After the answer to the interruption."""
    period_ms: int = 10_000
    """Then 4.5 s of speech and the answer to it, for ever: nearly half and half."""

    def is_speech(self, at_ms: int) -> bool:
        """Whether the caller speaks at this time of the call."""
        starts = (self.first_ms, self.interruption_ms)
        if any(start <= at_ms < start + self.speech_ms for start in starts):
            return True
        return at_ms >= self.next_ms and (at_ms - self.next_ms) % self.period_ms < self.speech_ms


class LoadCaller:
    """A caller of a load run; all of them together must cost the generator little."""

    def __init__(self, timetable: Timetable | None = None) -> None:
        self._timetable = timetable or Timetable()
        self._index = -1
        self._was_speaking = False

    def next_frame(self, now_us: int) -> bytes:
        self._index += 1
        speaks = self._timetable.is_speech(self._index * FRAME_MS)
        sounds = _SPEECH if speaks else _ROOM
        sound = sounds[self._index % len(sounds)]
        if speaks is not self._was_speaking:
            self._was_speaking = speaks
            return stamp(Kind.SPEECH_STARTED if speaks else Kind.SPEECH_STOPPED, now_us, sound)
        if self._index % STAMP_EVERY_FRAMES == 0:
            return stamp(Kind.SENT_AT, now_us, sound)
        return sound
