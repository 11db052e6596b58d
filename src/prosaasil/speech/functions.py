"""The functions a dialogue is offered: which serves a goal, its arguments, its output's sense."""

import json
import re
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from prosaasil.speech.dialogue import Function
from prosaasil.speech.likeness import letters_alike
from prosaasil.speech.moments import Moment

_SERVES: Final = {
    "check": re.compile(r"avail|free_?slot|check|slots|פנוי", re.IGNORECASE),
    "book": re.compile(
        r"book|schedul(?!.*cancel)|reserv|create_?(?:appoint|meeting)|add_?appoint", re.IGNORECASE
    ),
    "cancel": re.compile(r"cancel", re.IGNORECASE),
    "reschedule": re.compile(r"reschedul|move|change|update", re.IGNORECASE),
    "message": re.compile(r"message|lead|call_?back|note|contact|ticket", re.IGNORECASE),
    "human": re.compile(r"transfer|human|agent|representative|escalat|operator", re.IGNORECASE),
    "bye": re.compile(r"hang_?up|end_?call|finish_?call|goodbye", re.IGNORECASE),
    "lookup": re.compile(
        r"look_?up|search|find|faq|info|knowledge|get_|query|answer", re.IGNORECASE
    ),
}
SPOKEN_KEYS: Final = ("say", "speak", "sentence", "spoken", "message", "text", "answer", "reply")
OK_KEYS: Final = ("ok", "success", "succeeded", "booked", "confirmed", "available", "done")
OK_WORDS: Final = frozenset(
    {"ok", "success", "succeeded", "booked", "confirmed", "done", "created"}
)
LISTED_MAX: Final = 5
FOUND_CHARS_MAX: Final = 300


class Slots(Struct, frozen=True):
    """What the caller has told so far."""

    name: str = ""
    phone: str = ""
    wish: str = ""
    service: str = ""
    moment: Moment = Moment()
    extra: dict[str, str] = {}


class Output(Struct, frozen=True):
    """What a function's output means for a caller."""

    is_ok: bool
    say: str
    """A sentence to be said, empty when the output has none."""


def serving(functions: tuple[Function, ...], goal: str) -> Function | None:
    """The function whose name, or else description, says that it serves this goal."""
    pattern = _SERVES.get(goal)
    if pattern is None:
        return None
    others = ("cancel", "reschedule") if goal == "book" else ()
    fitting = [
        function
        for function in functions
        if not any(_SERVES[other].search(function.name) for other in others)
    ]
    by_name = (function for function in fitting if pattern.search(function.name))
    by_description = (function for function in fitting if pattern.search(function.description))
    return next(by_name, None) or next(by_description, None)


def missing(function: Function, slots: Slots, question: str, now: datetime) -> list[str]:
    """The required parameters that nothing the caller said can fill."""
    arguments = _filled(function, slots, question, now)
    required = function.parameters.get("required") or []
    return [name for name in required if name not in arguments]


def arguments_of(function: Function, slots: Slots, question: str, now: datetime) -> str:
    return json.dumps(_filled(function, slots, question, now), ensure_ascii=False)


def _filled(function: Function, slots: Slots, question: str, now: datetime) -> dict[str, Any]:
    properties = function.parameters.get("properties") or {}
    required = function.parameters.get("required") or []
    filled: dict[str, Any] = {}
    for name, schema in properties.items():
        described = schema if isinstance(schema, dict) else {}
        value = slots.extra.get(name) or _value(name, described, slots, question, now)
        if value in {None, ""} and name in required:
            value = _fallback(described)
        if value not in {None, ""}:
            filled[name] = value
    return filled


def _value(name: str, schema: dict[str, Any], slots: Slots, question: str, now: datetime) -> Any:
    key = name.lower()
    if choices := schema.get("enum"):
        said = f"{slots.wish} {slots.service} {question}"
        likely = max(choices, key=lambda choice: letters_alike(said, str(choice)))
        return likely if letters_alike(said, str(likely)) > 0.1 else None
    if re.search(r"phone|mobile|^tel|caller_?id|contact_?number", key):
        return slots.phone
    if re.search(r"date_?time|start|when|^slot|appointment_?at|_at$", key):
        return _date_time(slots.moment, now)
    if re.search(r"date|(?:^|_)day(?:$|_)", key):
        return slots.moment.day.isoformat() if slots.moment.day else None
    if re.search(r"time|hour", key) and schema.get("type", "string") == "string":
        return f"{slots.moment.at:%H:%M}" if slots.moment.at else slots.moment.part
    if re.search(r"name|customer|client|patient", key) and "service" not in key:
        return slots.name
    if re.search(r"service|treatment|procedure", key):
        return slots.service or slots.wish
    if re.search(r"reason|note|wish|message|text|summary|subject|details|content|purpose", key):
        return slots.wish
    if re.search(r"query|question|^q$|topic|search", key):
        return question or slots.wish
    if key in {"language", "lang", "locale"}:
        return "he" if re.search(r"[א-ת]", question + slots.wish) else "en"
    return schema.get("default")


def _date_time(moment: Moment, now: datetime) -> str | None:
    if moment.day is None or moment.at is None:
        return None
    return datetime.combine(moment.day, moment.at, now.tzinfo).isoformat()


def _fallback(schema: dict[str, Any]) -> Any:
    """A neutral value where a schema asks for one that no caller is asked for."""
    match schema.get("type"):
        case "boolean":
            return False
        case "array":
            return []
        case "object":
            return {}
        case _:
            return None


def read_output(output: str) -> Output:
    """Success is believed only when the output says so."""
    try:
        told = json.loads(output)
    except ValueError:
        return Output(is_ok=False, say=_sayable(output))
    if isinstance(told, str):
        return Output(is_ok=False, say=_sayable(told))
    if not isinstance(told, dict):
        return Output(is_ok=False, say="")
    verdict = next((told[key] for key in OK_KEYS if isinstance(told.get(key), bool)), None)
    status = str(told.get("status", told.get("result", ""))).lower()
    is_ok = verdict if verdict is not None else status in OK_WORDS
    if told.get("error"):
        is_ok = False
    say = next((told[key] for key in SPOKEN_KEYS if isinstance(told.get(key), str)), "")
    if not say and not told.get("error"):
        say = _listed(told)
    return Output(is_ok=bool(is_ok), say=_sayable(say))


def _listed(told: dict[str, Any]) -> str:
    """An output without a sentence, as its values: nothing is said of its success."""
    values: list[str] = []
    for key, value in told.items():
        if key in {*OK_KEYS, "status", "result", "id"}:
            continue
        values += [
            str(each)
            for each in (value if isinstance(value, list) else [value])
            if isinstance(each, str | int | float) and not isinstance(each, bool)
        ]
    return ", ".join(values[:LISTED_MAX])


def _sayable(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:FOUND_CHARS_MAX]
