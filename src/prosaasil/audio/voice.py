"""From frames that are loud or not to a voice: when there is one, how long, and when it is over.

A run is a voice with its short pauses. Within it frames are counted as voiced; the counts that are
steps are told. The first steps ask how much voice there was just now, so they count within a window
of the latest frames; from the third on the count is the run's.

A frame can be loud and not (yet) known to be a voice: a detector that knows better needs some
frames to make up its mind. Such frames wait within the window and count as voiced once it has.
"""

from msgspec import Struct

WINDOW_STEPS = 2
"""So many of the first steps are counted within the window."""


class VoiceHeard(Struct, frozen=True):
    """The count has reached another step."""

    frames: int


class VoiceEnded(Struct, frozen=True):
    """The run is over."""

    frames: int
    """All its voiced frames."""


class VoiceRun:
    """`add` each frame in turn; it says what is to be told."""

    __slots__ = ("_hangover", "_step", "_steps", "_voiced", "_waiting", "_window", "frames")

    def __init__(self, steps: tuple[int, ...], *, window: int, hangover: int) -> None:
        """`window` in frames; `hangover` the longest pause within a run, in frames and shorter."""
        assert hangover < window
        self._steps = steps
        self._window = (1 << window) - 1
        self._hangover = (1 << hangover + 1) - 1
        self.restart()

    def restart(self) -> None:
        """Count from zero, whatever was heard; nothing is told of it."""
        # Which of the frames in the window are voiced, and which were loud and are not known to be
        # a voice: as bits, the latest the lowest.
        self._voiced = 0
        self._waiting = 0
        self.frames = 0
        """Voiced frames of the run."""
        self._step = 0

    def add(self, *, is_loud: bool, is_voice: bool = True) -> VoiceHeard | VoiceEnded | None:
        """`is_voice` is what is known by now of the loud frames in the window."""
        window = self._window
        self._voiced = self._voiced << 1 & window
        waiting = self._waiting << 1 & window | is_loud
        if waiting and is_voice:
            self._waiting = 0
            self.frames += waiting.bit_count()
            self._voiced |= waiting
            return self._reached()
        self._waiting = waiting if waiting & self._hangover else 0
        if self.frames and not self._voiced & self._hangover:
            return self._over()
        return None

    def _reached(self) -> VoiceHeard | None:
        """Whether the count has come to the next step, or at once to more than one."""
        told = None
        while self._step < len(self._steps):
            frames = self._voiced.bit_count() if self._step < WINDOW_STEPS else self.frames
            if frames < self._steps[self._step]:
                break
            self._step += 1
            told = VoiceHeard(frames)
        return told

    def _over(self) -> VoiceEnded:
        frames, self.frames = self.frames, 0
        self._voiced = 0
        self._step = 0
        return VoiceEnded(frames)
