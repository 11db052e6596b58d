"""PURE. Word errors: how far a transcript is from what was really said."""

import re
import unicodedata

from msgspec import Struct

_NOT_WORD = re.compile(r"[^\w']+")


class WordErrors(Struct, frozen=True):
    errors: int
    """Words that are wrong, missing or too many."""
    words: int
    """Words that were said."""

    @property
    def rate(self) -> float:
        return self.errors / self.words if self.words else float(self.errors > 0)


def words_of(text: str) -> list[str]:
    """Lower case, without punctuation and vowel points, numbers as digits stand."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter)
    )
    return [word for word in _NOT_WORD.sub(" ", plain).split() if word]


def word_errors(said: str, heard: str) -> WordErrors:
    """The fewest insertions, deletions and replacements from one to the other."""
    reference, hypothesis = words_of(said), words_of(heard)
    costs = list(range(len(hypothesis) + 1))
    for row, word in enumerate(reference, start=1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(hypothesis, start=1):
            replaced = diagonal + (word != other)
            diagonal = costs[column]
            costs[column] = min(replaced, diagonal + 1, costs[column - 1] + 1)
    return WordErrors(costs[-1], len(reference))


def caller_words(transcript: str) -> str:
    """What a call's transcript file says the caller said: lines of `[00:01.25] caller: text`."""
    found = re.findall(r"^\[[^\]]*\] caller: (.*)$", transcript, re.MULTILINE)
    return " ".join(found)
