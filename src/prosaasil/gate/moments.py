"""Times of a call by what happened: "reply2+500", "end_of_interruption", "start+8000".

A scenario cannot know when an answer will come, so it counts from what is heard. Both stages set
the moments as they pass; the caller waits for them, and the checks look them up afterwards.
"""

import re

from msgspec import Struct

_MOMENT = re.compile(r"([a-z][a-z_0-9]*?)(?:\s*([+-])\s*(\d+))?")
_REPLY = re.compile(r"(end_of_)?(?:greeting|reply0)")
BEGINNING = "start"


class Moment(Struct, frozen=True):
    cue: str
    """`start`, `closed`, `engine_closed`, `asked2`, `reply2`, `end_of_reply2`, an act's name or
    `end_of_` it.
    """
    offset_ms: int = 0


def parse(text: str) -> Moment:
    """Raises `ValueError`, and says what a moment looks like."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no moment: write one as reply2+500 or end_of_greeting")
    cue, sign, offset = found.groups()
    cue = _REPLY.sub(r"\1reply0", cue) if _REPLY.fullmatch(cue) else cue
    return Moment(cue, int(f"{sign or ''}{offset or 0}"))


def of_reply(number: int) -> str:
    return f"reply{number}"


def end_of(cue: str) -> str:
    return f"end_of_{cue}"


class Moments:
    """When each cue was; milliseconds since the call's start."""

    def __init__(self) -> None:
        self._at = {BEGINNING: 0}

    def begin(self, cue: str, at: int) -> None:
        """Only the first time counts."""
        self._at.setdefault(cue, at)

    def put(self, cue: str, at: int) -> None:
        """The latest time counts."""
        self._at[cue] = at

    def find(self, moment: Moment) -> int | None:
        at = self._at.get(moment.cue)
        return None if at is None else at + moment.offset_ms

    def at(self, text: str) -> int:
        """Raises `LookupError` for what never happened."""
        at = self.find(parse(text))
        if at is None:
            raise LookupError(f"{text!r} never came; there were {', '.join(sorted(self._at))}")
        return at
