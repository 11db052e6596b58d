"""Sentences that every agent may need, in the languages an agent may begin in.

They bridge a wait and say nothing of any business. A language without its own is spoken to in
English.
"""

from msgspec import Struct


class Phrases(Struct, frozen=True):
    one_moment: str
    """A tool takes its time."""
    reconnected: str
    """The engine was lost in the middle of something."""


ENGLISH = Phrases("One moment, please.", "Sorry, there was a small problem on the line.")
PHRASES = {
    "ar": Phrases("لحظة من فضلك.", "عذرًا، حدثت مشكلة صغيرة في الخط."),
    "de": Phrases("Einen Moment, bitte.", "Entschuldigung, es gab eine kleine Störung."),
    "en": ENGLISH,
    "es": Phrases("Un momento, por favor.", "Perdón, hubo un pequeño problema en la línea."),
    "fr": Phrases("Un instant, s'il vous plaît.", "Pardon, il y a eu un petit problème."),
    "he": Phrases("רק רגע, בבקשה.", "סליחה, הייתה הפרעה קטנה בקו."),
    "ru": Phrases("Одну минуту, пожалуйста.", "Извините, на линии была небольшая помеха."),
}


def phrases_in(language: str) -> Phrases:
    return PHRASES.get(language, ENGLISH)
