"""The caller's voice as the local detector tells it: is there one, since when, and how much of it.

The engine reports turns; the detector reports sound, sooner and whether or not the engine may hear
it. Together they are the evidence for what the caller said: words without a voice are nobody's.
"""

from collections import deque

from msgspec import Struct

from .playout import FRAME_MS
from .policy import CallPolicy

RUNS_KEPT_MAX = 64
ENGINE_LAG_MS = 500
"""The engine may report a short word this long after the detector has heard its end; a voice of the
turn before has ended for longer, as the engine waits for 500 ms of silence and then for a voice."""


class _Run(Struct):
    onset_at: int
    ended_at: int
    frames: int


class Voice:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._frames = 0
        self._onset_at = 0
        self._runs: deque[_Run] = deque(maxlen=RUNS_KEPT_MAX)

    @property
    def is_on(self) -> bool:
        """A voice is heard, or pauses within a word."""
        return self._frames >= self._policy.voice_steps[0]

    def is_recent(self, now: int) -> bool:
        """A voice is on, or has just ended."""
        last = self._runs[-1] if self._runs else None
        return self.is_on or (last is not None and last.ended_at >= now - ENGINE_LAG_MS)

    @property
    def onset_at(self) -> int:
        """Of the voice that is on, or of the one that was on last."""
        return self._onset_at

    def heard(self, frames: int, now: int) -> None:
        if not self._frames:
            self._onset_at = now - frames * FRAME_MS
        self._frames = max(self._frames, frames)

    def ended(self, frames: int, now: int) -> None:
        frames = max(frames, self._frames)
        if not self._frames:
            self._onset_at = now - frames * FRAME_MS
        self._runs.append(_Run(self._onset_at, now, frames))
        self._frames = 0

    def start_anew(self, now: int) -> None:
        """The gate closes and the detector counts from zero: what was on is a run of its own."""
        if self._frames:
            self.ended(self._frames, now)

    def frames_of(self, began_at: int, ended_at: int | None) -> int:
        """Voiced frames of a turn that the engine reported within these times (R-STT-09)."""
        return sum(run.frames for run in self._of(began_at, ended_at))

    def onset_of(self, began_at: int, ended_at: int | None) -> int:
        """When the voice of such a turn began; the report itself when no voice was heard."""
        return min([*(run.onset_at for run in self._of(began_at, ended_at)), began_at])

    def _of(self, began_at: int, ended_at: int | None) -> list[_Run]:
        on = [_Run(self._onset_at, began_at, self._frames)] if self._frames else []
        return [
            run
            for run in (*self._runs, *on)
            if run.ended_at >= began_at - ENGINE_LAG_MS
            and (ended_at is None or run.onset_at < ended_at)
        ]
