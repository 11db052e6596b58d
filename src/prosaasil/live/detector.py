"""Listens to the caller's frames beside the engine: is that a voice, and how much of one?

Nothing is ever held back for what it hears (R-RX-04, R-RX-07); it is told to the call. While the
agent is silent every loud frame is a voice, also of those who speak quietly. While the agent
speaks a voice will silence it, so a louder one is wanted, and Silero's model must agree: breath,
hum and knocks are loud too. The model runs only while something is loud. It makes up its mind
within a few windows of 32 ms; the loud frames until then wait, and count once it has. What it took
for a voice it need not hear all of: it sleeps, and makes sure again before its word is too old.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np

from prosaasil.audio.level import NoiseFloor, VoiceLevels, level
from prosaasil.audio.mulaw import FRAME_BYTES, LINEAR
from prosaasil.audio.voice import VoiceEnded, VoiceHeard, VoiceRun
from prosaasil.call.events import CallerVoiceEnded, CallerVoiceHeard
from prosaasil.call.policy import CallPolicy
from prosaasil.kit.onnx.silero import VoiceModel, VoiceStream

UTTERANCE_FRAMES_MIN: Final = 10
"""Fewer voiced frames in a row are a click or a breath, not an utterance."""
BEFORE_VOICE_FRAMES: Final = 5
"""Before a voice is loud it has begun: 100 ms more are kept of it."""
WARMING_FRAMES: Final = 2
"""The model hears so much of what was before a sound. With more it is quicker to believe in tones
and strings, and no quicker with people (measured, see docs/bench.md)."""
VOICE_PROBABILITY: Final = 0.6
JUDGED_WINDOWS: Final = 0b1111
"""The verdict is of the last 4 windows, 128 ms: ..."""
VOICE_WINDOWS_MIN: Final = 2
"""... so many of them must be voice; one alone may be a knock."""
TRUST_FRAMES: Final = 50
"""A verdict holds for a second of sound, ..."""
ASKING_FRAMES: Final = 10
"""... and for the last 200 ms of that the model is asked again; so it hears a sixth of a voice."""
NOTHING: Final = ()

_SAMPLES: Final = (np.array(LINEAR, np.float32) / 32_768).astype(np.float32)

Told = CallerVoiceHeard | CallerVoiceEnded


class Detector:
    """`add` each of the caller's frames, before anything else is done with it (R-VAD-01)."""

    __slots__ = (
        "_awake",
        "_floor",
        "_judged",
        "_loud",
        "_model",
        "_run",
        "_run_level",
        "_stream",
        "_trust",
        "_window",
        "is_strict",
        "quiet_utterances",
        "recent",
        "voiced_frames",
    )

    def __init__(self, model: VoiceModel, policy: CallPolicy) -> None:
        window = policy.voice_window_frames
        self.is_strict = False
        """Whether the agent is speaking."""
        self.recent: deque[bytes] = deque(maxlen=window + BEFORE_VOICE_FRAMES)
        """The caller's latest audio, always, whatever becomes of it (R-RX-08)."""
        self.voiced_frames = 0
        self.quiet_utterances = 0
        self._model = model
        self._stream: VoiceStream | None = None
        self._judged = 0
        self._trust = 0
        self._floor = NoiseFloor()
        self._run = VoiceRun(
            policy.voice_steps, window=window, hangover=policy.voice_hangover_frames
        )
        self._window = (1 << window) - 1
        self._awake = (1 << policy.voice_hangover_frames + 1) - 1
        self._loud = 0
        self._run_level = 0

    def add(self, audio: bytes) -> Sequence[Told]:
        """What is to be told once this audio, usually one frame, has been heard."""
        if len(audio) == FRAME_BYTES:
            self.recent.append(audio)
            told = self._hear(audio)
            return NOTHING if told is None else (told,)
        all_told = []
        for at in range(0, len(audio), FRAME_BYTES):
            frame = audio[at : at + FRAME_BYTES]
            self.recent.append(frame)
            if (told := self._hear(frame)) is not None:
                all_told.append(told)
        return all_told

    def restart(self) -> None:
        """Count from zero: the agent begins to speak."""
        self.voiced_frames += self._run.frames
        self._run.restart()
        self._fall_asleep(0)
        self._run_level = 0

    @property
    def is_loud(self) -> bool:
        """Whether the latest frame is."""
        return bool(self._loud & 1)

    def pre_roll(self, frames_max: int) -> list[bytes]:
        """The latest audio from a little before its first loud frame on; none without one."""
        loud = self._loud
        count = min(loud.bit_length() + BEFORE_VOICE_FRAMES, frames_max) if loud else 0
        return list(self.recent)[-count:] if count else []

    def totals(self) -> dict[str, int | float]:
        return {
            "frames_voiced": self.voiced_frames + self._run.frames,
            "quiet_utterances": self.quiet_utterances,
            "noise_floor": self._floor.level,
        }

    def _hear(self, frame: bytes) -> Told | None:
        loudness = level(frame)
        floor = self._floor
        floor.add(loudness)
        is_loud = loudness > (floor.threshold if self.is_strict else floor.quiet_threshold)
        loud = self._loud = (self._loud << 1 | is_loud) & self._window
        if not loud:
            return None  # and has not been for longer than any run goes on
        if self.is_strict:
            told = self._run.add(is_loud=is_loud, is_voice=self._is_voice(frame))
        else:
            told = self._run.add(is_loud=is_loud)
            if is_loud:
                self._run_level += loudness
        if told is None:
            return None
        match told:
            case VoiceHeard(frames):
                return CallerVoiceHeard(frames)
            case VoiceEnded(frames):
                self._voice_ended(frames)
                return CallerVoiceEnded(frames)

    def _is_voice(self, frame: bytes) -> bool:
        """The verdict so far."""
        if not self._loud & self._awake:
            self._fall_asleep(0)
            return False
        self._trust -= 1
        if self._trust < ASKING_FRAMES and self._model_agrees(frame):
            self._fall_asleep(TRUST_FRAMES)
        return self._trust > 0

    def _fall_asleep(self, trust: int) -> None:
        self._stream = None
        self._trust = trust

    def _model_agrees(self, frame: bytes) -> bool:
        frames: Sequence[bytes] = (frame,)
        if self._stream is None:
            self._stream = VoiceStream(self._model)
            self._judged = 0
            frames = list(self.recent)[-WARMING_FRAMES - 1 :]
        heard = np.frombuffer(b"".join(frames), np.uint8)
        for probability in self._stream.feed(_SAMPLES[heard]):
            self._judged = (self._judged << 1 | (probability >= VOICE_PROBABILITY)) & JUDGED_WINDOWS
        return self._judged.bit_count() >= VOICE_WINDOWS_MIN

    def _voice_ended(self, frames: int) -> None:
        """Counts speakers whom the louder threshold would have missed (R-RX-10)."""
        self.voiced_frames += frames
        total, self._run_level = self._run_level, 0
        if frames >= UTTERANCE_FRAMES_MIN and total < VoiceLevels.VOICE * frames:
            self.quiet_utterances += 1
