"""Scenarios as they are written: a TOML file each, with a table of examples.

A file says what the engine and the caller do and what is expected; `{name}` and `{name+1}` in any
text stand for a value of the example. The examples make cases of it: every combination of the
values of each row.
"""

import re
import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from prosaasil.call.briefing import Briefing, Direction
from prosaasil.call.policy import CallPolicy
from prosaasil.gate.expect import Expectation
from prosaasil.gate.moments import parse

DIRECTORY = Path(__file__).parent / "scenarios"
_PLACEHOLDER = re.compile(r"\{(\w+?)([+-]\d+)?\}")
_CUE = re.compile(r"start|closed|engine_closed|(?:asked|reply|end_of_reply)\d+")
_BAD_PLACE = re.compile(r"(.*) - at `\$(?:\.?(.*))`", re.DOTALL)

Doing = Literal[
    "voice", "murmur", "breath", "noise", "music", "key", "hang_up", "drop", "status", "phantom"
]
SOUNDS = {"voice", "murmur", "breath", "noise", "music"}


class ScenarioUnreadable(ValueError):  # noqa: N818 - what happened
    """The file is not a scenario; the message names the file and the key."""


class Reply(Struct, frozen=True, forbid_unknown_fields=True):
    """One reply of the engine's: what it says, and how it is delivered."""

    ms: int = 1_500
    says: str = ""
    """Something of its own when empty: what is said twice is a loop."""
    first_after_ms: int = 120
    delta_ms: int = 200
    speed: float = 4.0
    """Times real time; 0 for everything at once."""
    stall_after_ms: int | None = None
    stall_ms: int = 0
    goes_on_ms: int = 0
    """How much longer it is made after it was cancelled."""
    cancelled_as: str = "client_cancelled"
    """The reason that the engine gives for its end when it was cancelled."""
    tool_ms: int | None = None
    """It calls a tool, which takes so long."""


class EngineSays(Struct, frozen=True, forbid_unknown_fields=True):
    configured_after_ms: int | None = 300
    transcribed_after_ms: int = 300
    """From the end of a turn to its words."""
    interrupts_itself: bool = False
    """It cuts its replies when it hears somebody, though it is told not to."""


class Act(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that the caller, the line or the carrier does."""

    at: str
    """A moment, see `moments`."""
    does: Doing = "voice"
    """`drop`: the carrier is gone without a word. `phantom`: the engine finds a turn in silence.
    `murmur`: a voice too quiet for the engine to find a turn in it.
    """
    name: str = ""
    """As a moment: `act1`, `act2` ... when empty."""
    ms: int = 1_000
    says: str = ""
    value: str = ""
    """The key, or the carrier's status."""
    rms: int | None = None
    """How loud anything but a voice is."""
    is_heard_as_voice: bool = False
    """A noise that deceives the local detector; in virtual time, where the detector is told."""


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    negative: str
    """The planted bug under which this must fail, see `bugs`."""
    expect: tuple[Expectation, ...]
    policy: dict[str, Any] = {}
    """What is not as in `CallPolicy`."""
    briefing: dict[str, Any] = {}
    """What is not as usual in `Briefing`."""
    engine: EngineSays = EngineSays()
    turns: int = 0
    """So many ordinary questions, each answered, come before what the scenario is about."""
    reply: dict[str, Reply] = {}
    """By number, as text; 0 is the greeting, `other` are all that are not named."""
    act: tuple[Act, ...] = ()
    hang_up: str | None = None
    """When the caller hangs up; without it, the call has to end by itself."""
    allows: tuple[str, ...] = ()
    """Markers that no ordinary call may have, and this one must."""
    lasts_ms_max: int = 60_000
    has_media: bool = True
    """Whether the carrier goes on sending the caller's audio after the last act."""

    def plan(self, number: int) -> Reply:
        reply = self.reply.get(str(number)) or self.reply.get("other") or Reply()
        return reply if reply.says else replace(reply, says=small_talk(number))


class Case(Struct, frozen=True):
    """A scenario with the values of one example."""

    scenario: Scenario
    example: dict[str, Any]
    direction: Direction
    is_for_rig: bool

    @property
    def name(self) -> str:
        values = ",".join(f"{key}={value}" for key, value in self.example.items())
        return f"{self.scenario.id}[{values}]-{self.direction.value}"


def small_talk(number: int) -> str:
    """Sentences of the agent's that have nothing in common."""
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    return subject if number < len(_SUBJECTS) else f"{subject} {number}"


def names(directory: Path = DIRECTORY) -> list[Path]:
    return sorted(directory.glob("*.toml"))


def load(path: Path) -> list[Case]:
    """All cases of a file, in both directions; raises `ScenarioUnreadable`."""
    try:
        raw = tomllib.loads(path.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScenarioUnreadable(f"{path.name}: {error}") from error
    return [
        Case(scenario, values, direction, is_for_rig)
        for values, is_for_rig in _examples(path, raw.pop("examples", [{}]))
        for scenario in (_scenario(path, raw, values),)
        for direction in Direction
    ]


def for_rig(cases: list[Case]) -> list[Case]:
    """What is worth real time: each example once, now in one direction and now in the other."""
    wanted = [case for case in cases if case.is_for_rig]
    return [wanted[at + at // 2 % 2] for at in range(0, len(wanted), 2)]


def _examples(path: Path, rows: Any) -> Iterator[tuple[dict[str, Any], bool]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ScenarioUnreadable(f"{path.name}: examples: write them as [[examples]]")
    for row in rows:
        kept = dict(row)
        is_for_rig = bool(kept.pop("rig", True))
        choices = [value if isinstance(value, list) else [value] for value in kept.values()]
        for chosen in product(*choices):
            yield dict(zip(kept, chosen, strict=True)), is_for_rig


def _scenario(path: Path, raw: dict[str, Any], values: dict[str, Any]) -> Scenario:
    try:
        scenario = msgspec.convert(_filled_in(raw, values), Scenario)
        named = [replace(act, name=act.name or f"act{n}") for n, act in enumerate(scenario.act, 1)]
        scenario = replace(scenario, act=(*_warm_up(scenario.turns), *named))
        _check(scenario)
    except KeyError as missing:
        raise ScenarioUnreadable(f"{path.name}: no example gives {missing}") from missing
    except msgspec.ValidationError as error:
        found = _BAD_PLACE.fullmatch(str(error))
        what, key = found.groups() if found else (str(error), "")
        raise ScenarioUnreadable(f"{path.name}: {key or 'the file'}: {what}") from error
    except ValueError as error:
        raise ScenarioUnreadable(f"{path.name}: {error}") from error
    return scenario


def _filled_in(raw: Any, values: dict[str, Any]) -> Any:
    match raw:
        case dict():
            return {_text(key, values): _filled_in(value, values) for key, value in raw.items()}
        case list():
            return [_filled_in(value, values) for value in raw]
        case str():
            whole = _PLACEHOLDER.fullmatch(raw)
            return _value(whole, values) if whole else _text(raw, values)
        case _:
            return raw


def _text(raw: str, values: dict[str, Any]) -> str:
    return _PLACEHOLDER.sub(lambda found: str(_value(found, values)), raw)


def _value(found: re.Match[str], values: dict[str, Any]) -> Any:
    value = values[found[1]]
    return value + int(found[2]) if found[2] else value


def _check(scenario: Scenario) -> None:
    for key, values, kind in (
        ("policy", scenario.policy, CallPolicy),
        ("briefing", scenario.briefing, Briefing),
    ):
        for name in values:
            if name not in kind.__struct_fields__:
                raise ValueError(f"{key}: there is no {name}")
    msgspec.convert(scenario.policy, CallPolicy)
    for where, text in _moments_of(scenario):
        try:
            cue = parse(text).cue
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
        names = {act.name for act in scenario.act}
        if not _CUE.fullmatch(cue) and cue.removeprefix("end_of_") not in names:
            raise ValueError(f"{where}: nothing is called {cue!r}")


def _moments_of(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for number, act in enumerate(scenario.act, 1):
        yield f"act[{number}].at", act.at
    if scenario.hang_up is not None:
        yield "hang_up", scenario.hang_up
    for expectation in scenario.expect:
        wanted = getattr(expectation, expectation.kind)
        for field, key in (("after", "from"), ("to", "to")):
            if text := getattr(wanted, field, ""):
                yield f"expect.{expectation.kind}.{key}", text


def _warm_up(turns: int) -> list[Act]:
    return [
        Act(f"end_of_reply{n}+500", name=f"turn{n + 1}", ms=900, says=_QUESTIONS[n % 6])
        for n in range(turns)
    ]


_SUBJECTS = (
    "שלום, הגעתם למרפאת השיניים, במה אפשר לעזור היום?",
    "התורים הפנויים השבוע הם ביום שלישי אחרי הצהריים.",
    "הרופאה מקבלת גם ילדים קטנים, בלי תוספת תשלום.",
    "החניון נמצא מאחורי הבניין והכניסה אליו חופשית.",
    "הטיפול נמשך בערך ארבעים דקות ואינו כואב.",
    "אפשר לשלם בכרטיס אשראי או בהעברה בנקאית.",
    "נשלח אליך תזכורת במסרון ערב לפני הביקור.",
    "צילום רנטגן נדרש רק פעם בשנתיים בדרך כלל.",
    "המעלית עולה ישירות לקומה הרביעית ליד הקבלה.",
)
_QUESTIONS = (
    "מתי יש לכם תור פנוי השבוע?",
    "האם אתם מקבלים גם ילדים?",
    "איפה אפשר לחנות לידכם?",
    "כמה זמן נמשך הטיפול הזה?",
    "איך משלמים על הביקור?",
    "תוכלו לשלוח לי תזכורת בבקשה?",
)
