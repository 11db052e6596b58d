"""What an engine says: read with tolerance, and spoken as the official types ask."""

import base64
import json
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter

from prosaasil.wire import openai_realtime as rt
from prosaasil.wire.errors import BadBase64, BadField, MalformedJson, Oversized, WireError
from prosaasil.wire.openai_realtime.server import SERVER_MESSAGE_BYTES_MAX, KnownServerEvent

TRACE = (Path(__file__).parent / "server_trace.jsonl").read_text().splitlines()
OFFICIAL: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
ITEM = rt.Item("message", id="item_A1", status="completed", role="assistant", content=[])
RESPONSE = rt.Response("resp_1", status="in_progress", output=[], conversation_id="conv_1")
PLACE: dict[str, Any] = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
SPOKEN: list[KnownServerEvent] = [
    rt.SessionCreated(rt.default_session("m").described("sess_1", expires_at=9), event_id="e"),
    rt.SessionUpdated(rt.default_session("m").described("sess_1", expires_at=9), event_id="e"),
    rt.ConversationCreated({"id": "conv_1", "object": "realtime.conversation"}, event_id="e"),
    rt.ConversationItemAdded(ITEM, "item_U1", event_id="e"),
    rt.ConversationItemAdded(ITEM, event_id="e"),
    rt.ConversationItemDone(ITEM, "item_U1", event_id="e"),
    rt.ConversationItemRetrieved(ITEM, event_id="e"),
    rt.ConversationItemDeleted("i", event_id="e"),
    rt.ConversationItemTruncated("i", 0, 640, event_id="e"),
    rt.TranscriptionDelta("i", 0, "Wh", event_id="e"),
    rt.TranscriptionCompleted("i", "What?", usage={"type": "duration", "seconds": 2}, event_id="e"),
    rt.TranscriptionFailed("i", rt.ErrorDetail("server_error", "x", "y"), event_id="e"),
    rt.SpeechStarted(1_240, "i", event_id="e"),
    rt.SpeechStopped(3_180, "i", event_id="e"),
    rt.InputAudioBufferCommitted("i", event_id="e"),
    rt.InputAudioBufferCleared(event_id="e"),
    rt.InputAudioBufferTimeoutTriggered(1, 2, "i", event_id="e"),
    rt.ResponseCreated(RESPONSE, event_id="e"),
    rt.ResponseDone(
        rt.Response(
            "resp_1",
            status="cancelled",
            status_details=rt.StatusDetails("cancelled", "client_cancelled"),
            output=[rt.Item("function_call", call_id="c", name="n", arguments="{}")],
            output_modalities=["audio"],
            max_output_tokens="inf",
            audio={"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}},
            metadata={"req": "1"},
            usage=rt.Usage(3, 2, 1, {"text_tokens": 1}, {"audio_tokens": 1}),
        ),
        event_id="e",
    ),
    rt.ResponseDone(
        rt.Response(
            "resp_1",
            status="failed",
            status_details=rt.StatusDetails(
                "failed", error=rt.ErrorDetail("invalid_request_error", "insufficient_quota", "x")
            ),
        ),
        event_id="e",
    ),
    rt.OutputItemAdded("r", 0, ITEM, event_id="e"),
    rt.OutputItemDone("r", 0, ITEM, event_id="e"),
    rt.ContentPartAdded(**PLACE, part=rt.Part("audio", transcript=""), event_id="e"),
    rt.ContentPartDone(**PLACE, part=rt.Part("text", text="x"), event_id="e"),
    rt.OutputAudioDelta(**PLACE, delta=b"\xff\x00\x7f", event_id="e"),
    rt.OutputAudioDone(**PLACE, event_id="e"),
    rt.OutputAudioTranscriptDelta(**PLACE, delta="Su", event_id="e"),
    rt.OutputAudioTranscriptDone(**PLACE, transcript="Sure", event_id="e"),
    rt.OutputTextDelta(**PLACE, delta="Su", event_id="e"),
    rt.OutputTextDone(**PLACE, text="Sure", event_id="e"),
    rt.FunctionCallArgumentsDelta("r", "i", "c", "{", event_id="e"),
    rt.FunctionCallArgumentsDone("r", "i", "c", "{}", "lookup", event_id="e"),
    rt.RateLimitsUpdated([rt.RateLimit("tokens", 50_000, 49_950, 60.0)], event_id="e"),
    rt.ErrorEvent(
        rt.ErrorDetail("invalid_request_error", "response_cancel_not_active", "m", None, "c_1"),
        event_id="e",
    ),
]


READ_ONLY = ["$.session.id", "$.session.object", "$.session.expires_at"]
"""What a session shows of itself (B2), though the package's type does not name it."""


def strangers(value: Any, path: str = "$") -> list[str]:
    """Fields of a parsed official event that its type does not have."""
    if isinstance(value, BaseModel):
        found = [f"{path}.{name}" for name in value.model_extra or {}]
        return found + [s for k, v in value for s in strangers(v, f"{path}.{k}")]
    if isinstance(value, list):
        return [s for n, v in enumerate(value) for s in strangers(v, f"{path}[{n}]")]
    return []


@pytest.mark.parametrize("line", TRACE, ids=lambda line: json.loads(line)["type"])
def test_every_event_of_a_real_turn_is_read(line: str) -> None:
    said = rt.decode_server(line)

    assert not isinstance(said, rt.Unknown)
    assert said.event_id == json.loads(line)["event_id"]


def read(event_type: str) -> Any:
    """The last event of this type in the trace."""
    lines = [line for line in TRACE if json.loads(line)["type"] == event_type]
    return rt.decode_server(lines[-1])


def test_what_matters_of_a_turn_is_at_hand() -> None:
    speech, stop = (
        read("input_audio_buffer.speech_started"),
        read("input_audio_buffer.speech_stopped"),
    )
    assert (speech.item_id, speech.audio_start_ms) == ("item_U2", 5_020)
    assert (stop.item_id, stop.audio_end_ms) == ("item_U1", 3_180)
    assert read("input_audio_buffer.committed").previous_item_id is None
    assert read("response.output_audio.delta").delta == base64.b64decode("//////8=")
    assert read("conversation.item.input_audio_transcription.completed").transcript == (
        "What time do you open?"
    )
    assert read("conversation.item.added").item.role == "assistant"
    assert read("conversation.item.truncated").audio_end_ms == 640
    call = read("response.output_item.done").item
    assert (call.type, call.call_id, call.name) == ("function_call", "call_1", "lookup")
    assert json.loads(call.arguments) == {"q": "hours"}


def test_a_cancelled_response_tells_why_and_what_it_cost() -> None:
    response = read("response.done").response

    assert (response.id, response.status, response.reason) == (
        "resp_1",
        "cancelled",
        "turn_detected",
    )
    assert response.usage.output_tokens == 121
    assert response.output[0].text == "Sure, we open"


def test_an_error_names_the_event_that_caused_it() -> None:
    error = read("error").error
    assert (error.code, error.event_id) == ("response_cancel_not_active", "cancel_1")


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        (None, ""),
        ("cancelled by the server", "cancelled by the server"),
        ({"type": "incomplete", "reason": "max_output_tokens"}, "max_output_tokens"),
        ({"type": "completed"}, ""),
        ({"type": "failed", "error": {"code": "insufficient_quota"}}, "insufficient_quota"),
        ({"type": "failed", "error": {"code": None, "message": "Oops"}}, "Oops"),
        ({"type": "failed", "error": {"type": "server_error"}}, "server_error"),
        ({"type": "failed", "error": {}}, ""),
        ({"type": "failed", "error": None}, ""),
    ],
)
def test_how_a_response_ended_is_said_in_a_word(details: Any, reason: str) -> None:
    response = {"id": "resp_1", "status": "failed", "status_details": details, "usage": None}
    said = rt.decode_server(json.dumps({"type": "response.done", "response": response}))

    assert isinstance(said, rt.ResponseDone)
    assert said.response.reason == reason


def test_events_that_no_call_needs_are_unknown_not_errors() -> None:
    for event in ("conversation.item.created", "mcp_list_tools.completed", "a.b", ""):
        said = rt.decode_server(json.dumps({"type": event, "item": 7}))
        assert said == rt.Unknown(event)


def test_fields_that_the_engine_may_add_do_not_matter() -> None:
    line = json.loads(TRACE[0]) | {"obfuscation": "x", "more": {"a": [None]}}
    assert rt.decode_server(json.dumps(line)) == rt.decode_server(TRACE[0])


@pytest.mark.parametrize(
    "line",
    [
        (
            '{"type":"error","event_id":null,"error":{"type":"x","code":null,"message":"m",'
            '"param":null,"event_id":null}}'
        ),
        '{"type":"conversation.item.added","previous_item_id":null,"item":{"type":"message"}}',
        (
            '{"type":"response.done","response":{"id":"r","status_details":null,"output":null,'
            '"metadata":null,"usage":null,"audio":null,"conversation_id":null}}'
        ),
        (
            '{"type":"conversation.item.input_audio_transcription.delta","item_id":"i",'
            '"delta":null,"content_index":null}'
        ),
        '{"type":"conversation.item.done","item":{"type":"mcp_call","content":null,"id":null}}',
        '{"type":"rate_limits.updated","rate_limits":[{"name":null,"reset_seconds":1}]}',
    ],
)
def test_null_is_accepted_where_engines_send_it(line: str) -> None:
    assert not isinstance(rt.decode_server(line), rt.Unknown)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        (b"", MalformedJson),
        (b'{"type":"response.outp', MalformedJson),
        (b'{"type":"\xff"}', MalformedJson),
        (b"7", BadField),
        (b"{}", BadField),
        (b'{"type":null}', BadField),
        (b'{"type":"input_audio_buffer.committed"}', BadField),
        (b'{"type":"response.output_audio.delta","response_id":"r","item_id":"i"}', BadField),
        (
            b'{"type":"response.output_audio.delta","response_id":"r","item_id":"i","delta":"*"}',
            BadBase64,
        ),
        (
            b'{"type":"response.output_audio.delta","response_id":7,"item_id":"i","delta":"QUI="}',
            BadField,
        ),
        (b" " * (SERVER_MESSAGE_BYTES_MAX + 1), Oversized),
    ],
)
def test_what_is_no_event_is_named(message: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        rt.decode_server(message)


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_nothing_but_a_wire_error_comes_of_any_bytes(message: bytes | str) -> None:
    with suppress(WireError):
        rt.decode_server(message)


@given(
    st.sampled_from(TRACE),
    st.data(),
    st.none() | st.integers() | st.text() | st.lists(st.none()) | st.just({}),
)
def test_nothing_but_a_wire_error_comes_of_a_spoiled_event(
    line: str, data: st.DataObject, value: Any
) -> None:
    event = json.loads(line)
    name = data.draw(st.sampled_from(sorted(event)))
    event[name] = value
    with suppress(WireError):
        rt.decode_server(json.dumps(event))


@pytest.mark.parametrize("event", SPOKEN, ids=lambda event: type(event).__name__)
def test_what_our_engines_say_is_official(event: KnownServerEvent) -> None:
    encoded = rt.encode(event)
    official = OFFICIAL.validate_json(encoded)

    assert official.type == event.__struct_config__.tag
    assert [name for name in strangers(official) if name not in READ_ONLY] == []
    assert rt.decode_server(encoded) == event


def test_every_event_that_can_be_said_is_checked_so() -> None:
    assert {type(event) for event in SPOKEN} == set(get_args(KnownServerEvent))


@given(
    st.text(max_size=20),
    st.text(max_size=20),
    st.binary(max_size=2_000),
    st.text(max_size=20),
    st.integers(0, 3),
)
def test_audio_by_template_is_the_same_event(
    response_id: str, item_id: str, audio: bytes, event_id: str, index: int
) -> None:
    encoder = rt.AudioDeltaEncoder(response_id, item_id, output_index=index)
    message = encoder.encode(audio, event_id)

    assert rt.decode_server(message) == rt.OutputAudioDelta(
        response_id, item_id, audio, output_index=index, event_id=event_id
    )
    assert strangers(OFFICIAL.validate_json(message)) == []
