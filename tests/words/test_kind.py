"""What a text is by itself. The corpus of utterances is in `tests/call/utterances.toml`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.words.kind import Kind, kind_of
from prosaasil.words.normal import fold, tokens, words_of
from prosaasil.words.phrases import PHRASES
from prosaasil.words.sounds import is_sound


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Kind.EMPTY),
        ("   \n", Kind.EMPTY),
        ("?!…", Kind.EMPTY),
        ("\u200f", Kind.EMPTY),
        ("אם", Kind.FILLER_ONLY),
        ("אם.", Kind.FILLER_ONLY),
        ("אם אפשר", Kind.SENTENCE),
        ("אמא", Kind.SINGLE_WORD),
        ("מה", Kind.SHORT_PHRASE),
        ("מהה", Kind.SINGLE_WORD),
        ("המ", Kind.FILLER_ONLY),
        ("הם", Kind.SHORT_PHRASE),
        ("הםםם", Kind.FILLER_ONLY),
        ("כןןן", Kind.SHORT_PHRASE),
        ("הא", Kind.SHORT_PHRASE),
        ("אה הא", Kind.FILLER_ONLY),
        ("אה, הם", Kind.SENTENCE),
        ("huh", Kind.SHORT_PHRASE),
        ("uh-huh", Kind.FILLER_ONLY),
        ("mhm, yes", Kind.SENTENCE),
        ("חחח אה", Kind.FILLER_ONLY),
        ("חחח", Kind.SOUNDS_ONLY),
        ("חחח כן", Kind.SENTENCE),
        ("[noise]", Kind.SOUNDS_ONLY),
        ("[3 seconds of silence]", Kind.SOUNDS_ONLY),
        ("[noise] כן", Kind.SHORT_PHRASE),
        ("(050) 1234567", Kind.SHORT_PHRASE),
        ("2*3*4", Kind.SENTENCE),
        ("\u266a la la la \u266a", Kind.SOUNDS_ONLY),
        ("שש", Kind.SHORT_PHRASE),
        ("ששש", Kind.SOUNDS_ONLY),
        ("מממש", Kind.SINGLE_WORD),
        ("ג'", Kind.SHORT_PHRASE),
        ("ג", Kind.TOO_SHORT),
        ("b c", Kind.TOO_SHORT),
        ("b c d", Kind.SENTENCE),
        ("th", Kind.TOO_SHORT),
        ("Jo", Kind.SINGLE_WORD),
        ("отец", Kind.SINGLE_WORD),
        ("ει", Kind.SINGLE_WORD),
        ("是", Kind.SINGLE_WORD),
        ("no, wait, what", Kind.SENTENCE),
        ("no, wait", Kind.SHORT_PHRASE),
        ("1 2", Kind.SHORT_PHRASE),
        ("un deux", Kind.SENTENCE),
    ],
)
def test_the_kind_of_a_text(text: str, kind: Kind) -> None:
    assert kind_of(text) is kind


def test_three_kinds_mean_something() -> None:
    meaningful = [kind for kind in Kind if kind.is_meaningful]
    assert meaningful == [Kind.SHORT_PHRASE, Kind.SINGLE_WORD, Kind.SENTENCE]


@given(st.text())
def test_every_text_has_a_kind_and_words(text: str) -> None:
    kind = kind_of(text)
    assert isinstance(kind, Kind)
    assert kind.is_meaningful or not any(letter.isdecimal() for letter in words_of(text))


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(st.sampled_from(sorted(PHRASES)))
def test_no_listed_word_is_dropped(word: str) -> None:
    assert kind_of(word) is Kind.SHORT_PHRASE
    assert not is_sound(word)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("שָׁלוֹם, עולם!", ["שלומ", "עולמ"]),
        ("שלוםםםם", ["שלומ"]),
        ("ביייייי", ["ביי"]),
        ("1000", ["1000"]),
        ("תל־אביב", ["תל", "אביב"]),
        ("צה״ל וד\"ר ג'ירפה", ["צהל", "ודר", "ג'ירפה"]),
        ("יום ג׳", ["יומ", "ג'"]),
        ("'כן'", ["כנ"]),
        ("It’s Don't", ["it's", "don't"]),
        ("السَّلامُ عليـــكم", ["السلام", "عليكم"]),
        ("مدرسة على أحمد", ["مدرسه", "علي", "احمد"]),
        ("Ёлка Йод", ["елка", "иод"]),
        ("ＯＫ…so", ["ok", "so"]),
        ("a_b", ["a", "b"]),
    ],
)
def test_words_are_compared_in_one_form(text: str, words: list[str]) -> None:
    assert list(words_of(text)) == words


def test_final_letters_stay_in_tokens() -> None:
    assert tokens("הם הלכו") == ("הם", "הלכו")
    assert fold("הֵם") == "הם"
