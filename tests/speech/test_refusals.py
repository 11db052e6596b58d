"""Whatever a client sends wrongly is answered in the real service's words; the session goes on."""

from typing import Any

import pytest
from speech_client import Client

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="session")]


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


CASES: list[tuple[dict[str, Any], str, str | None, str]] = [
    (
        update(audio={"input": {"format": {"type": "audio/pcmu", "rate": 8000}}}),
        "unknown_parameter",
        "session.audio.input.format.rate",
        "Unknown parameter: 'session.audio.input.format.rate'.",
    ),
    (
        update(voice="marin"),
        "unknown_parameter",
        "session.voice",
        "Unknown parameter: 'session.voice'.",
    ),
    (
        {"type": "session.update", "session": {"instructions": "x"}},
        "missing_required_parameter",
        "session.type",
        "Missing required parameter: 'session.type'.",
    ),
    (
        update(instructions=3),
        "invalid_type",
        "session.instructions",
        "Invalid type for 'session.instructions': expected a string, but got an integer instead.",
    ),
    (
        update(audio={"output": {"speed": 9}}),
        "decimal_above_max_value",
        "session.audio.output.speed",
        (
            "Invalid 'session.audio.output.speed': decimal above maximum value. "
            "Expected a value <= 1.5, but got 9 instead."
        ),
    ),
    (
        update(audio={"input": {"format": {"type": "g711_ulaw"}}}),
        "invalid_value",
        "session.audio.input.format.type",
        (
            "Invalid value: 'g711_ulaw'. "
            "Supported values are: 'audio/pcm', 'audio/pcmu', and 'audio/pcma'."
        ),
    ),
    (
        {"type": "response.cancel"},
        "response_cancel_not_active",
        None,
        "Cancellation failed: no active response found",
    ),
    (
        {
            "type": "conversation.item.truncate",
            "item_id": "item_x",
            "content_index": 0,
            "audio_end_ms": 1,
        },
        "item_truncate_invalid_item_id",
        "item_id",
        "Error truncating item: the item with id 'item_x' does not exist.",
    ),
    (
        {"type": "conversation.item.delete", "item_id": "item_x"},
        "item_delete_invalid_item_id",
        "item_id",
        "Error deleting item: the item with id 'item_x' does not exist.",
    ),
    (
        {"type": "conversation.item.retrieve", "item_id": "item_x"},
        "item_retrieve_invalid_item_id",
        "item_id",
        "Error retrieving item: the item with id 'item_x' does not exist.",
    ),
]


@pytest.mark.parametrize(("event", "code", "param", "message"), CASES)
async def test_a_bad_event_is_refused_in_the_real_words(
    client: Client, event: dict[str, Any], code: str, param: str | None, message: str
) -> None:
    await client.send(**event, event_id="mine")
    error = (await client.until("error"))["error"]

    assert {"param": None, **error} == {
        "type": "invalid_request_error",
        "code": code,
        "message": message,
        "param": param,
        "event_id": "mine",
    }


async def test_an_update_is_applied_whole_or_not_at_all(client: Client) -> None:
    await client.send(**update(instructions="New.", voice="marin"))
    await client.until("error")
    await client.send(**update(max_output_tokens=5))
    session = (await client.until("session.updated"))["session"]

    assert session["instructions"] != "New."
    assert session["max_output_tokens"] == 5


async def test_an_update_changes_only_what_it_names(client: Client) -> None:
    before = await client.configure(instructions="Be kind.")
    detection = {"type": "server_vad", "silence_duration_ms": 700}
    await client.send(**update(audio={"input": {"turn_detection": detection}}))
    after = (await client.until("session.updated"))["session"]

    assert after["instructions"] == "Be kind."
    expected = before["session"]["audio"]["input"]
    assert after["audio"]["input"] == {
        **expected,
        "turn_detection": {**expected["turn_detection"], "silence_duration_ms": 700},
    }


async def test_the_voice_is_fixed_once_it_was_heard(client: Client) -> None:
    await client.configure()
    await client.say_exactly("Hello.")
    await client.until("response.done")
    await client.send(**update(audio={"output": {"voice": "cedar"}}))
    error = (await client.until("error"))["error"]

    assert error["code"] == "cannot_update_voice"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"type":4}',
        '{"type":"no.such.event"}',
        '{"type":"input_audio_buffer.append","audio":"###"}',
        '{"type":"input_audio_buffer.append"}',
        '{"type":"conversation.item.create","item":{"type":"message"}}',
        (
            '{"type":"conversation.item.create","item":{"type":"message","role":"user"},'
            '"previous_item_id":"gone"}'
        ),
        '{"type":"response.create","response":{"output_modalities":["video"]}}',
        '{"type":"response.create","response":{"tools":[3]}}',
        "[" * 50_000,
        '{"type":"session.update","session":' + '{"a":' * 5_000 + "1" + "}" * 5_001,
    ],
)
async def test_garbage_never_ends_a_session(client: Client, garbage: str) -> None:
    await client.send_text(garbage)
    await client.until("error", "response.done")
    await client.send(**update(instructions="Still here."))
    session = (await client.until("session.updated"))["session"]

    assert session["instructions"] == "Still here."
