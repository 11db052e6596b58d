"""The local voice detector: counts frames of 20 ms as the shell's does, but stretches at once.

The few frames in which something may be reported are counted one by one, the others by arithmetic.
"""

from collections.abc import Iterator

from msgspec import Struct

from prosaasil.call import events

FRAME_MS = 20


class Report(Struct):
    frame: int
    """With which it is made."""
    event: events.CallerVoiceHeard | events.CallerVoiceEnded


class Detector(Struct):
    """Voiced frames, counted as the policy says."""

    steps: tuple[int, ...]
    window_frames: int
    hangover_frames: int
    recent: int = 0
    """One bit for each of the last frames, the newest lowest."""
    run_frames: int = 0
    paused_frames: int = 0
    steps_told: int = 0

    def take(self, first: int, frames: int, *, is_voiced: bool) -> Iterator[Report]:
        """Count equal frames, the first of which has the number `first`."""
        if is_voiced:
            yield from self._take_voice(first, frames)
        else:
            self.recent = (self.recent << min(frames, self.window_frames)) & self._mask
            yield from self._take_silence(first, frames)

    def reset(self) -> None:
        self.recent = self.run_frames = self.paused_frames = self.steps_told = 0

    @property
    def _mask(self) -> int:
        return (1 << self.window_frames) - 1

    def _take_voice(self, first: int, frames: int) -> Iterator[Report]:
        self.paused_frames = 0
        for number in range(first, first + frames):
            if self.steps_told > 1:
                left = first + frames - number
                seen = min(left, self.window_frames)
                self.recent = ((self.recent + 1 << seen) - 1) & self._mask
                yield from self._take_run(number, left)
                return
            self.recent = (self.recent << 1 | 1) & self._mask
            self.run_frames += 1
            if self.recent.bit_count() >= self.steps[self.steps_told]:
                yield self._step(number, self.steps[self.steps_told])

    def _take_run(self, first: int, frames: int) -> Iterator[Report]:
        before = self.run_frames
        self.run_frames += frames
        while self.steps_told < len(self.steps):
            step = self.steps[self.steps_told]
            if self.run_frames < step:
                return
            yield self._step(max(first, first + step - before - 1), step)

    def _step(self, frame: int, count: int) -> Report:
        self.steps_told += 1
        return Report(frame, events.CallerVoiceHeard(count))

    def _take_silence(self, first: int, frames: int) -> Iterator[Report]:
        if not self.run_frames:
            return
        missing = self.hangover_frames + 1 - self.paused_frames
        self.paused_frames += frames
        if frames >= missing:
            ended = events.CallerVoiceEnded(self.run_frames)
            self.reset()
            yield Report(first + missing - 1, ended)
