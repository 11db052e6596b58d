"""What is wrong with a client's event, in the words of the real service.

Clients match on these codes, and some on the words, so that ours are theirs.
"""

import re
from typing import Any, Final

import msgspec

from prosaasil.kit.errors import Refusal
from prosaasil.wire.errors import (
    BadBase64,
    BadField,
    MalformedJson,
    Oversized,
    UnknownEvent,
    WireError,
)
from prosaasil.wire.openai_realtime import ErrorDetail
from prosaasil.wire.reader import NOT_DECODED, Message

EVENT_ID_LENGTH_MAX: Final = 512
CLIENT_EVENTS: Final = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.truncate",
    "conversation.item.delete",
    "conversation.item.retrieve",
    "response.create",
    "response.cancel",
)
_SUPPORTED: Final = {
    r"session\.type": ("realtime",),
    r".*\.format\.type": ("audio/pcm", "audio/pcmu", "audio/pcma"),
    r".*\.turn_detection\.type": ("server_vad", "semantic_vad"),
    r".*\.output_modalities\[\d+\]": ("audio", "text"),
    r".*\.noise_reduction\.type": ("near_field", "far_field"),
    r".*\.eagerness": ("low", "medium", "high", "auto"),
    r".*\.max_output_tokens": ("inf",),
    r"response\.conversation": ("auto", "none"),
    r".*\.rate": ("24000",),
    r".*\.tools\[\d+\]\.type": ("function",),
}
_TYPE_NAMES: Final = {
    "str": "a string",
    "int": "an integer",
    "float": "a decimal",
    "bool": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


class EventRefused(Refusal):
    """A client's event that is not carried out; the session goes on."""

    def __init__(self, kind: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.param = param

    def detail(self, event_id: str | None) -> ErrorDetail:
        return ErrorDetail(
            type="invalid_request_error",
            code=self.kind or None,
            message=self.sentence,
            param=self.param,
            event_id=event_id,
        )


def unknown_parameter(path: str) -> EventRefused:
    return EventRefused("unknown_parameter", f"Unknown parameter: '{path}'.", path)


def missing_parameter(path: str) -> EventRefused:
    return EventRefused(
        "missing_required_parameter", f"Missing required parameter: '{path}'.", path
    )


def invalid_value(value: object, supported: tuple[str, ...], path: str) -> EventRefused:
    return EventRefused(
        "invalid_value",
        f"Invalid value: '{value}'. Supported values are: {_listed(supported)}.",
        path,
    )


def client_event_id(message: Message) -> str | None:
    """The id by which the client knows its event, whatever else is wrong with it."""
    try:
        fields = msgspec.json.decode(message)
    except NOT_DECODED:
        return None
    event_id = fields.get("event_id") if isinstance(fields, dict) else None
    return event_id[:EVENT_ID_LENGTH_MAX] if isinstance(event_id, str) else None


def refusal_of(message: Message, error: WireError) -> EventRefused:
    """The real service's words for what `wire` found wrong."""
    match error:
        case MalformedJson():
            return EventRefused(
                "invalid_event", "The event could not be parsed: it is not valid JSON."
            )
        case UnknownEvent(event=event):
            return invalid_value(event, CLIENT_EVENTS, "type")
        case BadBase64():
            return EventRefused(
                "invalid_value",
                "Invalid 'audio'. Expected base64-encoded audio bytes, but got an invalid value.",
                "audio",
            )
        case Oversized():
            return EventRefused("invalid_event", "The event is too large.")
        case BadField(detail=detail):
            return _refusal_of_field(message, detail)
        case _:
            return EventRefused("invalid_event", f"The event is invalid: {error.reason}.")


def _refusal_of_field(message: Message, detail: str) -> EventRefused:
    path = ""
    if found := re.search(r"`\$\.?(.*?)`", detail):
        path = found[1]
    if found := re.match(r"Object contains unknown field `(.*?)`", detail):
        return unknown_parameter(_joined(path, found[1]))
    if found := re.match(r"Object missing required field `(.*?)`", detail):
        return missing_parameter(_joined(path, found[1]))
    if found := re.match(r"Invalid (?:enum )?value (.*?)(?: - at|$)", detail):
        return invalid_value(found[1].strip("'"), _supported(path), path)
    if found := re.match(r"Expected `(int|float|array|str)` (<=|>=) ([\d.]+)", detail):
        return _out_of_bounds(message, path, *found.groups())
    if found := re.match(r"Expected `(.*?)`(?:, got `(.*?)`)?", detail):
        expected = _kind(found[1])
        got = f", but got {_kind(found[2])} instead" if found[2] else ""
        return EventRefused(
            "invalid_type", f"Invalid type for '{path}': expected {expected}{got}.", path
        )
    if "`type`" in detail:
        return EventRefused("invalid_event", "The 'type' field is missing.")
    return EventRefused("invalid_event", "The event is not an object with known fields.")


def _out_of_bounds(message: Message, path: str, kind: str, sign: str, bound: str) -> EventRefused:
    number = {"int": "integer", "float": "decimal", "array": "array", "str": "string"}[kind]
    side = "above maximum" if sign == "<=" else "below minimum"
    short = "above_max" if sign == "<=" else "below_min"
    got = _value_at(message, path)
    return EventRefused(
        f"{number}_{short}_value",
        f"Invalid '{path}': {number} {side} value. Expected a value {sign} {bound}, "
        f"but got {got} instead.",
        path,
    )


def _value_at(message: Message, path: str) -> Any:
    value = msgspec.json.decode(message)
    for key in re.findall(r"[^.\[\]]+", path):
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
    return value


def _supported(path: str) -> tuple[str, ...]:
    for pattern, values in _SUPPORTED.items():
        if re.fullmatch(pattern, path):
            return values
    return ()


def _kind(name: str) -> str:
    return " or ".join(_TYPE_NAMES.get(part.strip(), part.strip()) for part in name.split("|"))


def _listed(values: tuple[str, ...]) -> str:
    quoted = [f"'{value}'" for value in values]
    if len(quoted) < 2:
        return "".join(quoted) or "none"
    if len(quoted) == 2:
        return " and ".join(quoted)
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
