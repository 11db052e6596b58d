"""What a scenario may expect; each `[[expect]]` of a file is exactly one of these.

`slack_ms` is what real time may be late by on the rig, where sockets, threads and a busy machine
stand between; in virtual time every figure is exact.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

RIG_SLACK_MS = 120
"""One beat of the phone, one of the pacer, and a busy event loop."""


class Times(Struct, frozen=True, forbid_unknown_fields=True, rename={"exactly": "is"}):
    """How often: `is`, or between `min` and `max`; within a window, if one is given."""

    exactly: int | None = None
    min: int | None = None
    max: int | None = None

    def fits(self, count: int) -> bool:
        if self.exactly is not None:
            return count == self.exactly
        return (self.min is None or count >= self.min) and (self.max is None or count <= self.max)


class Count(
    Times, frozen=True, forbid_unknown_fields=True, rename={"exactly": "is", "after": "from"}
):
    marker: str = ""
    """A name of the dictionary."""
    text: str = ""
    """A pattern that has to be in the line, too."""
    after: str = "start"
    to: str = ""


class Commands(
    Times, frozen=True, forbid_unknown_fields=True, rename={"exactly": "is", "after": "from"}
):
    """Orders of the core's, by the name of their class."""

    command: str = ""
    after: str = "start"
    to: str = ""


class Soon(Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a marker after a moment comes within a time."""

    marker: str
    after: str
    within_ms: int
    min_ms: int = 0


class LastFrame(Struct, frozen=True, forbid_unknown_fields=True):
    """A reply that is interrupted is last heard so soon after a moment, and never again."""

    reply: int
    after: str
    within_ms: int


class Silent(Struct, frozen=True, forbid_unknown_fields=True, rename={"after": "from"}):
    """The agent sends nothing at all between two moments."""

    after: str
    to: str = "closed"


class Whole(Struct, frozen=True, forbid_unknown_fields=True):
    """Every frame of these replies is heard exactly once."""

    replies: list[int]


class HeardMs(Struct, frozen=True, forbid_unknown_fields=True):
    reply: int
    min: int = 0
    max: int | None = None


class Truncated(Struct, frozen=True, forbid_unknown_fields=True):
    """The engine is told where the caller stopped hearing this reply."""

    reply: int


class Pace(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one reply's frames: the longest gap that nobody held, and each full second's number."""

    reply: int
    gap_ms_max: int = 60
    held_ms_max: int | None = None
    """How long the agent may be held in all."""
    fps_min: int = 47
    fps_max: int = 52


class EngineHears(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of an act's sound reached the engine."""

    act: str
    missing_ms_max: int | None = None
    ms_max: int | None = None


class Ended(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the call ended, and when both of its sockets were closed."""

    reason: str
    after: str = "start"
    within_ms: int | None = None
    min_ms: int = 0


class Expectation(Struct, frozen=True, forbid_unknown_fields=True):
    order: list[str] | UnsetType = UNSET
    """Markers that come in this order."""
    absent: list[str] | UnsetType = UNSET
    count: Count | UnsetType = UNSET
    commands: Commands | UnsetType = UNSET
    soon: Soon | UnsetType = UNSET
    last_frame: LastFrame | UnsetType = UNSET
    silent: Silent | UnsetType = UNSET
    whole: Whole | UnsetType = UNSET
    heard_ms: HeardMs | UnsetType = UNSET
    truncated: Truncated | UnsetType = UNSET
    pace: Pace | UnsetType = UNSET
    engine_hears: EngineHears | UnsetType = UNSET
    streak: Count | UnsetType = UNSET
    """So many lines of a marker in a row have the text."""
    counters: dict[str, int | Times] | UnsetType = UNSET
    """Of [CALL_METRICS]."""
    ended: Ended | UnsetType = UNSET
    slack_ms: int = RIG_SLACK_MS
    on: Literal["both", "virtual", "rig"] = "both"

    @property
    def kind(self) -> str:
        given = [name for name in self.__struct_fields__ if name not in {"slack_ms", "on"}]
        given = [name for name in given if getattr(self, name) is not UNSET]
        if len(given) != 1:
            raise ValueError(f"expect: one thing each, not {', '.join(given) or 'nothing'}")
        return given[0]
