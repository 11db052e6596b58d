"""Facts of the realtime protocol that every engine must keep: the scripted one and our own."""

from base64 import b64decode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Client

REPLY_ORDER = [
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.done",
]
SILENCE = b"\xff" * 160 * 60


async def test_settings_are_confirmed_as_they_now_are(client: "Client") -> None:
    session = client.heard[-1]["session"]
    assert session["type"] == "realtime"
    assert session["instructions"] == "You are the agent of a clinic."
    assert session["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert session["audio"]["input"]["turn_detection"]["create_response"] is False


async def test_every_event_has_an_id_of_its_own(client: "Client") -> None:
    await client.say("response.create")
    await client.until("response.done")
    ids = [event["event_id"] for event in client.heard]
    assert len(set(ids)) == len(ids)


async def test_a_reply_comes_in_the_protocols_order(client: "Client") -> None:
    await client.say("response.create")
    await client.until("response.done")
    types = client.types()
    firsts = [types.index(kind) for kind in REPLY_ORDER]
    assert firsts == sorted(firsts)
    assert client.heard[-1]["response"]["status"] == "completed"


async def test_a_replys_audio_is_all_of_one_item_and_response(client: "Client") -> None:
    await client.say("response.create")
    done = await client.until("response.done")
    deltas = [e for e in client.heard if e["type"] == "response.output_audio.delta"]
    assert {delta["response_id"] for delta in deltas} == {done["response"]["id"]}
    assert sum(len(b64decode(delta["delta"])) for delta in deltas) >= 8 * 500


async def test_what_was_asked_for_is_recognised_by_its_metadata(client: "Client") -> None:
    await client.say("response.create", response={"metadata": {"req": "greeting"}})
    created = await client.until("response.created")
    assert created["response"]["metadata"] == {"req": "greeting"}
    done = await client.until("response.done")
    assert done["response"]["metadata"] == {"req": "greeting"}


async def test_a_second_response_is_refused_while_one_is_active(client: "Client") -> None:
    await client.say("response.create")
    second = await client.say("response.create")
    error = (await client.until("error"))["error"]
    assert error["code"] == "conversation_already_has_active_response"
    assert error["event_id"] == second
    assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_there_is_nothing_to_cancel_without_a_response(client: "Client") -> None:
    mine = await client.say("response.cancel")
    error = (await client.until("error"))["error"]
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", mine)


async def test_a_cancelled_response_is_done_as_cancelled(client: "Client") -> None:
    await client.say("response.create")
    created = await client.until("response.created")
    await client.say("response.cancel", response_id=created["response"]["id"])
    response = (await client.until("response.done"))["response"]
    assert response["id"] == created["response"]["id"]
    assert response["status"] == "cancelled"
    assert response["status_details"]["reason"] == "client_cancelled"


async def test_after_a_cancelled_response_another_may_come(client: "Client") -> None:
    await client.say("response.create")
    await client.until("response.created")
    await client.say("response.cancel")
    await client.until("response.done")
    await client.say("response.create")
    assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_an_item_is_truncated_to_what_was_heard(client: "Client") -> None:
    await client.say("response.create")
    delta = await client.until("response.output_audio.delta")
    await client.until("response.done")
    await client.say(
        "conversation.item.truncate", item_id=delta["item_id"], content_index=0, audio_end_ms=40
    )
    truncated = await client.until("conversation.item.truncated", "error")
    assert (truncated.get("item_id"), truncated.get("audio_end_ms")) == (delta["item_id"], 40)


async def test_more_than_was_made_cannot_have_been_heard(client: "Client") -> None:
    await client.say("response.create")
    delta = await client.until("response.output_audio.delta")
    await client.until("response.done")
    await client.say(
        "conversation.item.truncate",
        item_id=delta["item_id"],
        content_index=0,
        audio_end_ms=999_999,
    )
    error = (await client.until("error"))["error"]
    assert error["code"] == "invalid_value"
    assert "is already shorter than 999999ms" in error["message"]


async def test_an_unknown_item_is_neither_truncated_nor_deleted(client: "Client") -> None:
    await client.say(
        "conversation.item.truncate", item_id="item_none", content_index=0, audio_end_ms=10
    )
    error = (await client.until("error"))["error"]
    assert error["code"] == "item_truncate_invalid_item_id"
    await client.say("conversation.item.delete", item_id="item_none")
    assert (await client.until("error"))["error"]["code"] == "item_delete_invalid_item_id"


async def test_nonsense_is_answered_and_survived(client: "Client") -> None:
    for message in ("not json", "[]", '{"type":"surprise"}', '{"type":"session.update"}'):
        await client.say_raw(message)
        assert (await client.until("error"))["error"]["type"] == "invalid_request_error"
    await client.say("response.create")
    assert (await client.until("response.done"))["response"]["status"] == "completed"


async def test_an_item_of_the_clients_is_added_and_done(client: "Client") -> None:
    content = [{"type": "input_text", "text": "[caller pressed 1]"}]
    await client.say(
        "conversation.item.create", item={"type": "message", "role": "user", "content": content}
    )
    added = await client.until("conversation.item.added")
    done = await client.until("conversation.item.done")
    assert added["item"]["id"] == done["item"]["id"]


async def test_a_turn_of_the_callers_is_committed_and_transcribed(
    client: "Client", real_speech: bytes
) -> None:
    await client.speak(SILENCE + real_speech + SILENCE)
    started = await client.until("input_audio_buffer.speech_started")
    stopped = await client.until("input_audio_buffer.speech_stopped")
    committed = await client.until("input_audio_buffer.committed")
    kind = "conversation.item.input_audio_transcription.completed"
    transcribed = await client.until(kind)
    items = {event["item_id"] for event in (started, stopped, committed, transcribed)}
    assert len(items) == 1
    assert transcribed["transcript"]
    assert started["audio_start_ms"] < stopped["audio_end_ms"]


async def test_the_engine_does_not_answer_by_itself_when_told_not_to(
    client: "Client", real_speech: bytes
) -> None:
    await client.speak(SILENCE + real_speech + SILENCE)
    await client.until("conversation.item.input_audio_transcription.completed")
    assert "response.created" not in client.types()
    await client.say("response.create")
    assert (await client.until("response.done"))["response"]["status"] == "completed"
