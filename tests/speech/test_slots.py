"""Names and numbers as callers say them, and text as it is spoken."""

import pytest

from prosaasil.speech.number_words import digits_in, is_whole_phone
from prosaasil.speech.slots import name_in
from prosaasil.speech.spoken import digits_apart, in_english, sentences


@pytest.mark.parametrize(
    ("text", "was_asked", "name"),
    [
        ("my name is dana levy", False, "Dana Levy"),
        ("Dana Levy.", True, "Dana Levy"),
        ("um it's John Smith and my number is five", True, "John Smith"),
        ("this is Noa speaking", True, "Noa"),
        ("קוראים לי דוד כהן", False, "דוד כהן"),
        ("השם שלי שרה לוי", True, "שרה לוי"),
        ("דוד", True, "דוד"),
        ("I would like to book an appointment", False, None),
        ("tomorrow at ten", False, None),
        ("0521234567", True, None),
    ],
)
def test_a_name_is_read(text: str, was_asked: bool, name: str | None) -> None:
    assert name_in(text, was_asked=was_asked) == name


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("my number is oh five two one two three four five six seven", "0521234567"),
        ("0, 5, 2, 1, 2, 3, 4, 5, 6, 7.", "0521234567"),
        ("052-123-4567", "0521234567"),
        ("zero five two double three", "05233"),
        ("אפס חמש שתיים ארבע שבע אחת שמונה שלוש שש תשע", "0524718369"),
        ("הטלפון שלי הוא אפס חמש שתיים", "052"),
        ("hello", ""),
    ],
)
def test_the_digits_of_a_number_are_read(text: str, digits: str) -> None:
    assert digits_in(text) == digits


@pytest.mark.parametrize(
    ("digits", "is_whole"),
    [("0521234567", True), ("035550100", True), ("052123", False), ("97235550100", True)],
)
def test_a_number_is_whole_or_not(digits: str, is_whole: bool) -> None:
    assert is_whole_phone(digits) is is_whole


def test_digits_are_read_back_one_by_one() -> None:
    assert digits_apart("052-4718369") == "0 5 2, 4 7 1, 8 3 6 9"


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Call 03-555-0100 please.", "Call 0 3 5, 5 5 0, 1 0 0 please."),
        ("We open Mon-Fri 9:00-17:00.", "We open Monday to Friday 9 AM to 5 PM."),
        ("It costs 350 ILS or ₪20.", "It costs 350 shekels or 20 shekels."),
        ("On 25.11.2026 at 10:30", "On November 25th, 2026 at 10 30 AM"),
        ("at 9:05 am", "at 9 oh 5 AM"),
        ("The answer is no.", "The answer is no!"),
        ("**Bold** [link](http://a.b/c)", "Bold link"),
    ],
)
def test_english_is_written_as_it_is_spoken(written: str, spoken: str) -> None:
    assert in_english(written) == spoken


def test_sentences_are_said_one_by_one() -> None:
    assert sentences("Hello. Dr. Levi is here! Is that right?") == [
        "Hello.",
        "Dr. Levi is here!",
        "Is that right?",
    ]


def test_a_long_first_sentence_is_said_in_breaths() -> None:
    text = ", ".join(["this is a clause of some length"] * 8)

    assert len(sentences(text)[0]) <= 120
    assert " ".join(sentences(text)) == text
