"""Hebrew text as phonemes, by four steps: numbers to words, vowel points, sounds, exceptions."""

import re
from typing import Final

import heb_tts_normalizer
import phonikud  # type: ignore[import-untyped]

from prosaasil.speech.niqqud import Pointer
from prosaasil.speech.spoken import plain

LEXICON: Final = {
    # Frequent words that the model points wrongly, above all when they stand alone.
    "לא": "lˈo",
    "כן": "kˈen",
    "תודה": "todˈa",
    "שלום": "ʃalˈom",
    "רגע": "ʁˈeɡa",
    "בשעה": "beʃaˈa",
    "מתאים": "matʔˈim",
    "בבקשה": "bevakaʃˈa",
    "להתראות": "lehitʁaˈot",
    "בעשר": "beˈeseʁ",
    "עשר": "ˈeseʁ",
    "בבוקר": "babˈokeʁ",
    "בוקר": "bˈokeʁ",
    "תשע": "tˈeʃa",
    "ארבע": "ˈaʁba",
    "שבע": "ʃˈeva",
    "אפס": "ˈefes",
    "שמונה": "ʃmˈone",
    "שלוש": "ʃalˈoʃ",
    "שש": "ʃˈeʃ",
    "אחת": "aχˈat",
    "שתיים": "ʃtˈajim",
    "חמש": "χamˈeʃ",
    "נציג": "naʦˈiɡ",
    "שלי": "ʃelˈi",
    "שלך": "ʃelχˈa",
    "שלכם": "ʃelaχˈem",
    "כהן": "kohˈen",
    "לוי": "levˈi",
    "מחר": "maχˈaʁ",
    "למחר": "lemaχˈaʁ",
    "ליום": "lejˈom",
    "לבטל": "levatˈel",
    "לדבר": "ledabˈeʁ",
    "שעות": "ʃaˈot",
    "אחר": "aχˈeʁ",
    "הטלפון": "hatˈelefon",
    "טלפון": "tˈelefon",
    "עוד": "ˈod",
    "מה": "mˈa",
    "שם": "ʃˈem",
    "השם": "haʃˈem",
    "תור": "tˈoʁ",
    "התור": "hatˈoʁ",
    "נכון": "naχˈon",
    "הדמו": "hadˈemo",
    "דמו": "dˈemo",
}
_WORD = re.compile(r"[א-ת]+(?:[\"'״׳][א-ת]+)*[׳']?")
_TAIL = re.compile(r"[.,!?;:—-]+$")
# The voice speaks American: it has no such consonants, and other vowels under other letters.
# Substitutions tried otherwise were understood no better.
_TO_VOICE: Final = {
    "ʦ": "ts",
    "ʔ": "",
    "χ": "h",
    "ʁ": "ɹ",
    "a": "ɑ",
    "e": "ɛ",
    "o": "O",
    "g": "ɡ",
    "x": "h",
    "r": "ɹ",
}


class HebrewReader:
    def __init__(self) -> None:
        self._pointer = Pointer()

    def phonemes(self, text: str) -> str:
        """The text in the voice's alphabet."""
        words = heb_tts_normalizer.normalize(plain(text))
        pointed = self._pointer.pointed(words).split()
        said = [
            self._word(bare, with_points)
            for bare, with_points in zip(words.split(), pointed, strict=False)
        ]
        spoken = re.sub(r"\s+", " ", " ".join(said)).strip()
        for sound, letter in _TO_VOICE.items():
            spoken = spoken.replace(sound, letter)
        return spoken

    def _word(self, bare: str, pointed: str) -> str:
        match = _WORD.search(bare)
        if match is None:
            return "".join(c for c in bare if c in ",.?!")
        tail = _TAIL.search(bare)
        ending = tail[0] if tail else ""
        if match[0] in LEXICON:
            return LEXICON[match[0]] + ending
        sounds = phonikud.phonemize(pointed, use_expander=False)
        sounds = sounds.replace("ts", "ʦ").replace("tʃ", "ʧ").replace("dʒ", "ʤ").rstrip(".,!?;:—-")
        # A prefix before a consonant carries a short e that the rules leave out.
        sounds = re.sub(r"^([blkmʃtv])(?=[^aeiouˈ\s])", r"\1e", sounds)
        return sounds + ending
