"""PURE. What callers say: one frame each 20 ms for as long as the call lasts.

A `LoadCaller` follows a fixed timetable and stamps its frames, so that a load run can be timed by
them. A caller who listens before speaking is in `talker`.
"""

from msgspec import Struct

from .cues import Kind, stamp
from .ear import FRAME_MS
from .sound import made_up_speech, quiet_room

STAMP_EVERY_FRAMES = 10
"""A load caller's latency is sampled five times a second."""
_ROOM = quiet_room(50, seed=1)
_SPEECH = made_up_speech(50, seed=2)


class Voice:
    """One caller: a frame each 20 ms, and sometimes a key."""

    has_just_ended = False
    """Whether the last frame given was the last of something said."""

    def next_frame(self, now_us: int) -> bytes:
        """The next 20 ms of what the caller's microphone hears."""
        raise NotImplementedError

    def take_key(self) -> str | None:
        """A key that the caller presses now."""
        return None


class Silent(Voice):
    """A caller who says nothing, on a quiet line."""

    def __init__(self) -> None:
        self._index = 0

    def next_frame(self, now_us: int) -> bytes:
        del now_us
        self._index += 1
        return _ROOM[self._index % len(_ROOM)]


class Timetable(Struct, frozen=True):
    """When a load caller speaks: half of the time, and once over the agent."""

    turns: tuple[tuple[int, int], ...] = ((2_600, 3_100), (8_500, 2_000))
    """(start, length) in ms: after the greeting, then 2.5 s into the answer to that."""
    next_ms: int = 16_000
    """When the answer to the interruption is over."""
    speech_ms: int = 4_500
    period_ms: int = 10_000
    """From there on speech and the answer to it, for ever."""

    def is_speech(self, at_ms: int) -> bool:
        """Whether the caller speaks at this time of the call."""
        if at_ms >= self.next_ms:
            return (at_ms - self.next_ms) % self.period_ms < self.speech_ms
        return any(start <= at_ms < start + length for start, length in self.turns)


class LoadCaller(Voice):
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
