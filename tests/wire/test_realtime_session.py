"""A session and its changes: what is named changes, what is refused changes nothing."""

import json
from typing import Any

import msgspec
import pytest
from openai.types.realtime import RealtimeSessionCreateRequest

from prosaasil.wire import openai_realtime as rt
from prosaasil.wire.errors import BadField


def update(session: dict[str, Any]) -> rt.Session:
    """What an engine reads of a client's `session.update`."""
    message = {"type": "session.update", "session": {"type": "realtime", **session}}
    event = rt.decode_client(json.dumps(message))
    assert isinstance(event, rt.SessionUpdate)
    return event.session


def changed(session: dict[str, Any]) -> dict[str, Any]:
    now = rt.default_session("gpt-realtime-2.1").changed(update(session))
    return now.described("sess_1", expires_at=1_800)


DEFAULT = rt.default_session("gpt-realtime-2.1").described("sess_1", expires_at=1_800)


def test_a_new_session_is_as_openai_describes_it() -> None:
    assert (DEFAULT["id"], DEFAULT["object"], DEFAULT["type"], DEFAULT["expires_at"]) == (
        "sess_1",
        "realtime.session",
        "realtime",
        1_800,
    )
    assert DEFAULT["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
    assert DEFAULT["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 200
    settings = {k: v for k, v in DEFAULT.items() if k not in {"id", "object", "expires_at"}}
    RealtimeSessionCreateRequest.model_validate(settings)


def test_an_empty_update_changes_nothing() -> None:
    assert changed({}) == DEFAULT


def test_only_what_an_update_names_changes() -> None:
    now = changed({"instructions": "x", "audio": {"output": {"format": {"type": "audio/pcmu"}}}})

    assert now["instructions"] == "x"
    assert now["audio"]["output"] == {
        "format": {"type": "audio/pcmu"},
        "voice": "marin",
        "speed": 1.0,
    }
    assert now["audio"]["input"] == DEFAULT["audio"]["input"]


@pytest.mark.parametrize("name", ["turn_detection", "transcription", "noise_reduction"])
def test_null_is_a_value(name: str) -> None:
    on = {
        "turn_detection": {"type": "semantic_vad", "eagerness": "low"},
        "transcription": {"model": "whisper-1", "language": "he"},
        "noise_reduction": {"type": "far_field"},
    }[name]
    session = rt.default_session("m").changed(update({"audio": {"input": {name: on}}}))
    assert session.described("s", expires_at=1)["audio"]["input"][name] == on

    session = session.changed(update({"audio": {"input": {name: None}}}))
    assert session.described("s", expires_at=1)["audio"]["input"][name] is None


def test_lists_and_values_are_replaced_whole() -> None:
    tools = [{"type": "function", "name": "a"}]
    session = rt.default_session("m").changed(update({"tools": tools}))
    assert session.described("s", expires_at=1)["tools"] == tools
    assert session.changed(update({"tools": []})).described("s", expires_at=1)["tools"] == []


def test_a_session_that_has_no_audio_yet_takes_it_from_the_update() -> None:
    audio = {"output": {"voice": {"id": "voice_1"}}}
    assert (
        msgspec.to_builtins(rt.Session(type="realtime").changed(update({"audio": audio})))["audio"]
        == audio
    )


@pytest.mark.parametrize(
    ("session", "detail"),
    [
        ({"voice": "alloy"}, "`voice`"),
        ({"modalities": ["text", "audio"]}, "`modalities`"),
        ({"input_audio_format": "g711_ulaw"}, "`input_audio_format`"),
        ({"temperature": 0.8}, "`temperature`"),
        ({"turn_detection": None}, "`turn_detection`"),
        ({"audio": {"input": {"format": {"type": "audio/pcmu", "rate": 8_000}}}}, "`rate`"),
        ({"audio": {"input": {"format": {"type": "audio/pcm", "rate": 8_000}}}}, "rate"),
        ({"audio": {"input": {"format": {"type": "g711_ulaw"}}}}, "g711_ulaw"),
        ({"audio": {"input": {"turn_detection": {"type": "none"}}}}, "none"),
        (
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 2}}}},
            "threshold",
        ),
        (
            {
                "audio": {
                    "input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 4_999}}
                }
            },
            "idle_timeout_ms",
        ),
        ({"audio": {"output": {"speed": 2}}}, "speed"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"max_output_tokens": "many"}, "max_output_tokens"),
        ({"tools": [{"type": "function"}]}, "`name`"),
        ({"type": "transcription"}, "transcription"),
    ],
)
def test_what_openai_would_refuse_is_refused(session: dict[str, Any], detail: str) -> None:
    with pytest.raises(BadField) as caught:
        update(session)
    assert detail in caught.value.detail


def test_an_update_says_what_kind_of_session_it_is_for() -> None:
    with pytest.raises(BadField, match="type"):
        rt.decode_client('{"type":"session.update","session":{"instructions":"x"}}')
