"""Numbers as callers say them: hours, days of a month, and telephone numbers digit by digit."""

import re
from typing import Final

_EN_UNITS: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_EN_TENS: Final = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_EN_ORDINALS: Final = [
    "zeroth",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
ENGLISH: Final[dict[str, int]] = {
    **{word: value for value, word in enumerate(_EN_UNITS)},
    **_EN_TENS,
    "oh": 0,
    "o": 0,
}
ENGLISH_ORDINALS: Final[dict[str, int]] = {
    **{word: value for value, word in enumerate(_EN_ORDINALS) if value},
    "thirtieth": 30,
}
HEBREW: Final[dict[str, int]] = {
    "אפס": 0,
    "אחת": 1,
    "אחד": 1,
    "שתיים": 2,
    "שתים": 2,
    "שניים": 2,
    "שנים": 2,
    "שתי": 2,
    "שלוש": 3,
    "שלושה": 3,
    "ארבע": 4,
    "ארבעה": 4,
    "חמש": 5,
    "חמישה": 5,
    "שש": 6,
    "שישה": 6,
    "שבע": 7,
    "שבעה": 7,
    "שמונה": 8,
    "שמונ": 8,
    "תשע": 9,
    "תשעה": 9,
    "עשר": 10,
    "עשרה": 10,
    "עשרים": 20,
    "שלושים": 30,
    "ארבעים": 40,
    "חמישים": 50,
}
_HE_TEENS: Final = {"עשר", "עשרה"}
_REPEATS: Final = {"double": 2, "triple": 3, "כפול": 2}
PHONE_DIGITS_MIN: Final = 7
PHONE_DIGITS_MAX: Final = 15


def words_of(text: str) -> list[str]:
    """Lower-case words and numbers, without punctuation; a time such as 10:30 stays one word."""
    text = re.sub(r"(?<=\d)\.(?=\d)", ":", text.lower())
    text = re.sub(r"[\"'׳״`’]", "", text)
    return re.findall(r"\d+(?::\d+)+|\d+|[a-z]+|[א-ת]+", text)


def number_at(words: list[str], index: int) -> tuple[int, int] | None:
    """The number below 60 that begins at this word, and how many words it takes."""
    word = words[index]
    if word.isdigit():
        return int(word), 1
    following = words[index + 1] if index + 1 < len(words) else ""
    if word in ENGLISH:
        value = ENGLISH[word]
        unit = ENGLISH.get(following, ENGLISH_ORDINALS.get(following, 0))
        if value >= 20 and 1 <= unit <= 9:
            return value + unit, 2
        return value, 1
    if word in HEBREW:
        value = HEBREW[word]
        if 1 <= value <= 9 and following in _HE_TEENS:
            return value + 10, 2
        if value >= 20 and following.startswith("ו") and following[1:] in HEBREW:
            unit = HEBREW[following[1:]]
            if 1 <= unit <= 9:
                return value + unit, 2
        return value, 1
    return None


def digits_in(text: str) -> str:
    """All digits that a caller said or typed, in order."""
    digits = ""
    repeats = 1
    words = words_of(text.replace("-", " "))
    for word in words:
        bare = word.removeprefix("ו") if word not in HEBREW else word
        if word in _REPEATS:
            repeats = _REPEATS[word]
            continue
        if word.replace(":", "").isdigit():
            digits += word.replace(":", "") * repeats
        elif word in ENGLISH and ENGLISH[word] < 10:
            digits += str(ENGLISH[word]) * repeats
        elif bare in HEBREW and HEBREW[bare] < 10:
            digits += str(HEBREW[bare]) * repeats
        repeats = 1
    return digits


def is_whole_phone(digits: str) -> bool:
    """Whether these can be all digits of a number: Israeli ones begin with 0 and have 9 or 10."""
    if digits.startswith("0") and not digits.startswith("00"):
        return len(digits) in {9, 10}
    return PHONE_DIGITS_MIN <= len(digits) <= PHONE_DIGITS_MAX
