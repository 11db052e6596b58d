"""Who takes leave, and who only speaks of a good day."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prosaasil.words.farewell import closes, says_goodbye

FAREWELLS = [
    *["תודה ולהתראות", "להתראות", "להתראות.", "ביי", "ביי ביי", "ביייי!", "יום טוב", "לילה טוב"],
    *["שיהיה יום טוב", "שיהיה לך יום נפלא", "המשך יום נעים", "תודה רבה, יום טוב"],
    *[
        "תודה ויום טוב",
        "ביי ויום טוב",
        "יום טוב גם לך",
        "ולך גם יום טוב",
        "לא תודה, להתראות",
        "יאללה ביי",
        "אוקיי תודה ביי",
        "ביי תודה רבה",
    ],
    *["תודה, שבת שלום", "תודה רבה ושבת שלום", "תודה ושלום", "שלום ולהתראות", "אהה... ביי"],
    *["אני אתקשר מחר, להתראות", "טוב אז להתראות", "נתראה", "סוף שבוע נעים", "להתראות - תודה"],
    *[
        "bye",
        "Bye-bye!",
        "Bye, you too",
        "goodbye",
        "Good-bye.",
        "OK, bye now",
        "have a nice day",
        "Byeeee",
    ],
    *["Thanks, have a great rest of your day!", "See you later", "no thanks, bye", "Good night"],
    *["bye, thank you so much for your help", "Take care, thanks", "ok thanks see you tomorrow"],
    *["thanks, good evening", "that is all, goodbye", "I hope you have a nice day"],
    *["до свидания", "Спасибо, до свидания!", "пока", "пока-пока", "ну ладно, пока"],
    *["всего доброго", "хорошего дня", "спокойной ночи", "до завтра", "пока, спасибо большое"],
    *["مع السلامة", "شكرا، مع السلامة", "إلى اللقاء", "باي", "تصبح على خير", "شكرا سلام"],
]
OTHERS = [
    *["", "...", "שלום", "שלום לך", "תודה", "תודה רבה", "תודה, ועוד שאלה", "תודה על הכל"],
    *["יום טוב, אני רוצה לקבוע תור", "שלום, יום טוב", "שבת שלום", "ערב טוב", "בוקר טוב"],
    *["יום שלישי זה יום טוב", "מתי יש לכם יום טוב", "זה לא יום טוב בשבילי", "ביי?", "להתראות?"],
    *["איך אומרים להתראות", "אמרתי לו ביי", "אני רוצה שיהיה יום חמישי", "בי", "ניפגש מחר"],
    *["ביי, רגע, עוד שאלה", "להתראות אתמול אמרתי"],
    *[
        "I want to buy",
        "you too",
        "bye the way",
        "by the way",
        "good evening",
        "hello",
        "Bye?",
        "buy buy",
    ],
    *["I want to see you tomorrow", "I have a good day on Monday", "don't say bye bye", "thanks"],
    *[
        "can you take care",
        "Tuesday is a good night",
        "they have a nice day",
        "goodness",
        "hi bye x",
    ],
    *["нет пока", "я пока думаю", "привет", "добрый день", "спасибо", "не пока", "пока нет"],
    *["السلام عليكم", "شكرا", "سلام", "مرحبا", "يوم سعيد عندي موعد"],
]


@pytest.mark.parametrize("text", FAREWELLS)
def test_a_caller_who_ends_with_a_farewell_takes_leave(text: str) -> None:
    assert says_goodbye(text)


@pytest.mark.parametrize("text", OTHERS)
def test_a_caller_who_goes_on_or_only_names_it_does_not(text: str) -> None:
    assert not says_goodbye(text)


@pytest.mark.parametrize(
    "text",
    [
        "תודה שהתקשרת, יום טוב!",
        "התור נקבע ליום שלישי בעשר. שיהיה לך המשך יום נעים!",
        "שמחתי לעזור. להתראות. תודה.",
        "יש עוד משהו? לא? אז להתראות.",
        "Your appointment is on Tuesday. Thank you for calling, have a wonderful day!",
        "Goodbye! Thank you.",
        "אם תצטרך משהו נוסף, אנחנו כאן, להתראות!",
        "Ждём вас во вторник. Всего доброго!",
        "تم الحجز. شكرا لاتصالك، مع السلامة.",
    ],
)
def test_an_agent_that_ends_with_a_farewell_closes(text: str) -> None:
    assert closes(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "שלום, הגעת למרפאה. איך אפשר לעזור?",
        "תודה רבה!",
        "להתראות. רגע, יש עוד משהו?",
        "אם אין עוד שאלות, שיהיה לך יום נפלא!",
        "If that is all, have a nice day.",
        "Have a nice day, or is there anything else?",
        "שלום, מרפאת כהן, יום טוב!",
        "Goodbye is what people say at the end.",
    ],
)
def test_an_agent_that_asks_greets_or_leaves_the_choice_does_not(text: str) -> None:
    assert not closes(text)


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert closes(text) <= says_goodbye(text)


@settings(max_examples=30)
@given(
    st.lists(
        st.sampled_from(["and thanks", "большое спасибо", "שוב תודה", "bye", "ok", "x"]), max_size=6
    ),
    st.integers(1, 400),
)
def test_a_recogniser_that_repeats_itself_is_judged_at_once(parts: list[str], times: int) -> None:
    """The test's time limit is the assertion: nothing here may grow with the powers of two."""
    assert not says_goodbye(" ".join(parts * times) + " y")
