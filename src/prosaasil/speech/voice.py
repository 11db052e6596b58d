"""The synthesiser in this process: hibari, an American voice, which also reads Hebrew phonemes."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

import numpy as np
from hibari import Hibari  # type: ignore[import-untyped]

from prosaasil.speech.formats import SPOKEN_HZ, Samples
from prosaasil.speech.hebrew import HebrewReader
from prosaasil.speech.spoken import in_english, plain, sentences
from prosaasil.speech.workers import Workers

GAIN: Final = np.float32(2.0)
"""The model speaks at -26 dB; telephone speech is meant to be near -20."""
PHONEMES_MAX: Final = 380
"""The model was made for sentences up to 400."""
PAUSE_MS: Final = 180
"""Between sentences; the model's own edges are short."""
_HEBREW_RUN = re.compile(r"[א-ת][^A-Za-z]*")


class HibariSynthesiser:
    is_demo = True

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._voice = Hibari()
        self._hebrew = HebrewReader()

    async def speak(
        self, text: str, language: str, speed: float, lane: str
    ) -> AsyncIterator[Samples]:
        for sentence in sentences(plain(text)):
            yield await self._workers.run(lane, partial(self._sound, sentence, language, speed))

    async def warm_up(self) -> None:
        for text, language in (("Hello, the voice is ready.", "en"), ("שלום, הקול מוכן.", "he")):
            await self._workers.run("", partial(self._sound, text, language, 1.0))

    async def close(self) -> None:
        """Nothing to give back."""

    def _sound(self, sentence: str, language: str, speed: float) -> Samples:
        made = [
            self._voice.from_phonemes(part, speed)
            for part in _parts(self.phonemes(sentence, language))
        ]
        pause = np.zeros(SPOKEN_HZ * PAUSE_MS // 1_000, np.float32)
        sound = np.concatenate([*made, pause]) * GAIN
        return np.clip(sound, -0.98, 0.98).astype(np.float32)

    def phonemes(self, sentence: str, language: str) -> str:
        """Each run of the sentence by the reader of its letters; digits go with the language."""
        if not re.search(r"[א-ת]", sentence):
            return (
                self._english(sentence)
                if language != "he" or _has_latin(sentence)
                else (self._hebrew.phonemes(sentence))
            )
        spoken: list[str] = []
        position = 0
        for run in _HEBREW_RUN.finditer(sentence):
            spoken += [self._other(sentence[position : run.start()], language)]
            spoken += [self._hebrew.phonemes(run[0])]
            position = run.end()
        spoken += [self._other(sentence[position:], language)]
        return " ".join(part for part in spoken if part)

    def _other(self, text: str, language: str) -> str:
        if not re.search(r"\w", text):
            return ""
        return (
            self._hebrew.phonemes(text)
            if language == "he" and not _has_latin(text)
            else (self._english(text))
        )

    def _english(self, text: str) -> str:
        return " ".join(self._voice.phonemize(in_english(text)))


def _has_latin(text: str) -> bool:
    return re.search(r"[A-Za-z]", text) is not None


def _parts(phonemes: str) -> list[str]:
    """Phonemes in pieces the model can say, cut between clauses or else words."""
    parts: list[str] = []
    for clause in re.split(r"(?<=[,.;:!?])\s+", phonemes):
        for start in range(0, max(len(clause), 1), PHONEMES_MAX):
            piece = clause[start : start + PHONEMES_MAX]
            if parts and len(parts[-1]) + len(piece) < PHONEMES_MAX:
                parts[-1] = f"{parts[-1]} {piece}"
            else:
                parts.append(piece)
    return [part if part[-1:] in ",.?!" else f"{part}." for part in parts if part.strip()]
