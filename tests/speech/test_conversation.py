"""A conversation with the engine, held by the official client."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx2
import pytest
from openai import AsyncOpenAI
from speech_client import SILENCE, Client, as_mu_law, recorded, words

from prosaasil.speech.formats import AudioFormat, SoundDecoder
from prosaasil.speech.recogniser import Hint
from prosaasil.speech.server import SpeechServer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="session")]
Connect = Callable[[], AbstractAsyncContextManager[Client]]

INSTRUCTIONS = """\
You answer the phone of a clinic.
Opening hours: Sunday to Thursday from eight to seven.
Parking: there is a car park next door."""
BOOK = {
    "type": "function",
    "name": "book_appointment",
    "description": "Book an appointment.",
    "parameters": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "start": {"type": "string"}},
        "required": ["name", "start"],
    },
}


async def say(client: Client, text: str) -> str:
    """Write as the caller, and read what the agent says to it."""
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    await client.send(type="conversation.item.create", item=item)
    await client.send(type="response.create")
    return await spoken(client)


async def spoken(client: Client) -> str:
    done = await client.until("response.done")
    assert done["response"]["status"] == "completed"
    items = done["response"]["output"]
    return " ".join(i["content"][0]["transcript"] for i in items if i["type"] == "message")


async def test_a_session_says_at_once_that_it_is_a_demo(client: Client) -> None:
    session = client.of("session.created")[0]["session"]

    assert session["model"] == "prosaasil-embedded"
    assert session["demo"] is True


async def test_a_caller_is_heard_and_answered(client: Client) -> None:
    await client.configure(instructions=INSTRUCTIONS)
    await client.hear(SILENCE + as_mu_law(recorded("turn-tomorrow-at-ten")) + SILENCE)
    await client.until("response.done")

    order = [
        event["type"]
        for event in client.events
        if "delta" not in event["type"] and not event["type"].startswith("session.")
    ]
    assert order[:5] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    heard = client.of("conversation.item.input_audio_transcription.completed")[0]
    assert words(heard["transcript"]) == "tomorrow at ten"
    assert heard["item_id"] == client.of("input_audio_buffer.speech_started")[0]["item_id"]
    said = client.of("response.output_audio_transcript.done")[0]["transcript"]
    assert "What is your full name?" in said
    assert len(client.audio()) > 8_000


async def test_the_greeting_is_said_word_for_word(client: Client, server: SpeechServer) -> None:
    await client.configure(language="he")
    await client.say_exactly("Hello. You have reached the clinic. How can I help?")
    text = await spoken(client)

    assert text == "Hello. You have reached the clinic. How can I help?"
    sound = SoundDecoder(AudioFormat.PCMU).decode(client.audio())
    heard = await server.engine.recogniser.hear(sound, Hint("en"), "test")
    assert words(heard.text) == "hello you have reached the clinic how can i help"


async def test_the_first_sound_is_small_and_the_others_are_not(client: Client) -> None:
    await client.configure()
    await client.say_exactly("This is a sentence that is long enough for several pieces.")
    await client.until("response.done")

    sizes = [len(e["delta"]) * 3 // 4 for e in client.of("response.output_audio.delta")]
    assert 790 <= sizes[0] <= 810
    assert all(1_590 <= size <= 1_610 for size in sizes[1:-1])


async def test_an_appointment_is_booked_by_a_function_and_only_its_word_counts(
    client: Client,
) -> None:
    await client.configure(instructions=INSTRUCTIONS, tools=[BOOK])
    assert "demo voice" in await say(client, "I want to book an appointment tomorrow at ten")
    assert "Dana Levi" in await say(client, "my name is Dana Levi")
    assert "phone" in await say(client, "yes")
    assert "0 5 2, 1 2 3, 4 5 6 7" in await say(client, "0521234567")
    assert "What is it for?" in await say(client, "that's right")
    assert "at 10 AM" in await say(client, "a check-up please")
    content = [{"type": "input_text", "text": "yes"}]
    item = {"type": "message", "role": "user", "content": content}
    await client.send(type="conversation.item.create", item=item)
    await client.send(type="response.create")
    called = await client.until("response.function_call_arguments.done")
    assert called["name"] == "book_appointment"
    arguments = json.loads(called["arguments"])
    assert arguments["name"] == "Dana Levi"
    assert "T10:00:00" in arguments["start"]
    await client.until("response.done")
    output = {"ok": False, "say": "That time has just been taken."}
    answer = {
        "type": "function_call_output",
        "call_id": called["call_id"],
        "output": json.dumps(output),
    }
    await client.send(type="conversation.item.create", item=answer)
    await client.send(type="response.create")
    said = await spoken(client)

    assert "That time has just been taken." in said
    assert "somebody will call you back" in said
    assert "booked" not in said


async def test_a_question_is_answered_from_the_instructions(client: Client) -> None:
    await client.configure(instructions=INSTRUCTIONS)

    assert "from eight to seven" in await say(client, "what are your opening hours?")
    assert "car park" in await say(client, "is there parking?")


async def test_an_interruption_stops_the_reply(client: Client) -> None:
    await client.configure()
    text = " ".join(["The agent speaks for a long while."] * 150)
    await client.say_exactly(text)
    await client.until("response.output_audio.delta")
    await client.hear(as_mu_law(recorded("queue-thankyou")), step=8_000)
    done = await client.until("response.done")

    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"]["reason"] == "turn_detected"


async def test_a_cancelled_reply_ends_at_once_and_the_next_may_begin(client: Client) -> None:
    await client.configure()
    await client.say_exactly(" ".join(["This goes on and on without an end."] * 60))
    await client.until("response.output_audio.delta")
    await client.send(type="response.cancel")
    done = await client.until("response.done")
    await client.say_exactly("Next.")
    following = await client.until("response.done")

    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"] == {
        "type": "cancelled",
        "reason": "client_cancelled",
    }
    assert done["response"]["output"][0]["status"] == "incomplete"
    assert following["response"]["status"] == "completed"


async def test_only_one_reply_at_a_time(client: Client) -> None:
    await client.configure()
    await client.say_exactly(" ".join(["This goes on and on without an end."] * 60))
    await client.say_exactly("Another.")
    error = await client.until("error")
    await client.send(type="response.cancel")
    await client.until("response.done")

    assert error["error"]["code"] == "conversation_already_has_active_response"
    response_id = client.of("response.created")[0]["response"]["id"]
    assert error["error"]["message"] == (
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one."
    )


async def test_a_reply_is_truncated_to_what_was_heard(client: Client) -> None:
    await client.configure()
    await client.say_exactly("One sentence to be cut.")
    await client.until("response.done")
    item_id = client.of("response.output_item.added")[0]["item"]["id"]
    made_ms = len(client.audio()) // 8
    cut = {"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0}
    await client.send(**cut, audio_end_ms=made_ms + 60)
    too_far = await client.until("error")
    await client.send(**cut, audio_end_ms=300)
    truncated = await client.until("conversation.item.truncated")

    assert too_far["error"]["message"] == (
        f"Audio content of {made_ms}ms is already shorter than {made_ms + 60}ms"
    )
    assert too_far["error"]["param"] == "audio_end_ms"
    assert truncated["audio_end_ms"] == 300


async def test_a_deleted_reply_was_not_said(client: Client) -> None:
    """The caller interrupted before the first sound: both things said are answered together."""
    await client.configure(instructions=INSTRUCTIONS)
    await say(client, "I want to book an appointment")
    item_id = client.of("response.output_item.added")[-1]["item"]["id"]
    await client.send(type="conversation.item.delete", item_id=item_id)
    await client.until("conversation.item.deleted")

    assert "Your name is Dana Levi" in await say(client, "my name is Dana Levi")


async def test_a_reply_outside_of_the_conversation_leaves_nothing_in_it(client: Client) -> None:
    await client.configure()
    response = {
        "conversation": "none",
        "output_modalities": ["text"],
        "metadata": {"purpose": "note"},
        "instructions": 'Say exactly: "A note."',
    }
    await client.send(type="response.create", response=response)
    done = (await client.until("response.done"))["response"]

    assert done["conversation_id"] is None
    assert done["metadata"] == {"purpose": "note"}
    assert done["output"][0]["content"][0] == {"type": "output_text", "text": "A note."}
    assert client.of("conversation.item.added") == []


async def test_turns_are_ended_by_the_client_when_it_wants_to(client: Client) -> None:
    await client.configure(turn_detection={})
    session = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
    await client.send(type="session.update", session=session)
    await client.until("session.updated")
    await client.send(type="input_audio_buffer.commit")
    empty = await client.until("error")
    await client.hear(as_mu_law(recorded("queue-thankyou")), step=1_600)
    await client.send(type="input_audio_buffer.commit")
    await client.until("conversation.item.input_audio_transcription.completed")

    assert empty["error"]["code"] == "input_audio_buffer_commit_empty"
    assert "buffer only has 0.00ms of audio" in empty["error"]["message"]
    assert client.of("input_audio_buffer.speech_started") == []
    assert client.of("response.created") == []
    heard = client.of("conversation.item.input_audio_transcription.completed")[0]
    assert words(heard["transcript"]) == "thank you for your patience"


async def test_the_silence_that_ends_a_turn_is_the_clients(client: Client) -> None:
    for silence_ms in (320, 960):
        await client.configure(
            turn_detection={"silence_duration_ms": silence_ms, "create_response": False}
        )
        await client.hear(SILENCE + as_mu_law(recorded("queue-thankyou")) + SILENCE * 2)
        await client.until("conversation.item.input_audio_transcription.completed")
    short, long = client.of("input_audio_buffer.speech_stopped")
    start, again = client.of("input_audio_buffer.speech_started")

    spent = [short["audio_end_ms"] - start["audio_start_ms"]]
    spent += [long["audio_end_ms"] - again["audio_start_ms"]]
    assert abs(spent[1] - spent[0] - (960 - 320)) <= 100


async def test_silence_is_no_turn(client: Client) -> None:
    await client.configure()
    await client.hear(SILENCE * 3, step=1_600)
    await client.send(type="input_audio_buffer.clear")
    await client.until("input_audio_buffer.cleared")

    assert client.of("input_audio_buffer.speech_started") == []


async def test_the_official_formats_of_the_client_work_too(client: Client) -> None:
    pcm = {"type": "audio/pcm", "rate": 24_000}
    session = {
        "type": "realtime",
        "audio": {"input": {"format": pcm}, "output": {"format": pcm}},
    }
    await client.send(type="session.update", session=session)
    await client.until("session.updated")
    await client.say_exactly("Hello there.")
    await client.until("response.done")

    assert len(client.audio()) > 24_000


async def test_a_wrong_key_is_refused(server: SpeechServer) -> None:
    async with AsyncOpenAI(base_url=server.url, api_key="wrong") as openai:
        with pytest.raises(Exception, match="401"):
            async with openai.realtime.connect(model="any"):
                pass


async def test_health_is_told_on_the_same_port(server: SpeechServer) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(server.url.replace("/v1", "/healthz"))

    assert (answer.status_code, answer.text) == (200, "ready")


async def test_callers_are_served_at_the_same_time(connect: Connect) -> None:
    async def one_call(name: str) -> str:
        async with connect() as caller:
            await caller.configure()
            await caller.hear(as_mu_law(recorded(name)) + SILENCE, step=1_600)
            await caller.until("response.done")
            done = caller.of("conversation.item.input_audio_transcription.completed")
            return words(str(done[0]["transcript"]))

    heard = await asyncio.gather(*(one_call(n) for n in ("queue-thankyou", "vm-goodbye")))

    assert heard == ["thank you for your patience", "goodbye"]
