"""When a caller would like to come: days and times in English and Hebrew, from what was understood.

Recognised words are often nearly right, so long words are matched by likeness. Every moment is said
back to the caller with its date, and counts only when it is confirmed.
"""

import re
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from prosaasil.speech.calendar_words import DAYS_EN, DAYS_HE, MONTHS_EN, MONTHS_HE
from prosaasil.speech.number_words import ENGLISH_ORDINALS, HEBREW, number_at, words_of

EVENING_FIRST_HOUR: Final = 8
"""A bare hour before this is meant in the afternoon: nobody asks for an appointment at three in the
morning."""
_PARTS: Final = {
    "morning": "morning",
    "noon": "noon",
    "midday": "noon",
    "afternoon": "afternoon",
    "evening": "evening",
    "tonight": "evening",
    "night": "evening",
    "בוקר": "morning",
    "צהריים": "noon",
    "צהרים": "noon",
    "ערב": "evening",
    "לילה": "evening",
}
_RELATIVE: Final = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "היום": 0,
    "הערב": 0,
    "מחר": 1,
    "מחרתיים": 2,
    "יומיים": 2,
    "שבוע": 7,
}
_DAY_INDEX: Final = {
    **{name.lower(): index for index, name in enumerate(DAYS_EN)},
    **{name: index for index, name in enumerate(DAYS_HE)},
}
_MONTH_INDEX: Final = {
    **{name.lower(): index for index, name in enumerate(MONTHS_EN, start=1)},
    **{name: index for index, name in enumerate(MONTHS_HE, start=1)},
    "מרס": 3,
}
_VOCABULARY: Final = [
    *_PARTS,
    *_RELATIVE,
    *_DAY_INDEX,
    *_MONTH_INDEX,
    "יום",
    *(word for word in HEBREW if len(word) > 3),
]
_PREFIXES: Final = ("", "ב", "ל", "ה", "וב", "ול", "ש", "מ", "ו", "בה", "לה")
_LIKE_MIN: Final = 0.8


class Moment(Struct, frozen=True):
    """A day, a time of it, or only a part of it; what was not said is None."""

    day: date | None = None
    at: time | None = None
    part: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.day is None and self.at is None and self.part is None

    def joined(self, later: "Moment") -> "Moment":
        """Both together; what was said later wins."""
        return Moment(later.day or self.day, later.at or self.at, later.part or self.part)

    def spoken(self, language: str, today: date) -> str:
        return _in_hebrew(self, today) if language == "he" else _in_english(self, today)


def moment_in(text: str, now: datetime) -> Moment:
    """The moment that a text names, if any."""
    words = [_known(word) for word in words_of(text)]
    reader = _Reader(words, now)
    reader.read()
    return reader.moment()


def _known(word: str) -> str:
    """The word of our vocabulary that this one is, or nearly is; prefixes stay."""
    if word.isascii() or len(word) < 3:
        if len(word) >= 6 and word.isalpha():
            close = get_close_matches(word, [v for v in _VOCABULARY if v.isascii()], 1, _LIKE_MIN)
            return close[0] if close else word
        return word
    for prefix in _PREFIXES:
        bare = word.removeprefix(prefix)
        if word.startswith(prefix) and (bare in _VOCABULARY or bare in HEBREW):
            return word
    for prefix in _PREFIXES:
        bare = word.removeprefix(prefix)
        if word.startswith(prefix) and len(bare) >= 5:
            close = get_close_matches(bare, _VOCABULARY, 1, _LIKE_MIN)
            if close:
                return prefix + close[0]
    return word


def _bare(word: str) -> str:
    """A Hebrew word without its prefix, where the rest is one we know."""
    for prefix in _PREFIXES:
        rest = word.removeprefix(prefix)
        if word.startswith(prefix) and (rest in _VOCABULARY or rest in HEBREW):
            return rest
    return word


class _Reader:
    """Reads the words once from left to right; the first day and the first time count."""

    def __init__(self, words: list[str], now: datetime) -> None:
        self._words = words
        self._bare = [_bare(word) for word in words]
        self._today = now.date()
        self._day: date | None = None
        self._hour: int | None = None
        self._minute = 0
        self._part: str | None = None
        self._half: str | None = None

    def read(self) -> None:
        index = 0
        while index < len(self._words):
            index += self._read_at(index)

    def moment(self) -> Moment:
        if self._hour is None:
            at = time(12) if self._part == "noon" else None
            return Moment(self._day, at, None if at else self._part)
        hour = self._hour
        if self._half == "am" or (self._half is None and self._part == "morning"):
            hour %= 12
        elif self._half == "pm" or self._part in {"afternoon", "evening"}:
            hour = hour % 12 + 12 if hour <= 12 else hour
        elif hour < EVENING_FIRST_HOUR or (self._part == "noon" and hour < 11):
            hour += 12
        return Moment(self._day, time(hour % 24, self._minute), None)

    def _word(self, index: int) -> str:
        return self._bare[index] if 0 <= index < len(self._bare) else ""

    def _read_at(self, index: int) -> int:
        for read in (self._read_date, self._read_day, self._read_part, self._read_time):
            taken = read(index)
            if taken:
                return taken
        return 1

    def _read_day(self, index: int) -> int:
        word = self._word(index)
        following = self._word(index + 1)
        if self._words[index : index + 3] == ["day", "after", "tomorrow"]:
            return self._set_day(self._today + timedelta(days=2), 3)
        if word in {"in", "בעוד", "עוד"} and (found := self._number(index + 1)):
            count, taken = found
            unit = self._word(index + 1 + taken)
            if unit in {"day", "days", "ימים", "יום"}:
                return self._set_day(self._today + timedelta(days=count), taken + 2)
            if unit in {"week", "weeks", "שבועות", "שבוע"}:
                return self._set_day(self._today + timedelta(days=7 * count), taken + 2)
        if word == "שבוע":
            is_counted = self._word(index - 1) in {"בעוד", "עוד"}
            return self._set_day(self._today + timedelta(days=7), 1) if is_counted else 0
        if word in _RELATIVE:
            if word == "tonight":
                self._part = self._part or "evening"
            if word == "הערב":
                self._part = self._part or "evening"
            return self._set_day(self._today + timedelta(days=_RELATIVE[word]), 1)
        if word in {"יום", "day"} and following in _DAY_INDEX:
            return self._set_day(self._next(_DAY_INDEX[following]), 2)
        if word in _DAY_INDEX and word != "שני":
            return self._set_day(self._next(_DAY_INDEX[word]), 1)
        return 0

    def _read_date(self, index: int) -> int:
        word = self._words[index]
        if re.fullmatch(r"\d{1,2}:\d{1,2}:(?:\d{2}|\d{4})", word):
            day, month, _ = map(int, word.split(":"))
            return self._set_date(day, month, 1)
        if re.fullmatch(r"(?:2[5-9]|3[01]):(?:0?[1-9]|1[0-2])", word):
            day, month = map(int, word.split(":"))  # no hour of the day: 25.11 is a date
            return self._set_date(day, month, 1)
        if self._word(index) in _MONTH_INDEX:
            month = _MONTH_INDEX[self._word(index)]
            if found := self._ordinal(index + 1):
                return self._set_date(found[0], month, found[1] + 1)
            return 0
        if found := self._ordinal(index):
            day, taken = found
            after = index + taken
            if self._word(after) in {"of", "ה", "th", "st", "nd", "rd"}:
                after += 1
            if self._word(after) == "of":
                after += 1
            if self._word(after) in _MONTH_INDEX:
                return self._set_date(day, _MONTH_INDEX[self._word(after)], after - index + 1)
        return 0

    def _read_part(self, index: int) -> int:
        word = self._word(index)
        is_after = word == "אחר" or self._words[index].endswith("אחר")
        if is_after and self._word(index + 1) in {"צהריים", "צהרים"}:
            self._part = "afternoon"
            return 2
        if self._words[index] in {"אחהצ", "אחרהצהריים"}:
            self._part = "afternoon"
            return 1
        if word in _PARTS:
            self._part = _PARTS[word]
            return 1
        return 0

    def _read_time(self, index: int) -> int:
        word = self._words[index]
        if re.fullmatch(r"\d{1,2}:\d{2}", word):
            hour, minute = map(int, word.split(":"))
            return self._set_time(hour, minute, 1 + self._read_half(index + 1))
        if word in {"half", "quarter"} and self._word(index + 1) in {"past", "to"}:
            found = self._number(index + 2)
            if found:
                return self._set_relative(word, self._word(index + 1), found[0], 2 + found[1])
        is_quarter_to = self._word(index) == "רבע" and (
            "".join(self._words[index + 1 : index + 2]).startswith("ל")
        )
        if is_quarter_to and (found := self._number(index + 1)):
            return self._set_relative("quarter", "to", found[0], 1 + found[1])
        found = self._number(index)
        if found is None or not self._means_an_hour(index, found[1]):
            return 0
        hour, taken = found
        if 100 <= hour < 2400 and hour % 100 < 60:
            return self._set_time(hour // 100, hour % 100, taken + self._read_half(index + taken))
        minute, more = self._minutes(index + taken)
        taken += more
        return self._set_time(hour, minute, taken + self._read_half(index + taken))

    def _means_an_hour(self, index: int, taken: int) -> bool:
        before = self._words[index - 1] if index else ""
        after = self._word(index + taken)
        if before in {"at", "around", "by", "about", "בשעה", "לשעה", "שעה", "סביב"}:
            return True
        if after in {"am", "pm", "a", "p", "oclock", "o", "וחצי", "ורבע", *_PARTS}:
            return True
        if after in {"in", "אחר"} or self._words[index + taken : index + taken + 1] == ["באחר"]:
            return True
        word = self._words[index]
        is_prefixed = not word.isascii() and word[0] in "בל" and word not in HEBREW
        spelled = self._number(index + taken)
        has_minutes = spelled is not None and spelled[0] in {15, 20, 30, 40, 45, 50, 10}
        is_four_digits = word.isdigit() and len(word) in {3, 4}
        is_alone = len(self._words) == taken
        return is_prefixed or has_minutes or is_four_digits or is_alone or self._day is not None

    def _minutes(self, index: int) -> tuple[int, int]:
        word = self._words[index] if index < len(self._words) else ""
        if word in {"וחצי", "והצי", "חצי"}:
            return 30, 1
        if word in {"ורבע", "רבע"}:
            return 15, 1
        if word.startswith("ו") and word[1:] in HEBREW and HEBREW[word[1:]] in {10, 20, 40, 50}:
            return HEBREW[word[1:]], 1
        found = self._number(index)
        if found and found[0] in range(10, 60) and not word.startswith(("ב", "ל")):
            return found
        return 0, 0

    def _read_half(self, index: int) -> int:
        word = self._words[index] if index < len(self._words) else ""
        following = self._words[index + 1] if index + 1 < len(self._words) else ""
        if word in {"am", "pm"}:
            self._half = word
            return 1
        if word in {"a", "p"} and following == "m":
            self._half = f"{word}m"
            return 2
        return 1 if word == "oclock" else 0

    def _number(self, index: int) -> tuple[int, int] | None:
        if not 0 <= index < len(self._words):
            return None
        return number_at(self._words, index) or number_at(self._bare, index)

    def _ordinal(self, index: int) -> tuple[int, int] | None:
        word = self._word(index)
        if word in ENGLISH_ORDINALS:
            return ENGLISH_ORDINALS[word], 1
        found = self._number(index)
        return found if found and 1 <= found[0] <= 31 else None

    def _set_day(self, day: date, taken: int) -> int:
        self._day = self._day or day
        return taken

    def _set_date(self, day: int, month: int, taken: int) -> int:
        for year in (self._today.year, self._today.year + 1):
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            if found >= self._today:
                return self._set_day(found, taken)
        return 0

    def _set_time(self, hour: int, minute: int, taken: int) -> int:
        if hour > 24 or minute > 59:
            return 0
        if self._hour is None:
            self._hour, self._minute = hour, minute
        return taken

    def _set_relative(self, piece: str, side: str, hour: int, taken: int) -> int:
        minutes = 30 if piece == "half" else 15
        if side == "to":
            return self._set_time((hour - 1) % 12 or 12, 60 - minutes, taken)
        return self._set_time(hour, minutes, taken)

    def _next(self, weekday: int) -> date:
        ahead = (weekday - self._today.weekday()) % 7 or 7
        return self._today + timedelta(days=ahead)


def _in_english(moment: Moment, today: date) -> str:
    said: list[str] = []
    if moment.day is not None:
        named = (
            f"{DAYS_EN[moment.day.weekday()]}, {MONTHS_EN[moment.day.month - 1]} {moment.day.day}"
        )
        near = {0: "today, ", 1: "tomorrow, "}.get((moment.day - today).days, "")
        said.append(near + named)
    if moment.at is not None:
        half = "AM" if moment.at.hour < 12 else "PM"
        minute = f":{moment.at.minute:02}" if moment.at.minute else ""
        said.append(f"at {moment.at.hour % 12 or 12}{minute} {half}")
    elif moment.part is not None:
        said.append("at noon" if moment.part == "noon" else f"in the {moment.part}")
    return " ".join(said)


_HEBREW_PARTS: Final = {
    "morning": "בבוקר",
    "noon": "בצהריים",
    "afternoon": "אחר הצהריים",
    "evening": "בערב",
}


def _in_hebrew(moment: Moment, today: date) -> str:
    said: list[str] = []
    if moment.day is not None:
        weekday = DAYS_HE[moment.day.weekday()]
        named = "שבת" if weekday == "שבת" else f"יום {weekday}"
        near = {0: "היום, ", 1: "מחר, "}.get((moment.day - today).days, "")
        said.append(f"{near}{named}, {moment.day.day} ב{MONTHS_HE[moment.day.month - 1]},")
    if moment.at is not None:
        said.append(f"בשעה {moment.at.hour}:{moment.at.minute:02}")
    elif moment.part is not None:
        said.append(_HEBREW_PARTS[moment.part])
    return " ".join(said).rstrip(",")
