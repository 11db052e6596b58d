"""Text as it is spoken: its sentences, and English numbers as people say them."""

import re
from typing import Final

from prosaasil.speech.calendar_words import MONTHS_EN

SENTENCE_CHARS_MAX: Final = 240
"""A longer sentence is said in two breaths, so that its beginning is heard early."""
FIRST_CHARS_MAX: Final = 120
"""The first one is cut sooner: the caller waits for it."""

_END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+(?=\S)|\n+")
_CLAUSE = re.compile(r"(?<=[,;:—–])\s+")
_TITLES = frozenset({"dr.", "mr.", "mrs.", "ms.", "prof.", "st.", "no.", "e.g.", "i.e.", "vs."})


def sentences(text: str) -> list[str]:
    """The sentences of a text, none longer than can be said in one breath."""
    found: list[str] = []
    for piece in (part.strip() for part in _END.split(text)):
        if not piece:
            continue
        if found and found[-1].split()[-1].lower() in _TITLES:
            found[-1] = f"{found[-1]} {piece}"
        else:
            found.append(piece)
    return [
        breath
        for index, sentence in enumerate(found)
        for breath in _breaths(sentence, SENTENCE_CHARS_MAX if index else FIRST_CHARS_MAX)
    ]


def _breaths(sentence: str, longest: int) -> list[str]:
    if len(sentence) <= longest:
        return [sentence]
    parts: list[str] = []
    for clause in _CLAUSE.split(sentence):
        if parts and len(parts[-1]) + len(clause) < longest:
            parts[-1] = f"{parts[-1]} {clause}"
        else:
            parts.append(clause)
    return parts


def plain(text: str) -> str:
    """The text without what is only for the eye."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"https?://\S+", " ", text)
    text = re.sub(r"(?m)^\s*(?:[-*•#>]+|\d+[.)])\s+", "", text)
    text = re.sub(r"[*_`#<>|{}~^\\]+", " ", text)
    text = re.sub(r"[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200d-\u200f\u202a-\u202e]", "", text)
    return re.sub(r"\s+", " ", text).strip()


_DAYS: Final = {
    "sun": "Sunday",
    "mon": "Monday",
    "tue": "Tuesday",
    "tues": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "thur": "Thursday",
    "thurs": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
}
_DAY = "|".join(_DAYS)
_DAY_RANGE = re.compile(rf"\b({_DAY})\b\.?\s*[-–—]\s*({_DAY})\b\.?", re.IGNORECASE)
_SHORT_DAY = re.compile(rf"\b({_DAY})\.(?=\s|,|$)", re.IGNORECASE)
_TIME = r"(?:[01]?\d|2[0-4]):[0-5]\d"


def in_english(text: str) -> str:
    """English text with numbers, times, prices and short forms written as they are said."""
    text = plain(text)
    text = _DAY_RANGE.sub(lambda m: f"{_DAYS[m[1].lower()]} to {_DAYS[m[2].lower()]}", text)
    text = _SHORT_DAY.sub(lambda m: _DAYS[m[1].lower()], text)
    text = re.sub(rf"({_TIME})\s*[-–—]\s*({_TIME})", lambda m: f"{m[1]} to {m[2]}", text)
    text = re.sub(rf"\b({_TIME})(\s*[ap](?:\.\s?m\.|m\b))?", _time, text, flags=re.IGNORECASE)
    text = re.sub(r"\b(\d{1,2})\s*([ap])(?:\.\s?m\.|m\b)", _half_day, text, flags=re.IGNORECASE)
    text = re.sub(r"\b(\d{4})-(\d{2})-(\d{2})\b", lambda m: _date(m[3], m[2], m[1], m[0]), text)
    text = re.sub(
        r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b", lambda m: _date(m[1], m[2], m[3], m[0]), text
    )
    text = re.sub(r"(?:₪|\bILS|\bNIS)\s*(\d[\d,]*(?:\.\d+)?)", r"\1 shekels", text)
    text = re.sub(r"(\d)\s*(?:₪|ILS\b|NIS\b)", r"\1 shekels", text)
    text = re.sub(r"(?<![\d.,])\+?\d(?:[\s\-()]?\d){6,14}(?![\d.,]\d)", _phone, text)
    text = re.sub(r"\be\.g\.,?", "for example,", text, flags=re.IGNORECASE)
    text = re.sub(r"\bi\.e\.,?", "that is,", text, flags=re.IGNORECASE)
    text = re.sub(r"(\d)\s*[-–—]\s*(\d)", r"\1 to \2", text)
    # The voice reads "no." as the abbreviation of "number".
    text = re.sub(r"\bno\.(?=\s*$|\s+[A-Z\"])", "no!", text)
    text = re.sub(r"^no\.", "No!", text)
    return re.sub(r"\s+", " ", text).strip()


def digits_apart(number: str) -> str:
    """A number as it is read back: digit by digit, in groups that can be remembered."""
    digits = re.sub(r"\D", "", number)
    head = 3 if len(digits) >= 9 else 2
    groups = [digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3))]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(" ".join(group) for group in groups if group)


def _time(match: re.Match[str]) -> str:
    hour, minute = map(int, match[1].split(":"))
    if match[2]:
        half = "AM" if "a" in match[2].lower() else "PM"
    else:
        half = "AM" if hour % 24 < 12 else "PM"
    hour = hour % 12 or 12
    if minute == 0:
        return f"{hour} {half}"
    spoken = f"{minute}" if minute >= 10 else f"oh {minute}"
    return f"{hour} {spoken} {half}"


def _half_day(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2].upper()}M"


def _date(day: str, month: str, year: str, written: str) -> str:
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return written
    return f"{MONTHS_EN[int(month) - 1]} {_ordinal(int(day))}, {year}"


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _phone(match: re.Match[str]) -> str:
    written = match[0]
    plus = "plus " if written.startswith("+") else ""
    return plus + digits_apart(written)
