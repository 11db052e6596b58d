"""The input audio buffer: a caller's sound, cut into turns and understood while it is still quiet.

A turn's text is prepared at its first short silence. If the silence lasts, the turn ends and its
text is nearly ready; if the caller goes on, it is thrown away.
"""

import asyncio
from collections import deque
from typing import Final

import numpy as np
from msgspec import Struct

from prosaasil.kit.onnx.silero import VoiceModel, VoiceStream
from prosaasil.speech.formats import HEARD_HZ, AudioFormat, Samples, SoundDecoder
from prosaasil.speech.recogniser import Heard, Hint, Recogniser
from prosaasil.speech.turns import (
    TurnFinder,
    VoicePaused,
    VoiceResumed,
    VoiceStarted,
    VoiceStopped,
)

KEPT_MS_MAX: Final = 120_000
"""The most audio that waits to be committed."""
ONSET_MS: Final = 400
"""Kept before a voice is found, besides the prefix: finding it takes some windows."""
PREPARED_MAX: Final = 6
"""How often the text of one turn is prepared in vain: a slow speaker must not eat the engine."""
FEW_MS: Final = 1_000
"""At most this much is searched for voices on the event loop; more is searched in a thread."""
_PER_MS: Final = HEARD_HZ // 1_000


class SpeechFound(Struct, frozen=True):
    start_ms: int


class TurnEnded(Struct, frozen=True):
    end_ms: int
    turn: "CallerTurn"


class CallerTurn(Struct):
    """The sound of a turn, and the text that is being made of it."""

    samples: Samples
    text: asyncio.Task[Heard]
    voiced_ms: int | None
    """None when the client ended the turn."""


class Listening(Struct, frozen=True):
    """How a session wants its callers to be listened to."""

    audio_format: AudioFormat
    threshold: float | None
    """None: the client ends the turns."""
    prefix_ms: int
    silence_ms: int
    hint: Hint


class Listener:
    def __init__(self, model: VoiceModel, recogniser: Recogniser, lane: str) -> None:
        self._model = model
        self._recogniser = recogniser
        self._lane = lane
        self._detector = VoiceStream(model)
        self._kept: deque[Samples] = deque()
        self._kept_from = 0  # in samples since the session began
        self._heard = 0
        self._speech_from = 0
        self._prepared: asyncio.Task[Heard] | None = None
        self._prepared_count = 0
        self._voiced_ms = 0
        self._configured: Listening | None = None
        self._decoder = SoundDecoder(AudioFormat.PCM)
        self._finder: TurnFinder | None = None

    @property
    def kept_ms(self) -> float:
        return (self._heard - self._kept_from) / _PER_MS

    @property
    def finds_turns(self) -> bool:
        return self._finder is not None

    def configure(self, listening: Listening) -> None:
        """Settings that did not change leave a turn in progress alone."""
        before = self._configured
        self._configured = listening
        if before is None or before.audio_format is not listening.audio_format:
            self._decoder = SoundDecoder(listening.audio_format)
        if listening.threshold is None:
            self._finder = None
            self._forget_prepared()
        elif self._finder is None:
            self._finder = TurnFinder(
                listening.threshold, listening.silence_ms, now_ms=self._heard // _PER_MS
            )
        else:
            self._finder.threshold = listening.threshold
            self._finder.silence_ms = listening.silence_ms

    async def feed(self, audio: bytes) -> list[SpeechFound | TurnEnded]:
        """The facts that more audio brings."""
        samples = self._decoder.decode(audio)
        if self._finder is None:
            self._keep(samples)
            return []
        facts: list[SpeechFound | TurnEnded] = []
        step = FEW_MS * _PER_MS
        for start in range(0, len(samples), step):
            piece = samples[start : start + step]
            self._keep(piece)
            if len(samples) > step:
                probabilities = await asyncio.to_thread(self._detector.feed, piece)
            else:
                probabilities = self._detector.feed(piece)
            for probability in probabilities:
                facts += self._judge(probability)
        return facts

    def commit(self) -> CallerTurn:
        """End the turn here, by the client's wish."""
        turn = self._end_turn(None, self._since(self._kept_from))
        if self._finder is not None:
            self._finder.reset()
        return turn

    def clear(self) -> None:
        self._forget_prepared()
        self._drop_kept()
        if self._finder is not None:
            self._finder.reset()

    def close(self) -> None:
        self._forget_prepared()

    def _judge(self, probability: float) -> list[SpeechFound | TurnEnded]:
        assert self._finder is not None
        assert self._configured is not None
        facts: list[SpeechFound | TurnEnded] = []
        for fact in self._finder.feed(probability):
            match fact:
                case VoiceStarted(at_ms):
                    start = (at_ms - self._configured.prefix_ms) * _PER_MS
                    self._speech_from = max(start, self._kept_from)
                    self._prepared_count = 0
                    facts.append(SpeechFound(self._speech_from // _PER_MS))
                case VoicePaused():
                    self._prepare(self._finder.voiced_ms)
                case VoiceResumed():
                    self._forget_prepared()
                case VoiceStopped(at_ms, voiced_ms):
                    facts.append(TurnEnded(at_ms, self._end_turn(voiced_ms, self._speech())))
        return facts

    def _speech(self) -> Samples:
        return self._since(self._speech_from)

    def _since(self, position: int) -> Samples:
        if not self._kept:
            return np.zeros(0, np.float32)
        return np.concatenate(self._kept)[max(0, position - self._kept_from) :]

    def _prepare(self, voiced_ms: int) -> None:
        if self._prepared_count < PREPARED_MAX:
            self._prepared_count += 1
            self._prepared = self._understanding(self._speech(), voiced_ms)

    def _end_turn(self, voiced_ms: int | None, samples: Samples) -> CallerTurn:
        text = self._prepared or self._understanding(samples, voiced_ms)
        self._prepared = None
        self._drop_kept()
        return CallerTurn(samples, text, voiced_ms)

    def _understanding(self, samples: Samples, voiced_ms: int | None) -> asyncio.Task[Heard]:
        assert self._configured is not None
        hint = self._configured.hint
        hint = Hint(hint.language, hint.heard_language, hint.prompt, voiced_ms)
        task = asyncio.create_task(self._recogniser.hear(samples, hint, self._lane))
        task.add_done_callback(_forget_failure)
        return task

    def _forget_prepared(self) -> None:
        if self._prepared is not None:
            self._prepared.cancel()
            self._prepared = None

    def _keep(self, samples: Samples) -> None:
        self._heard += len(samples)
        self._kept.append(samples)
        most = KEPT_MS_MAX
        if self._finder is not None and not self._finder.is_speaking:
            assert self._configured is not None
            most = self._configured.prefix_ms + ONSET_MS
        while self._heard - self._kept_from - len(self._kept[0]) >= most * _PER_MS:
            self._kept_from += len(self._kept.popleft())

    def _drop_kept(self) -> None:
        self._kept.clear()
        self._kept_from = self._heard


def _forget_failure(task: "asyncio.Task[Heard]") -> None:
    """Text that nobody waits for may fail in silence."""
    if not task.cancelled():
        task.exception()
