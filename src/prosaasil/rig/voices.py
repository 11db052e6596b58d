"""What callers say: one frame each 20 ms for as long as the call lasts.

A `LoadCaller` follows a fixed timetable and stamps its frames, so that a load run can be timed by
them. A caller who listens before speaking is in `talker`.
"""

from functools import cache
from itertools import cycle, islice

from msgspec import Struct

from .cues import Kind, stamp
from .ear import FRAME_MS
from .sound import clip, quiet_room

STAMP_EVERY_FRAMES = 10
"""A load caller's latency is sampled five times a second."""
PRE_ROLL_MS_MAX = 400
"""Sound around the beginning of a voice may wait for the gate to open: it is not stamped."""
_ROOM = quiet_room(50, seed=1)


class Voice:
    """One caller: a frame each 20 ms, and sometimes a key."""

    has_just_begun = False
    """Whether the last frame given was the first of something said."""
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


class Saying(Struct, frozen=True):
    """Something that a load caller says."""

    start_ms: int
    length_ms: int
    is_filler: bool = False
    """No more than a "mm"."""

    @property
    def starts(self) -> Kind:
        return Kind.FILLER_STARTED if self.is_filler else Kind.SPEECH_STARTED


class Said(Struct, frozen=True):
    """20 ms of a load caller's."""

    sound: bytes
    cue: Kind | None = None

    @property
    def is_onset(self) -> bool:
        return self.cue in {Kind.SPEECH_STARTED, Kind.FILLER_STARTED}


class Timetable(Struct, frozen=True):
    """When a load caller speaks: nearly half of the time, and over the agent now and then."""

    opening: tuple[Saying, ...] = (
        Saying(2_600, 3_100),
        Saying(7_400, 400, is_filler=True),
        Saying(9_500, 2_000),
    )
    """After the greeting; then a "mm" 1.3 s into the answer, which should go on, and an
    interruption of what is left of it."""
    opening_ms: int = 18_000
    """When the answer to the interruption is over."""
    period: tuple[Saying, ...] = (Saying(0, 4_500), Saying(7_000, 400, is_filler=True))
    period_ms: int = 11_000
    """From there on speech, the answer to it and a "mm" in the middle of that, for ever."""

    def frames(self) -> tuple[list[Said], list[Said]]:
        """The opening and one period."""
        return _frames(self.opening, self.opening_ms), _frames(self.period, self.period_ms)


@cache
def _frames(sayings: tuple[Saying, ...], length_ms: int) -> list[Said]:
    """Made once for all the callers who say it."""
    count = length_ms // FRAME_MS
    sounds = list(islice(cycle(_ROOM), count))
    stamps: dict[int, Kind] = dict.fromkeys(range(0, count, STAMP_EVERY_FRAMES), Kind.SENT_AT)
    for saying in sayings:
        start, length = saying.start_ms // FRAME_MS, saying.length_ms // FRAME_MS
        voice = clip("hum" if saying.is_filler else "speech")
        sounds[start : start + length] = islice(cycle(voice), length)
        margin = PRE_ROLL_MS_MAX // FRAME_MS
        for index in range(start - margin, start + margin):
            stamps.pop(index, None)
        stamps[start] = saying.starts
        stamps[start + length] = Kind.SPEECH_STOPPED
    return [Said(sound, stamps.get(index)) for index, sound in enumerate(sounds)]


class LoadCaller(Voice):
    """A caller of a load run; all of them together must cost the generator little."""

    def __init__(self, timetable: Timetable | None = None) -> None:
        self._opening, self._period = (timetable or Timetable()).frames()
        self._index = -1

    def next_frame(self, now_us: int) -> bytes:
        self._index += 1
        after = self._index - len(self._opening)
        said = self._opening[self._index] if after < 0 else self._period[after % len(self._period)]
        self.has_just_begun = said.is_onset
        return said.sound if said.cue is None else stamp(said.cue, now_us, said.sound)
