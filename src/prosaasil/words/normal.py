"""Words as they are compared: without points, punctuation, elongation and forms of letters.

Recognisers disagree about all of these, for the same speech. What a word means is not looked at.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

TEXTS_KEPT = 1_024
"""Normalised texts that are remembered: an agent's sentences come again and again."""

_FORMS: Final = str.maketrans(
    {
        "ـ": None,  # tatweel only stretches a word
        "ى": "ي",
        "ی": "ي",
        "ة": "ه",
        "ک": "ك",
        "ٱ": "ا",
        "׳": "'",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "`": "'",
        "״": '"',
        "“": '"',
        "”": '"',
    }
)
_FINALS: Final = str.maketrans("םןץףך", "מנצפכ")
_TOKEN: Final = re.compile(r"""[^\W_]+(?:['"][^\W_]+)*(?:(?<=\b[א-ת])')?""")
_RUN: Final = re.compile(r"([^\W\d_])\1{2,}")


def fold(text: str) -> str:
    """The same letters in one form each; final letters stay, as they tell "הם" from "המ"."""
    text = unicodedata.normalize("NFKC", text).casefold()
    plain = (
        letter
        for letter in unicodedata.normalize("NFD", text)
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    return unicodedata.normalize("NFC", "".join(plain)).translate(_FORMS)


def tokens(text: str) -> tuple[str, ...]:
    """The words as they were written, punctuation apart.

    An apostrophe inside a word belongs to it, and one after a single Hebrew letter makes it a
    number ("ג'"); gershayim ("צה״ל") are left out.
    """
    return tuple(token.replace('"', "") for token in _TOKEN.findall(fold(text)))


def shortened(token: str) -> str:
    """A token without elongation ("כןןן")."""
    return _RUN.sub(_one_of, token)


def plain(token: str) -> str:
    """A token as it is compared: without elongation, Hebrew final letters as others."""
    return shortened(token.translate(_FINALS))


@lru_cache(TEXTS_KEPT)
def words_of(text: str) -> tuple[str, ...]:
    return tuple(map(plain, tokens(text)))


def has_digit(word: str) -> bool:
    return any(letter.isnumeric() for letter in word)


def _one_of(run: re.Match[str]) -> str:
    """One letter; but Hebrew doubles the Yod that is a consonant ("ביי")."""
    return "יי" if run[1] == "י" else run[1]
