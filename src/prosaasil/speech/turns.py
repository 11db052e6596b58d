"""Where a caller's turn begins and ends, from the voice detector's probabilities alone.

A turn begins when enough windows in a row sound like a voice, and ends after `silence_ms` without.
A short silence inside a turn is a pause: then the text so far may be prepared, so that it is ready
when the pause becomes the end. Time is the count of audio heard, never the wall's.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

WINDOW_MS: Final = 32
"""One probability is of this much audio: Silero's window of 256 samples at 8 kHz."""
ONSET_WINDOWS: Final = 3
"""96 ms of voice begin a turn: the shortest words have about 150, clicks and keys less than 64."""
RELEASE_MARGIN: Final = 0.15
"""A voice goes on until the probability is this much under the threshold (Silero's own rule)."""
PAUSE_MS: Final = 192
"""After this much silence the text so far is prepared; shorter gaps are inside of words."""
TURN_MS_MAX: Final = 60_000
"""A louder room than this is no turn: it is cut, and what was heard is used."""


class VoiceStarted(Struct, frozen=True):
    at_ms: int
    """Where the voice began."""


class VoicePaused(Struct, frozen=True):
    at_ms: int


class VoiceResumed(Struct, frozen=True):
    """What was prepared at the pause is of no use: the turn goes on."""

    at_ms: int


class VoiceStopped(Struct, frozen=True):
    at_ms: int
    """Where the turn was found to be over, with the silence that showed it."""
    voiced_ms: int
    """How much of it sounded like a voice."""


TurnFact = VoiceStarted | VoicePaused | VoiceResumed | VoiceStopped


class TurnFinder:
    def __init__(self, threshold: float, silence_ms: int, *, now_ms: int = 0) -> None:
        self.threshold = threshold
        self.silence_ms = silence_ms
        self.is_speaking = False
        self._now = now_ms
        self._run = 0  # windows of voice in a row, while nobody speaks
        self._started_at = 0
        self._voiced_until = 0
        self._voiced_ms = 0
        self._is_paused = False

    @property
    def voiced_ms(self) -> int:
        """How much of the turn so far sounded like a voice."""
        return self._voiced_ms

    def feed(self, probability: float) -> Iterator[TurnFact]:
        """The facts that the next window of audio brings."""
        self._now += WINDOW_MS
        if not self.is_speaking:
            self._run = self._run + 1 if probability >= self.threshold else 0
            if self._run >= ONSET_WINDOWS:
                yield self._start()
            return
        if probability >= max(self.threshold - RELEASE_MARGIN, 0.01):
            self._voiced_until = self._now
            self._voiced_ms += WINDOW_MS
            if self._is_paused:
                self._is_paused = False
                yield VoiceResumed(self._now)
        silent_ms = self._now - self._voiced_until
        if silent_ms >= self.silence_ms or self._now - self._started_at >= TURN_MS_MAX:
            yield VoiceStopped(self._now, self._voiced_ms)
            self.reset()
        elif silent_ms >= PAUSE_MS and not self._is_paused:
            self._is_paused = True
            yield VoicePaused(self._now)

    def reset(self) -> None:
        """Nobody speaks; the time goes on."""
        self.is_speaking = False
        self._is_paused = False
        self._run = 0

    def _start(self) -> VoiceStarted:
        self.is_speaking = True
        self._voiced_ms = self._run * WINDOW_MS
        self._started_at = self._now - self._voiced_ms
        self._voiced_until = self._now
        return VoiceStarted(self._started_at)
