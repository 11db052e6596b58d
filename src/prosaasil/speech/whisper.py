"""The recogniser in this process: Whisper base, with eight-bit weights."""

import re
from pathlib import Path
from typing import Any, Final

import ctranslate2  # type: ignore[import-untyped]
import numpy as np
import tokenizers
from msgspec import Struct

from prosaasil.speech.formats import HEARD_HZ, Samples
from prosaasil.speech.log_mel import log_mel
from prosaasil.speech.phantoms import is_phantom
from prosaasil.speech.recogniser import Heard, Hint
from prosaasil.speech.weights import whisper_folder
from prosaasil.speech.workers import Workers

PIECE_S_MAX: Final = 26
"""A longer turn is understood in pieces: Whisper knows no more than 30 s at once."""
CUT_SEARCH_S: Final = 6
"""How far back from a piece's longest end a quiet place to cut is looked for."""
TOKENS_PER_S: Final = 10
"""More than anybody says; stops a loop of repeated words."""
TOKENS_BASE: Final = 12
FOREIGN_PROBABILITY_MIN: Final = 0.9
FOREIGN_SCORE_GAIN_MIN: Final = 0.6
"""Another language than the line's is believed only when it is likely and its words fit clearly
better. Measured: accented Hebrew taken for English gains at most 0.2, real English 0.7 to 1.9."""
FOREIGN_SCORE_MIN: Final = -0.5
"""Words of another language are believed only if the model is sure of them: real English scored
-0.41 or better in 16 of 17 recordings, accented Hebrew read as English -0.61 or worse in 36 of 36,
also where the Hebrew reading came out in Latin letters."""
FOREIGN_AGAIN_PROBABILITY_MIN: Final = 0.8
"""A caller who has spoken it before is believed sooner."""
HEBREW_CONTEXT: Final = (
    "שלום, אני רוצה לקבוע תור ליום ראשון בבוקר. אפשר לבטל את התור של מחר בשעה עשר וחצי? "
    "אפשר לדבר עם נציג? כמה זה עולה? כן, נכון. לא, תודה. "
    "המספר הוא אפס, חמש, שתיים, שלוש, ארבע, שבע, תשע."
)
"""What a telephone call sounds like: with it Hebrew has half of the character errors (29 -> 14 %
in a round trip with our own voice)."""
OTHER_BEAMS: Final = 5
"""English gains nothing from more than one; Hebrew has a third fewer character errors."""
KEYWORDS_LENGTH_MAX: Final = 200


class Words(Struct, frozen=True):
    text: str
    score: float
    """Mean log probability of a token."""


class WhisperRecogniser:
    is_demo = True

    def __init__(self, models: Path, workers: Workers, *, threads: int) -> None:
        self._workers = workers
        folder = whisper_folder(models)
        self._model = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", inter_threads=threads, intra_threads=1
        )
        self._tokens = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))

    async def hear(self, samples: Samples, hint: Hint, lane: str) -> Heard:
        return await self._workers.run(lane, lambda: self._hear(samples, hint))

    async def warm_up(self) -> None:
        noise = np.random.default_rng(0).normal(0, 0.01, HEARD_HZ).astype(np.float32)
        await self._workers.run("", lambda: self._hear(noise, Hint("en")))

    async def close(self) -> None:
        self._model.unload_model()

    def _hear(self, samples: Samples, hint: Hint) -> Heard:
        texts: list[str] = []
        language = hint.language or "en"
        for piece in pieces(samples):
            words, language = self._understand(piece, hint)
            voiced_ms = hint.voiced_ms if hint.voiced_ms is not None else None
            if not is_phantom(words.text, words.score, voiced_ms):
                texts.append(words.text)
        return Heard(" ".join(texts), language)

    def _understand(self, samples: Samples, hint: Hint) -> tuple[Words, str]:
        picture = ctranslate2.StorageView.from_array(log_mel(samples))
        sound = self._model.encode(picture)
        limit = TOKENS_BASE + int(len(samples) / HEARD_HZ * TOKENS_PER_S)
        likely, probability = self._likely_language(sound, hint)
        if hint.language is None:
            return self._words(sound, likely, hint, limit), likely
        spoken_before = likely == hint.heard_language
        needed = FOREIGN_AGAIN_PROBABILITY_MIN if spoken_before else FOREIGN_PROBABILITY_MIN
        if likely != hint.language and probability >= needed:
            # Compared without context: with it any sound becomes a sentence of the context's.
            own = self._words(sound, hint.language, None, limit)
            foreign = self._words(sound, likely, None, limit)
            gain_min = 0.0 if spoken_before else FOREIGN_SCORE_GAIN_MIN
            is_other = foreign.score - own.score >= gain_min or (
                hint.language == "he" and _is_mostly_latin(own.text)
            )
            if foreign.score >= FOREIGN_SCORE_MIN and is_other:
                return foreign, likely
        return self._words(sound, hint.language, hint, limit), hint.language

    def _likely_language(self, sound: Any, hint: Hint) -> tuple[str, float]:
        if hint.language == "en":
            return "en", 1.0  # English lines stay English: it is what accents are mistaken for
        token, probability = self._model.detect_language(sound)[0][0]
        return token.strip("<|>"), probability

    def _words(self, sound: Any, language: str, hint: Hint | None, limit: int) -> Words:
        marks = ("<|startoftranscript|>", f"<|{language}|>", "<|transcribe|>", "<|notimestamps|>")
        prompt = [self._tokens.token_to_id(mark) for mark in marks]
        if prompt[1] is None:
            prompt[1] = self._tokens.token_to_id("<|en|>")
        if hint is not None and (context := _context(language, hint.prompt)):
            before = self._tokens.encode(f" {context}", add_special_tokens=False).ids
            prompt = [self._tokens.token_to_id("<|startofprev|>"), *before, *prompt]
        result = self._model.generate(
            sound,
            [prompt],
            beam_size=1 if language == "en" or hint is None else OTHER_BEAMS,
            max_length=limit + len(prompt),
            return_scores=True,
        )[0]
        text = self._tokens.decode(result.sequences_ids[0], skip_special_tokens=True)
        return Words(without_loops(text.strip()), result.scores[0])


def _context(language: str, prompt: str) -> str:
    """Whisper takes a prompt for words said before; whole sentences of orders only mislead it."""
    is_keywords = len(prompt) <= KEYWORDS_LENGTH_MAX and not re.search(r"[.!?:]", prompt)
    keywords = prompt.strip() if is_keywords else ""
    return f"{HEBREW_CONTEXT} {keywords}".strip() if language == "he" else keywords


def _is_mostly_latin(text: str) -> bool:
    """Told to write Hebrew and yet writing English: then it was English."""
    return len(re.findall(r"[A-Za-z]", text)) > len(re.findall(r"[א-ת]", text))


def pieces(samples: Samples) -> list[Samples]:
    """A turn in pieces that fit the model, cut where it is quiet."""
    longest, search, step = PIECE_S_MAX * HEARD_HZ, CUT_SEARCH_S * HEARD_HZ, HEARD_HZ // 5
    result = []
    while len(samples) > longest:
        tail = samples[longest - search : longest]
        loudness = [float(np.abs(tail[i : i + step]).mean()) for i in range(0, search, step)]
        cut = longest - search + int(np.argmin(loudness)) * step + step // 2
        result.append(samples[:cut])
        samples = samples[cut:]
    return [*result, samples]


def without_loops(text: str) -> str:
    """A phrase that the model repeats four times or more, once."""
    return re.sub(r"(\b.{2,60}?[\s,.!?]+)(?:\1){3,}", r"\1", text + " ").strip()
