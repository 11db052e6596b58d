"""Days and times as callers say them; today is Saturday, 21 November 2026, ten in the morning."""

from datetime import date, datetime, time

import pytest

from prosaasil.speech.moments import Moment, moment_in

NOW = datetime(2026, 11, 21, 10, 0)  # noqa: DTZ001 - the business's own time
SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day", "at", "part"),
    [
        ("tomorrow at ten", SUNDAY, time(10), None),
        ("Monday at 9.30am", date(2026, 11, 23), time(9, 30), None),
        ("monday at nine thirty a m", date(2026, 11, 23), time(9, 30), None),
        ("half past three on Tuesday", date(2026, 11, 24), time(15, 30), None),
        ("quarter to five", None, time(16, 45), None),
        ("november twenty fifth at 3 pm", date(2026, 11, 25), time(15), None),
        ("the 25th of November", date(2026, 11, 25), None, None),
        ("in two days", date(2026, 11, 23), None, None),
        ("next sunday in the morning", SUNDAY, None, "morning"),
        ("the day after tomorrow at noon", date(2026, 11, 23), time(12), None),
        ("at 930", None, time(9, 30), None),
        ("tomorrow evening at 7", SUNDAY, time(19), None),
        ("friday 13:15", date(2026, 11, 27), time(13, 15), None),
        ("12.12.2026", date(2026, 12, 12), None, None),
        ("March first", date(2027, 3, 1), None, None),
        ("my number is 0521234567", None, None, None),
        ("I want two things", None, None, None),
        ("מחר בעשר", SUNDAY, time(10), None),
        ("ביום ראשון בבוקר", SUNDAY, None, "morning"),
        ("בשלוש וחצי", None, time(15, 30), None),
        ("מחרתיים בארבע", date(2026, 11, 23), time(16), None),
        ("מוחרתיים בארבע", date(2026, 11, 23), time(16), None),
        ("בשלוש וחצי אחר הצהריים", None, time(15, 30), None),
        ("בשעה תשע ורבע", None, time(9, 15), None),
        ("חמישה עשר בדצמבר", date(2026, 12, 15), None, None),
        ("רבע לחמש", None, time(16, 45), None),
        ("מחר בשעה 10:30", SUNDAY, time(10, 30), None),
        ("ליום שלישי", date(2026, 11, 24), None, None),
        ("ביום שני בשמונה בערב", date(2026, 11, 23), time(20), None),
        ("בעוד יומיים", date(2026, 11, 23), None, None),
        ("בעוד שבוע", date(2026, 11, 28), None, None),
        ("עשרים וחמישה בנובמבר באחת עשרה", date(2026, 11, 25), time(11), None),
        ("25.11", date(2026, 11, 25), None, None),
        ("היום בערב", date(2026, 11, 21), None, "evening"),
        ("ביום חמישי בחמש ועשרים", date(2026, 11, 26), time(17, 20), None),
        ("קוראים לי דוד כהן", None, None, None),
        ("יש לי שני ילדים", None, None, None),
    ],
)
def test_a_moment_is_read(text: str, day: date | None, at: time | None, part: str | None) -> None:
    assert moment_in(text, NOW) == Moment(day, at, part)


def test_a_moment_is_said_back_with_its_date() -> None:
    moment = Moment(SUNDAY, time(10, 30))

    assert moment.spoken("en", NOW.date()) == "tomorrow, Sunday, November 22 at 10:30 AM"
    assert moment.spoken("he", NOW.date()) == "מחר, יום ראשון, 22 בנובמבר, בשעה 10:30"


def test_what_is_said_later_wins() -> None:
    assert Moment(SUNDAY, time(10)).joined(Moment(at=time(11))) == Moment(SUNDAY, time(11))
