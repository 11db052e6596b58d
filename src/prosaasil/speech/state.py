"""Where a scripted conversation stands, and what was just said in it."""

from msgspec import Struct

from prosaasil.speech.facts import Answer
from prosaasil.speech.functions import Slots
from prosaasil.speech.intents import Understood


class State(Struct, frozen=True):
    """Where a conversation stands."""

    language: str = ""
    goal: str = ""
    asked: str = ""
    """What the last question was about; `name_check` asks whether the name is right."""
    slots: Slots = Slots()
    confirmed: frozenset[str] = frozenset()
    digits: str = ""
    """The beginning of a telephone number."""
    misses: int = 0
    has_introduced: bool = False
    last: str = ""
    """What was said last, for `repeat`."""
    calling: str = ""
    """What the function that is being run is for."""


class Insight(Struct, frozen=True):
    """What was just said, and what the models make of it."""

    text: str
    language: str
    understood: Understood
    answer: Answer | None = None
    service: str | None = None
