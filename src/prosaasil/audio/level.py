"""How loud a frame is, and whether somebody speaks over the line's own noise.

`level` runs for every caller frame of every call, so it reads a frame twice at most, in C: mu-law
codes are translated to magnitudes that fit a byte and summed. Quiet frames, where thresholds
lie, are summed in steps of 8 (the finest step mu-law has); when that scale is near its end, a
second sum in steps of 128 reaches full scale. Measured for 160 bytes: 0.9 us quiet, 1.6 us loud;
numpy needs 1.6, a loop over squares 5.
"""

from typing import Final

from .mulaw import LINEAR

FINE_STEP = 8
COARSE_STEP = 128
FINE_MEAN_MAX = 60
"""In fine steps: above a mean of 480, single samples may be beyond the fine scale's 2,040."""
RMS_PER_MEAN = 1.2533
"""sqrt(pi / 2): the ratio for Gaussian noise; a sine has 1.11, speech up to 1.6."""


def _magnitudes(step: int) -> bytes:
    return bytes(min(255, (abs(sample) + step // 2) // step) for sample in LINEAR)


_FINE: Final = _magnitudes(FINE_STEP)
_COARSE: Final = _magnitudes(COARSE_STEP)


def level(audio: bytes) -> int:
    """About the root mean square of mu-law audio, on the scale of 16-bit samples; 0 for none."""
    count = len(audio) or 1
    fine = sum(audio.translate(_FINE))
    if fine <= FINE_MEAN_MAX * count:
        return int(fine * (FINE_STEP * RMS_PER_MEAN) / count)
    return int(sum(audio.translate(_COARSE)) * (COARSE_STEP * RMS_PER_MEAN) / count)


class VoiceLevels:
    """Levels that mean something on a telephone line (R-VAD-07)."""

    VOICE: Final = 60
    """Nothing quieter is ever taken for a voice."""
    SPEECH: Final = 40
    """Quiet speech: too quiet to interrupt, loud enough to be understood."""
    SILENCE: Final = 30
    """Below this a line is silent; what a line is taken for until it was heard."""
    DELTA_MIN: Final = 30
    """How far above its noise a voice is at least; over a silent line this makes `VOICE`."""


DELTA_DIVISOR = 2
"""Loud noise varies more, so a voice has to be half the noise above it."""
BLOCK_FRAMES = 24
BLOCKS = 4
"""4 blocks of 480 ms: a steady noise is known after 1.92 s, and speech pauses within that."""


class NoiseFloor:
    """The level of a line on which nobody speaks: the quietest frame of the last two seconds.

    Follows a falling noise at once and a rising one after two seconds, so that speech, which
    pauses, does not raise it. Feed it the caller's real frames only, not silence put in for lost
    ones.
    """

    __slots__ = ("_blocks", "_frames", "level", "threshold")

    def __init__(self) -> None:
        self._blocks: list[int] = [VoiceLevels.SILENCE] * BLOCKS
        self._frames = 0
        self._settle()

    def is_voiced(self, level: int) -> bool:
        """Whether the next frame, of this level, is louder than the line's noise can explain."""
        blocks = self._blocks
        if self._frames == BLOCK_FRAMES:
            self._frames = 0
            blocks.append(level)
            del blocks[0]
            self._settle()
        self._frames += 1
        if level < blocks[-1]:
            blocks[-1] = level
            self._settle()
        return level > self.threshold

    def _settle(self) -> None:
        self.level = min(self._blocks)
        """The noise, as a level."""
        self.threshold = max(
            VoiceLevels.VOICE,
            self.level + max(VoiceLevels.DELTA_MIN, self.level // DELTA_DIVISOR),
        )
        """What is louder than this is a voice."""
