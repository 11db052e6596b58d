"""What a caller hears who cannot be served: neutral, short, in the carrier's own voice.

Hebrew first; they name no business, because they may be heard before one is known.
"""

from msgspec import Struct

Sentence = dict[str, str]

NOT_IN_SERVICE: Sentence = {
    "he": "שלום, המספר שחייגת אליו אינו פעיל כרגע. תודה ולהתראות.",
    "en": "Hello. The number you have called is not in service at the moment. Goodbye.",
}
UNABLE: Sentence = {
    "he": "שלום, איננו יכולים לענות כרגע. נחזור אליך בהקדם. תודה ולהתראות.",
    "en": "Hello. We cannot take your call at the moment. We will call you back soon. Goodbye.",
}
BUSY: Sentence = {
    "he": "שלום, כל הקווים תפוסים כרגע. אנא נסו שוב בעוד מספר דקות. תודה ולהתראות.",
    "en": "Hello. All our lines are busy. Please call again in a few minutes. Goodbye.",
}

FIRST = "he"


class Said(Struct, frozen=True):
    text: str
    language: str
    """As the carrier names it."""
    voice: str | None = None


SPOKEN = {
    "he": ("he-IL", "Google.he-IL-Standard-A"),  # the carrier's basic voice has no Hebrew
    "en": ("en-US", None),
}


def choose(sentence: Sentence, language: str) -> Said:
    """The sentence in the business's language if we have it, else in Hebrew."""
    key = language if language in sentence else FIRST
    spoken, voice = SPOKEN[key]
    return Said(sentence[key], spoken, voice)
