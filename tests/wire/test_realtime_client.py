"""What a client says to an engine: in the exact shape, and read as strictly as OpenAI reads it."""

import base64
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeClientEvent
from pydantic import BaseModel, TypeAdapter

from prosaasil.wire import openai_realtime as rt
from prosaasil.wire.errors import (
    BadBase64,
    BadField,
    MalformedJson,
    Oversized,
    UnknownEvent,
    WireError,
)
from prosaasil.wire.openai_realtime.client import AUDIO_BYTES_MAX, CLIENT_MESSAGE_BYTES_MAX

TRACE = (Path(__file__).parent / "client_trace.jsonl").read_text().splitlines()
OFFICIAL: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
TOOL = rt.FunctionTool("lookup", "Looks things up.", {"type": "object", "properties": {}})
UPDATE = rt.session_update(
    instructions="דברי עברית.",
    voice="marin",
    tools=[TOOL],
    language="he",
    transcription_prompt="מרפאה, תור",
    threshold=0.6,
    prefix_ms=200,
    silence_ms=600,
    noise_reduction="near_field",
    event_id="cfg_1",
)
SAID: list[rt.ClientEvent] = [
    UPDATE,
    rt.InputAudioBufferAppend(b"\xff\x00"),
    rt.InputAudioBufferCommit(event_id="e"),
    rt.InputAudioBufferClear(),
    rt.OutputAudioBufferClear(),
    rt.ConversationItemCreate(rt.caller_text("[caller pressed 1]"), "root"),
    rt.ConversationItemCreate(rt.tool_output("call_1", '{"hours":"9-17"}'), event_id="tool_1"),
    rt.ConversationItemCreate(rt.agent_text("Hello, how can I help?")),
    rt.ConversationItemCreate(rt.system_note("The last question was asked twice.")),
    rt.ConversationItemCreate(rt.tool_call("call_1", "lookup", '{"day":"sunday"}')),
    rt.ConversationItemRetrieve("i"),
    rt.ConversationItemDelete("i", event_id="del_1"),
    rt.ConversationItemTruncate("i", 0, 640, event_id="trunc_1"),
    rt.ResponseCreate(),
    rt.ResponseCreate(
        rt.ResponseSettings(
            instructions="Greet.",
            conversation="none",
            input=[],
            metadata={"req": "1"},
            output_modalities=["text"],
            max_output_tokens=100,
            tool_choice="none",
        ),
        event_id="greet_1",
    ),
    rt.ResponseCancel(),
    rt.ResponseCancel("resp_1", event_id="cancel_1"),
]


def strangers(value: Any, path: str = "$") -> list[str]:
    """Fields of a parsed official event that its type does not have."""
    if isinstance(value, BaseModel):
        found = [f"{path}.{name}" for name in value.model_extra or {}]
        return found + [s for k, v in value for s in strangers(v, f"{path}.{k}")]
    if isinstance(value, list):
        return [s for n, v in enumerate(value) for s in strangers(v, f"{path}[{n}]")]
    return []


def test_a_calls_settings_have_the_exact_shape() -> None:
    assert json.loads(rt.encode(UPDATE)) == {
        "type": "session.update",
        "event_id": "cfg_1",
        "session": {
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": "דברי עברית.",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcmu"},
                    "noise_reduction": {"type": "near_field"},
                    "transcription": {
                        "model": "gpt-4o-transcribe",
                        "language": "he",
                        "prompt": "מרפאה, תור",
                    },
                    "turn_detection": {
                        "type": "server_vad",
                        "threshold": 0.6,
                        "prefix_padding_ms": 200,
                        "silence_duration_ms": 600,
                        "create_response": False,
                        "interrupt_response": False,
                        "idle_timeout_ms": None,
                    },
                },
                "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
            },
            "tools": [
                {
                    "type": "function",
                    "name": "lookup",
                    "description": "Looks things up.",
                    "parameters": {"type": "object", "properties": {}},
                }
            ],
            "tool_choice": "auto",
        },
    }


def test_what_is_not_asked_for_is_not_named() -> None:
    session = json.loads(rt.encode(rt.session_update(instructions="x", voice="cedar")))["session"]

    assert session["audio"]["input"]["transcription"] == {"model": "gpt-4o-transcribe"}
    assert "noise_reduction" not in session["audio"]["input"]
    assert session["tools"] == []


@pytest.mark.parametrize("event", SAID, ids=lambda event: type(event).__name__)
def test_what_we_say_is_official(event: rt.ClientEvent) -> None:
    encoded = rt.encode(event)
    official = OFFICIAL.validate_json(encoded)

    assert official.type == event.__struct_config__.tag
    assert strangers(official) == []
    assert rt.decode_client(encoded) == event


def test_every_event_that_can_be_said_is_checked_so() -> None:
    assert {type(event) for event in SAID} == set(get_args(rt.ClientEvent))


@pytest.mark.parametrize("event", SAID, ids=lambda event: type(event).__name__)
def test_nothing_unset_is_said(event: rt.ClientEvent) -> None:
    """A null may mean something; only a missing turn timeout is meant."""
    said = rt.encode(event).replace(b'"idle_timeout_ms":null', b"")
    assert b"null" not in said


@pytest.mark.parametrize("line", TRACE)
def test_every_line_of_the_trace_is_read(line: str) -> None:
    event = rt.decode_client(line)
    assert json.loads(rt.encode(event)) == json.loads(line)


@given(st.binary(max_size=1_000))
def test_audio_by_template_is_the_same_event(audio: bytes) -> None:
    message = rt.append_audio(base64.b64encode(audio))

    assert rt.decode_client(message) == rt.InputAudioBufferAppend(audio)
    assert message == rt.encode(rt.InputAudioBufferAppend(audio))


@pytest.mark.parametrize(
    ("message", "error", "detail"),
    [
        (b"", MalformedJson, ""),
        (b"{}", BadField, "type"),
        (b'{"type":"session.start"}', UnknownEvent, "session.start"),
        (b'{"type":"input_audio_buffer.append"}', BadField, "audio"),
        (b'{"type":"input_audio_buffer.append","audio":"QUJ"}', BadBase64, ""),
        (b'{"type":"response.cancel","response":"r"}', BadField, "unknown field `response`"),
        (b'{"type":"response.create","response":{"modalities":["text"]}}', BadField, "modalities"),
        (b'{"type":"conversation.item.truncate","item_id":"i"}', BadField, "content_index"),
        (b'{"type":"response.create","event_id":"' + b"x" * 513 + b'"}', BadField, "event_id"),
        (b" " * (CLIENT_MESSAGE_BYTES_MAX + 1), Oversized, "bytes"),
    ],
)
def test_what_openai_would_refuse_is_refused(
    message: bytes, error: type[WireError], detail: str
) -> None:
    with pytest.raises(error) as caught:
        rt.decode_client(message)
    assert detail in caught.value.detail


def test_an_append_beyond_the_limit_is_refused() -> None:
    message = rt.append_audio(base64.b64encode(bytes(AUDIO_BYTES_MAX + 1)))
    with pytest.raises(Oversized):
        rt.decode_client(message)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nothing_but_a_wire_error_comes_of_any_bytes(message: bytes | str) -> None:
    with suppress(WireError):
        rt.decode_client(message)


def test_a_message_says_what_it_says_written_or_spoken() -> None:
    spoken = rt.Item(
        "message",
        content=[
            rt.Content("output_audio", transcript="Sure,"),
            rt.Content("output_text", text="we open."),
            rt.Content("output_audio"),
        ],
    )
    assert spoken.text == "Sure, we open."
    assert rt.tool_output("c", "{}").text == ""
    assert rt.caller_text("hello", item_id="i").text == "hello"
    assert rt.agent_text("hello").text == rt.system_note("hello").text == "hello"
