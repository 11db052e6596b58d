"""What a text is by itself: nothing, a sound, or words that mean something (R-STT-01)."""

from enum import Enum

from prosaasil.words.normal import shortened, tokens
from prosaasil.words.phrases import LETTERS_MIN, is_phrase, is_word
from prosaasil.words.sounds import annotations, is_filler, is_sound, without

PHRASE_WORDS_MAX = 2
"""More short words than this ("no, wait, what?") are called a sentence."""


class Kind(Enum):
    EMPTY = "empty"
    """No letter and no digit."""
    FILLER_ONLY = "filler_only"
    SOUNDS_ONLY = "sounds_only"
    TOO_SHORT = "too_short"
    SHORT_PHRASE = "short_phrase"
    """Short words that are an answer: yes, no, a number."""
    SINGLE_WORD = "single_word"
    SENTENCE = "sentence"

    @property
    def is_meaningful(self) -> bool:
        return self in {Kind.SHORT_PHRASE, Kind.SINGLE_WORD, Kind.SENTENCE}


def kind_of(text: str) -> Kind:
    """One meaningful word is enough, whatever surrounds it (C-09); fillers count only if they are
    all there is (C-10).
    """
    notes = [note for note in annotations(text) if not _is_answer(note)]
    spoken = tokens(without(text, notes))
    if not spoken:
        return Kind.SOUNDS_ONLY if notes else Kind.EMPTY
    if len(spoken) == 1 and _is_one_phrase(spoken[0]):
        return Kind.SHORT_PHRASE
    meant = [shortened(token) for token in spoken if not is_filler(token) and not is_sound(token)]
    if not meant:
        return Kind.FILLER_ONLY if any(map(is_filler, spoken)) else Kind.SOUNDS_ONLY
    if sum(map(len, meant)) < LETTERS_MIN and not any(map(is_word, meant)):
        return Kind.TOO_SHORT
    if len(spoken) == 1:
        return Kind.SINGLE_WORD
    if len(spoken) == len(meant) <= PHRASE_WORDS_MAX and all(map(is_phrase, meant)):
        return Kind.SHORT_PHRASE
    return Kind.SENTENCE


def _is_one_phrase(token: str) -> bool:
    """Drawn out it must not be a hum: "כןןן" is "כן", but "הממם" is not "הם"."""
    return is_phrase(token) or (is_phrase(shortened(token)) and not is_filler(token))


def _is_answer(note: str) -> bool:
    """Brackets around an area code or a "yes" are punctuation."""
    words = list(map(shortened, tokens(note)))
    return bool(words) and all(map(is_phrase, words))
