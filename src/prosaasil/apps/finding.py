"""What the doctor found about one thing."""

from enum import Enum

from msgspec import Struct


class State(Enum):
    OK = "ok"
    WARN = "warn"
    """It works, but perhaps not as one may think."""
    MISSING = "missing"
    """Something will not work."""


class Finding(Struct, frozen=True):
    about: str
    state: State
    said: str
    remedy: str = ""


def ok(about: str, said: str) -> Finding:
    return Finding(about, State.OK, said)


def warn(about: str, said: str, remedy: str) -> Finding:
    return Finding(about, State.WARN, said, remedy)


def missing(about: str, said: str, remedy: str) -> Finding:
    return Finding(about, State.MISSING, said, remedy)
