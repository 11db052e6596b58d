"""PURE. What the caller really got: when every frame arrived and what was heard of it.

The ear knows nothing of the server but what reached the caller, so that its figures are the
caller's. Arrival times judge the pacing; the heard timeline (what the line played, 20 ms at a time)
judges what a person would have noticed.
"""

from array import array
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from .cues import FRAME_BYTES, SILENCE
from .sound import is_audible

SECOND_US = 1_000_000
FOREVER_US = 1 << 62
FRAME_MS = 20
HOLD_US_MIN = 60_000
"""An agent who is silent for longer, just after the caller began to speak, is held."""
HOLD_LIMIT_US = 1_000_000
"""An agent who is heard for longer than this after the caller began has not given way."""


class Answer(Struct, frozen=True):
    """From the end of something the caller said to the agent's first audible 20 ms after it."""

    caller_ended_ms: int
    latency_ms: int | None
    """None when the agent never answered."""


class Hearing(Struct, frozen=True):
    """One call's figures, as its caller would give them."""

    frames: int
    played_ms: int
    gap_ms_max: float
    gap_ms_p99: float
    fps_min: int | None
    """Frames in the poorest second in which the agent spoke from end to end; None without one."""
    fps_max: int | None
    first_frame_ms: float | None
    """From the stream's `start` to the agent's first frame."""
    odd_frames: int
    """Agent messages that were not of 160 bytes."""
    answers: list[Answer]


class Hold(Struct, frozen=True):
    """The caller began to speak over the agent; times in microseconds."""

    onset_us: int
    """When the first sound was made: 20 ms before its frame was sent."""
    last_us: int
    """When the last frame of the agent's arrived before it was silent."""
    resumed_us: int | None
    """When the next one arrived; None when the speech was cut off."""

    @property
    def hold_us(self) -> int:
        return self.last_us - self.onset_us


class Ear:
    """Listens to one call. Times are microseconds of one clock; the caller is who calls in.

    A stretch is agent speech without a declared end: it ends where the server sends a mark or a
    clear. A gap inside a stretch is one that the caller hears as a hole.
    """

    def __init__(self, *, keeps_sound: bool = True) -> None:
        self.started_us: int | None = None
        self.odd_frames = 0
        self.arrivals = array("Q")
        self.stretch_starts = array("L")
        self.caller_sound = bytearray()
        self.agent_sound = bytearray()
        self.played_frames = 0
        self.agent_sounds = 0
        """Audible frames of the agent's, so far."""
        self.agent_quiet_ms = 0
        """For how long nothing of the agent's was played: a pause between sentences is played."""
        self._keeps_sound = keeps_sound
        self._stretch_is_over = True
        self._caller_ends: list[int] = []
        self.holds: list[Hold] = []
        self._onset_us: int | None = None

    def start(self, at_us: int) -> None:
        self.started_us = at_us

    def agent_frame(self, at_us: int, size: int) -> None:
        """A media message of `size` bytes has arrived from the server."""
        if self._onset_us is not None:
            self._settle_hold(at_us)
        if self._stretch_is_over:
            self._stretch_is_over = False
            self.stretch_starts.append(len(self.arrivals))
        if size != FRAME_BYTES:
            self.odd_frames += 1
        self.arrivals.append(at_us)

    def stretch_ended(self) -> None:
        """The server has declared an end (a mark)."""
        self._stretch_is_over = True
        self._onset_us = None

    def was_cut(self) -> None:
        """The server has cut what it was saying (a clear)."""
        if self._is_spoken_over():
            self._note_hold(None)
        self.stretch_ended()

    def caller_began(self, at_us: int) -> None:
        """The caller's first frame of something has been sent."""
        self._onset_us = at_us - FRAME_MS * 1_000

    def _is_spoken_over(self) -> bool:
        """Whether the agent was heard when the caller began."""
        onset_us = self._onset_us
        return (
            onset_us is not None
            and bool(self.arrivals)
            and self.arrivals[-1] > onset_us - HOLD_US_MIN
        )

    def _note_hold(self, resumed_us: int | None) -> None:
        assert self._onset_us is not None
        self.holds.append(Hold(self._onset_us, self.arrivals[-1], resumed_us))
        self._onset_us = None

    def _settle_hold(self, at_us: int) -> None:
        """The agent goes on after the caller began: at last, or still."""
        assert self._onset_us is not None
        if not self._is_spoken_over():
            self._onset_us = None
        elif at_us - self.arrivals[-1] > HOLD_US_MIN:
            self._note_hold(at_us)
            self._stretch_is_over = True
        elif at_us - self._onset_us > HOLD_LIMIT_US:
            self._note_hold(at_us)

    def stretch_ended_before(self) -> None:
        """The frame that has just arrived is the first of something new."""
        last = len(self.arrivals) - 1
        if not self.stretch_starts or self.stretch_starts[-1] != last:
            self.stretch_starts.append(last)

    def tick(self, caller: bytes, agent: bytes | None) -> None:
        """20 ms of the call as both heard it; `agent` is None when the line played nothing."""
        if agent is not None:
            self.played_frames += 1
        if not self._keeps_sound:
            return
        self.caller_sound += caller
        self.agent_sound += agent or SILENCE
        if agent is None:
            self.agent_quiet_ms += FRAME_MS
            return
        self.agent_quiet_ms = 0
        self.agent_sounds += is_audible(agent)

    @property
    def heard_ms(self) -> int:
        """How long the call has been listened to."""
        return len(self.caller_sound) // (FRAME_BYTES // FRAME_MS)

    def caller_ended(self) -> None:
        """The caller has just said the last of something; the next agent sound answers it."""
        self._caller_ends.append(self.heard_ms)

    def gaps_us(self, since_us: int = 0, until_us: int = FOREVER_US) -> NDArray[np.int64]:
        """The time from each agent frame to the next one of its stretch."""
        arrivals = np.array(self.arrivals, dtype=np.int64)
        gaps = np.diff(arrivals)
        inside = (arrivals[:-1] >= since_us) & (arrivals[1:] <= until_us)
        for start in self.stretch_starts:
            if start:
                inside[start - 1] = False
        return gaps[inside]

    def frames_by_whole_second(
        self, since_us: int = 0, until_us: int = FOREVER_US
    ) -> NDArray[np.int64]:
        """Frames in each second that lies wholly inside one stretch."""
        arrivals = np.array(self.arrivals, dtype=np.int64)
        bounds = [*self.stretch_starts, len(arrivals)]
        counts: list[NDArray[np.int64]] = []
        for first, end in pairwise(bounds):
            stretch = arrivals[first:end]
            stretch = stretch[(stretch >= since_us) & (stretch <= until_us)]
            if not len(stretch):
                continue
            since_start = stretch - stretch[0]
            # A frame stands for the 20 ms after it, so a second's 50th frame comes at 980 ms; half
            # a frame of grace keeps the frame due at the very second out of the one before.
            seconds = (since_start + SECOND_US // 100) // SECOND_US
            whole = int(seconds[-1])
            counts.append(np.bincount(seconds, minlength=whole + 1)[:whole].astype(np.int64))
        return np.concatenate(counts) if counts else np.zeros(0, dtype=np.int64)

    def answers(self) -> list[Answer]:
        starts = [at for at in range(0, len(self.agent_sound), FRAME_BYTES) if self._is_onset(at)]
        found = []
        for ended_ms, limit_ms in pairwise([*self._caller_ends, self.heard_ms]):
            onsets = (at // 8 for at in starts if ended_ms <= at // 8 < limit_ms)
            onset_ms = next(onsets, None)
            found.append(Answer(ended_ms, None if onset_ms is None else onset_ms - ended_ms))
        return found

    def _is_onset(self, at: int) -> bool:
        return is_audible(self.agent_sound[at : at + FRAME_BYTES])

    def hearing(self) -> Hearing:
        gaps = self.gaps_us()
        seconds = self.frames_by_whole_second()
        first_ms = None
        if self.started_us is not None and len(self.arrivals):
            first_ms = (self.arrivals[0] - self.started_us) / 1_000
        return Hearing(
            frames=len(self.arrivals),
            played_ms=self.played_frames * FRAME_MS,
            gap_ms_max=float(gaps.max()) / 1_000 if len(gaps) else 0.0,
            gap_ms_p99=float(np.percentile(gaps, 99)) / 1_000 if len(gaps) else 0.0,
            fps_min=int(seconds.min()) if len(seconds) else None,
            fps_max=int(seconds.max()) if len(seconds) else None,
            first_frame_ms=first_ms,
            odd_frames=self.odd_frames,
            answers=self.answers(),
        )
