"""Short words that say something, although sounds and clipped words are as short.

No list of names, places or services: whatever has three letters is a word without being listed,
and so is a shorter one that nobody makes by breathing (see `is_word`).
"""

from typing import Final

from prosaasil.words.normal import has_digit, tokens

LETTERS_MIN = 3
"""Shorter words have to be listed, or to be built as words are (R-STT-01, C-08)."""

_WORDS: Final = """
    כן לא מה מי די רגע שנייה טוב בסדר סבבה נכון בטח ברור אוקיי אוקי יאללה ביי היי הי הלו הא שלום
    תודה בבקשה אולי עוד פה שם זה זו זאת כל הכל כלום אני את אתה הוא היא הם הן או עם ים אב
    שש אחד אחת חמש שבע לך כמה מתי איפה למה איך סליחה עצור חכה מספיק נו אי
    ok okay no yes yeah yep yup nope nah hi hey hello bye sure fine right please thanks thank you
    stop wait what who why how when where huh i me my we us go so yo tv mr dr pm
    да нет не ага ок окей я ты вы он мы что кто где как когда почему стоп хватит привет алло пока
    спасибо хорошо ладно можно ясно
    نعم لا ايوه اي اجل بلي تمام طيب حسنا اوكي ما من هو هي هم مع او كم متي اين لماذا كيف ماذا شكرا
    مرحبا الو لحظه
"""
PHRASES: Final = frozenset(tokens(_WORDS))
_BREATHS: Final = frozenset("אהויעמםاهويمعء")
"""Letters of scripts without vowels that breathing and humming are written with."""
_VOWELS: Final = frozenset("aeiouyаеиоуыэюя")
_CONSONANTS: Final = frozenset("bcdfghjklmnpqrstvwxzбвгджзклмнпрстфхцчшщъь")
_ALPHABETS_END: Final = "\u0700"
"""Before it are the scripts in which one letter is no word."""


def is_phrase(word: str) -> bool:
    """Whether a token (see `normal.tokens`) is an answer by itself; so is any number."""
    return word in PHRASES or has_digit(word) or word.endswith("'")


def is_word(word: str) -> bool:
    """Whether this is more than a piece of a sound.

    Two Hebrew or Arabic letters are a whole syllable unless both are breathed ("דן", but not "אע"),
    two Latin or Cyrillic ones need a vowel and a consonant ("Jo", but not "th").
    """
    if is_phrase(word) or len(word) >= LETTERS_MIN or word >= _ALPHABETS_END:
        return True
    letters = frozenset(word)
    return len(word) > 1 and not any(letters <= same for same in (_BREATHS, _VOWELS, _CONSONANTS))
