"""Which sentences say the same, and which words are an echo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.words.likeness import ALIKE_PERCENT, begins, ends, likeness, repeats

TOKENS = ["מה", "איזו", "עיר", "שם", "יום", "שעה", "אתה", "גר", "the", "city", "which", "5", "10"]
WORDS = st.lists(st.sampled_from(TOKENS))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("איזו עיר?", "איזו עיר אתה נמצא?"),
        ("איזו עיר?", "איזו עיר"),
        ("איזו עיר?", "סליחה, לא שמעתי. באיזו עיר אתה נמצא?"),
        ("מה השם?", "מה השם המלא שלך?"),
        ("באיזו עיר אתה גר?", "באיזו עיר את גרה?"),
        ("שלום", "שָׁלוֹם!"),
        ("Which city?", "I am sorry, which city are you in?"),
        ("What is your name?", "What is your full name, please?"),
        ("Как вас зовут?", "Простите, как вас зовут?"),
        ("В каком городе вы живёте?", "В каком городе вы живете"),
        ("ما اسمك؟", "ما اسمك الكامل؟"),
        ("في أي مدينة أنت؟", "في اي مدينة أنت الآن؟"),
    ],
)
def test_a_question_is_found_in_a_longer_form_of_itself(one: str, other: str) -> None:
    assert likeness(one, other) > ALIKE_PERCENT
    assert likeness(other, one) == likeness(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("מה השם?", "מה השעה?"),
        ("באיזה יום?", "באיזו שעה?"),
        ("באיזה יום תרצה לקבוע תור?", "באיזו שעה תרצה לקבוע תור?"),
        ("מתאים לך יום שני בשעה עשר?", "מתאים לך יום שלישי בשעה עשר?"),
        ("אפשר ב-10:00 ביום ראשון", "אפשר ב-11:00 ביום ראשון"),
        ("כן", "כן או לא?"),
        ("", "כן"),
        ("", ""),
        ("What is your name?", "What is your age?"),
        ("What day suits you best?", "What time suits you best?"),
        ("Does Tuesday at ten suit you?", "Does Thursday at ten suit you?"),
        ("Как вас зовут?", "Сколько вам лет?"),
        ("ما اسمك؟", "ما عنوانك؟"),
        ("Which city?", "Where do you live?"),
    ],
)
def test_questions_that_differ_in_a_word_are_not_the_same(one: str, other: str) -> None:
    assert likeness(one, other) < ALIKE_PERCENT
    assert likeness(other, one) == likeness(one, other)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("איך אפשר לעזור לך", "שלום, הגעת למרפאה. איך אפשר לעזור לך היום?"),
        ("הגעת למרפאת השינים", "שלום, הגעת למרפאת השיניים."),
        ("איזו עיר אתה נמצע", "סליחה, איזו עיר אתה נמצא?"),
        ("איזו עיר", "שלום. איזו עיר?"),
        ("כן או לא", "כן או לא?"),
        ("למרפאת השיניים", "הגעת למרפאת השיניים"),
        ("How can I help you", "Hello! How can I help you today?"),
        ("чем могу помочь", "Здравствуйте! Чем могу помочь?"),
        ("كيف يمكنني مساعدتك", "مرحبا، كيف يمكنني مساعدتك؟"),
    ],
)
def test_a_stretch_of_what_was_said_is_an_echo(text: str, said: str) -> None:
    assert repeats(text, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("כן", "כן או לא?"),
        ("לא", "כן או לא?"),
        ("תל אביב", "תל אביב או חיפה?"),
        ("קריית שמונה", "האם אתה מקריית שמונה?"),
        ("ראשון לציון", "ראשון לציון או רחובות?"),
        ("יום שלישי", "יום שלישי או יום רביעי?"),
        ("Tuesday", "Monday or Tuesday?"),
        ("10:30", "10:30 or 11:30?"),
        ("בשעה 10 בבוקר", "בשעה 11 בבוקר?"),
        ("יום שלישי בשעה שש", "אז יום שלישי בשעה עשר, נכון?"),
        ("Thursday at ten", "Is Tuesday at ten good?"),
        ("כן רוצה לקבוע תור", "אתה רוצה לקבוע תור?"),
        ("בוקר טוב", "בוקר טוב"),
        ("עיר איזו בחיפה", "איזו עיר בחיפה?"),
        ("שלום", "שלום?"),
        ("", ""),
        ("אני רוצה לקבוע תור", ""),
        ("איזו עיר אתה", "?"),
    ],
)
def test_answers_and_corrections_are_no_echo(text: str, said: str) -> None:
    assert not repeats(text, said)


@given(st.text(), st.text())
def test_any_two_texts_are_compared(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 100
    assert repeats(one, other) in {True, False}


@given(WORDS, WORDS, WORDS)
def test_what_is_around_a_question_changes_nothing(
    before: list[str], words: list[str], after: list[str]
) -> None:
    question = ["איזו", "עיר", *words]
    longer = " ".join([*before, *question, *after])
    assert likeness(" ".join(question), longer) > ALIKE_PERCENT
    if words:
        assert repeats(" ".join(question), longer)


def test_very_long_texts_are_compared_by_their_ends() -> None:
    said = " ".join(f"word{number}x" for number in range(2_000))
    assert repeats("word1997x word1998x word1999x", said)
    assert likeness(said, said + " and more") > ALIKE_PERCENT


def test_the_beginning_of_a_long_speech_is_repeated_too() -> None:
    said = " ".join(f"word{number}" for number in range(300))
    assert repeats("word1 word2 word3", said)
    assert repeats("word158 word159 word160 word161", said)
    assert repeats("word297 word298 word299", said)
    assert not repeats("word3 word200 word100 word50", said)
    assert not repeats("nothing of the kind", said)


def test_first_and_last_words_are_found_however_few() -> None:
    said = "שלום, הגעתם למרפאה. איזו עיר?"
    assert begins("שלום", said)
    assert begins("שלום הגעתם", said)
    assert not begins("הגעתם", said)
    assert ends("עיר", said)
    assert not ends("איזו", said)
    assert not begins("", said)
    assert not ends("...", said)
