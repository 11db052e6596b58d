"""What is said in simulated calls, and what it is worth: the truth that the core has to find out.

The agent's words are made up of letters by a fixed seed, so that no two of its sentences are alike
by chance and none of them is like the caller's.
"""

from enum import Enum
from random import Random

WORDS_MADE = 4_001


class Meaning(Enum):
    """What a caller's turn is worth."""

    WORDS = "words"
    GOODBYE = "goodbye"
    FILLER = "filler"
    NOTHING = "nothing"
    ECHO = "echo"
    """The agent's own words, come back."""
    UNCLEAR = "unclear"
    """A word or two of the agent's own, which may be an answer as well."""
    LOST = "lost"
    """Words of which a part never reached the engine."""


ECHO_WORDS_MIN = 3
"""So many of the agent's words in a row are nobody's answer."""
HEBREW = (
    "אני רוצה לקבוע תור",
    "כן",
    "לא",
    "בית שאן",
    "יום שלישי בעשר",
    "מה?",
    "רגע, יש לי שאלה",
    "חיפה",
    "אממ כן",
    "אהה טוב, תסביר לי איך זה עובד",
    "כמה זה עולה?",
)
ENGLISH = ("I would like an appointment", "yes please", "Tuesday at ten", "no", "how much is it?")
RUSSIAN = ("мне нужна запись на завтра", "сколько это стоит?")
ARABIC = ("أريد موعدا غدا", "كم السعر؟")
LANGUAGES = (HEBREW, ENGLISH, RUSSIAN, ARABIC)
FILLERS = ("אממ", "אהה", "הממ", "אההה", "אממ...")
GOODBYES = ("תודה ולהתראות", "תודה רבה, ביי", "להתראות")
SECOND_THOUGHTS = ("רגע, עוד שאלה אחת", "בעצם אני רוצה לשנות את התור")
AGENT_GOODBYE = "תודה שהתקשרתם, יום טוב ולהתראות."
STUBBORN_QUESTION = "באיזו עיר אתם גרים כרגע?"


def _made_words() -> tuple[str, ...]:
    draw = Random("words")  # noqa: S311 - the same words in every run
    letters = "אבגדהוזחטיכלמנסעפצקרשת"
    return tuple("".join(draw.choices(letters, k=draw.randint(3, 7))) for _ in range(WORDS_MADE))


_WORDS = _made_words() * 2


def sentence(number: int, words: int) -> str:
    """A sentence of so many words that shares none with those numbered shortly before it."""
    first = number * 97 % WORDS_MADE
    return " ".join(_WORDS[first : first + words]) + "."
