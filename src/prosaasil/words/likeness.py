"""How alike two texts are, as a listener would say, and whether one is the other's echo.

The shorter text is laid on the stretch of the longer one where it fits best, word by word and in
order. What is around that stretch costs nothing, so that a question is found again in a longer
form of itself (C-25). A content word that is missing there costs twice its letters: it is what
makes one question another ("מה השם?", "מה השעה?"), or an answer a correction ("at six").
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from prosaasil.words.normal import TEXTS_KEPT, has_digit, words_of

ALIKE_PERCENT: Final = 85
"""Texts that are more alike than this say the same (R-LOOP-01); an echo is at least this exact."""
CONTENT_WORDS_MIN = 2
"""With fewer, being contained says nothing: "yes" is in "yes or no?"."""
ECHO_WORDS_MIN = 3
ECHO_LETTERS_MIN = 6
"""Two words are an echo if both have content and are at least this long; shorter ones name places
and days, and a name is also an answer."""
WORDS_COMPARED_MAX = 80
"""Only the last words are compared: half a minute of speech, longer than any echo's delay."""
SAME_WORD = 0.85
"""Endings and prefixes differ by a letter in six, and so do no two numbers or days."""
MISHEARD_WORD = 0.7
"""One wrong letter in four is a recogniser's mistake."""
_PAIRS_KEPT = 8_192
_NEVER: Final = float("inf")

_LIGHT: Final = frozenset(
    words_of(
        """
        אני אתה את אתם אתן הוא היא אנחנו הם זה זו זאת של שלך שלי שלכם לך לי לכם אותך על עם אל או
        גם אז האם בבקשה יש אפשר
        a an the is are am was were be do does did i you he she it we they me my your yours our to
        of in on at for and or so please can could would will may that this there here just
        я ты вы он она мы они мне вам вас тебе меня это ваш ваша ваше и или а но на в у с к по за
        из ли же бы пожалуйста
        انا انت انتم هو هي نحن لك لكم لي من في علي الي عن او ثم هل يا هذا هذه من فضلك
        """
    )
)
"""Words that hold a sentence together and could be left out of it."""
_SENTENCE: Final = re.compile(r"[^.!?؟…\n]+[.!?؟…]*")
_QUESTION_MARKS: Final = ("?", "؟")


def is_question(text: str) -> bool:
    """Whether it ends as one, by its punctuation."""
    return text.rstrip(" \"'”)").endswith(_QUESTION_MARKS)


@lru_cache(TEXTS_KEPT)
def likeness(one: str, other: str) -> int:
    """In percent; the same both ways."""
    words, others = words_of(one), words_of(other)
    if words == others:
        return 100 if words else 0
    small, large = sorted((words, others), key=lambda text: (_letters(text), text))
    if sum(word not in _LIGHT for word in small) >= CONTENT_WORDS_MIN:
        return _fit(small, large, SAME_WORD)
    return round(100 * _ratio(" ".join(small), " ".join(large)))


@lru_cache(TEXTS_KEPT)
def repeats(text: str, said: str) -> bool:
    """Whether the text is a stretch of what was said, or nearly, and too much to be an answer."""
    words = words_of(text)
    is_long = len(words) >= ECHO_WORDS_MIN or (
        len(words) == CONTENT_WORDS_MIN
        and all(len(word) >= ECHO_LETTERS_MIN and word not in _LIGHT for word in words)
    )
    if is_long and _is_stretch_of(words, words_of(said)):
        return True
    return len(words) > 1 and words == words_of(_last_question(said))


def _is_stretch_of(words: Sequence[str], said: Sequence[str]) -> bool:
    """The agent's text is known long before it is heard, so its beginning counts as its end."""
    known = set(said)
    if sum(word in known for word in words) * 2 < len(words):
        return False  # nearly always, and cheap
    size = WORDS_COMPARED_MAX
    stretches = (said[at : at + size] for at in range(0, max(1, len(said)), size // 2))
    return any(_fit(words, part, MISHEARD_WORD) >= ALIKE_PERCENT for part in stretches)


def begins(text: str, said: str) -> bool:
    """Whether the text is the first words of what was said, however few."""
    words = words_of(text)
    return bool(words) and words == words_of(said)[: len(words)]


def ends(text: str, said: str) -> bool:
    """Whether the text is the last words of what was said, however few."""
    words = words_of(text)
    return bool(words) and words == words_of(said)[-len(words) :]


def _last_question(said: str) -> str:
    """Nobody answers a question with the whole of it, however short; empty when none was asked."""
    sentences = _SENTENCE.findall(said)
    return sentences[-1] if sentences and is_question(said) else ""


def _fit(small: Sequence[str], large: Sequence[str], near: float) -> int:
    """How much of the small text is found in one stretch of the large one, in percent.

    Words in between that only the large one has cost little: "what is your (full) name".
    """
    small, large = small[-WORDS_COMPARED_MAX:], large[-WORDS_COMPARED_MAX:]
    row = [0.0] * (len(large) + 1)  # before the first word of the stretch: free
    skips = [1 if word in _LIGHT else 2 for word in large]
    for word in small:
        missing = len(word) * (1 if word in _LIGHT else 2)
        above, row = row, [row[0] + missing]
        for column, other in enumerate(large):
            cost = min(above[column + 1] + missing, row[column] + skips[column])
            if word == other:
                cost = min(cost, above[column])
            elif above[column] < cost and (word[0] == other[0] or word[-1] == other[-1]):
                cost = min(cost, above[column] + _mistake(word, other, near))
            row.append(cost)
    return max(0, round(100 * (1 - min(row) / (_letters(small) or 1))))


@lru_cache(_PAIRS_KEPT)
def _mistake(word: str, other: str, near: float) -> float:
    """What it costs to take one word for another, in letters; `_NEVER` if they are not the same."""
    if has_digit(word) or has_digit(other):
        return _NEVER
    short, long = sorted((word, other), key=len)
    ratio = _ratio(short, long)
    if len(short) > 1 and len(long) == len(short) + 1 and short in {long[1:], long[:-1]}:
        return len(word) * (1 - ratio)  # a prefix or an ending
    return 2 * len(word) * (1 - ratio) if ratio >= near else _NEVER


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _letters(words: Sequence[str]) -> int:
    return sum(map(len, words))
