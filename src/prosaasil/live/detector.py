"""Listens to the caller's frames beside the engine: how many are voiced, and who speaks quietly.

It only counts here; nothing is ever held back for what it hears (R-RX-04, R-RX-07).
"""

from prosaasil.audio.level import NoiseFloor, VoiceLevels, level

UTTERANCE_FRAMES_MIN = 10
"""Fewer voiced frames in a row are a click or a breath, not an utterance."""


class Detector:
    __slots__ = ("_floor", "_run_frames", "_run_level", "quiet_utterances", "voiced_frames")

    def __init__(self) -> None:
        self.voiced_frames = 0
        self.quiet_utterances = 0
        self._floor = NoiseFloor()
        self._run_frames = 0
        self._run_level = 0

    def add(self, audio: bytes) -> None:
        loudness = level(audio)
        if self._floor.is_voiced(loudness):
            self.voiced_frames += 1
            self._run_frames += 1
            self._run_level += loudness
        elif self._run_frames:
            self._utterance_ended()

    def totals(self) -> dict[str, int | float]:
        return {
            "frames_voiced": self.voiced_frames,
            "quiet_utterances": self.quiet_utterances,
            "noise_floor": self._floor.level,
        }

    def _utterance_ended(self) -> None:
        """Counts speakers whom louder thresholds would have missed (R-RX-10)."""
        frames, self._run_frames = self._run_frames, 0
        total, self._run_level = self._run_level, 0
        if frames >= UTTERANCE_FRAMES_MIN and total < 2 * VoiceLevels.VOICE * frames:
            self.quiet_utterances += 1
