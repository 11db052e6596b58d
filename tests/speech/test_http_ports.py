"""Each part of the engine may be an OpenAI-compatible service: here a small one of our own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from prosaasil.speech.dialogue import (
    AgentSaid,
    CallerSaid,
    Function,
    FunctionAnswered,
    FunctionCall,
    FunctionCalled,
    Part,
    Question,
    Sentence,
)
from prosaasil.speech.http_client import PeerFailed, SpeechPeer
from prosaasil.speech.http_dialogue import HttpDialogue
from prosaasil.speech.http_recogniser import HttpRecogniser
from prosaasil.speech.http_synthesiser import HttpSynthesiser
from prosaasil.speech.recogniser import Hint

SOUND = np.zeros(8_000, np.float32)


class Service:
    """Answers every POST with the next prepared answer and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bytes]] = []
        self.answers: list[tuple[int, bytes]] = []
        self.base = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = dict(
            line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
        )
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        assert fields["authorization"] == "bearer secret"
        self.asked.append((head.split(" ")[1], body))
        status, content = self.answers.pop(0)
        sizes = f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
        writer.write(f"HTTP/1.1 {status} X\r\n{sizes}".encode() + content)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def peer(self) -> SpeechPeer:
        return SpeechPeer(self.base, "secret", "model-1")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield service
    server.close()
    await server.wait_closed()


async def test_a_turn_is_transcribed_by_a_service(service: Service) -> None:
    service.answers.append((200, b'{"text":" Hello there. "}'))
    recogniser = HttpRecogniser(service.peer())
    heard = await recogniser.hear(SOUND, Hint("he", prompt="Dana"), "lane")
    await recogniser.close()

    path, body = service.asked[0]
    assert (heard.text, heard.language) == ("Hello there.", "he")
    assert path == "/v1/audio/transcriptions"
    assert b"RIFF" in body
    assert b'name="language"\r\n\r\nhe' in body
    assert b'name="model"\r\n\r\nmodel-1' in body


async def test_a_sentence_is_spoken_by_a_service(service: Service) -> None:
    service.answers.append((200, (np.arange(4_800) % 100).astype("<i2").tobytes()))
    synthesiser = HttpSynthesiser(service.peer(), "alloy")
    sound = np.concatenate([s async for s in synthesiser.speak("Hello.", "en", 1.0, "lane")])
    await synthesiser.close()

    assert len(sound) == 4_800
    assert json.loads(service.asked[0][1]) == {
        "model": "model-1",
        "voice": "alloy",
        "input": "Hello.",
        "response_format": "pcm",
        "speed": 1.0,
    }


def chunk(**delta: object) -> bytes:
    return b"data: " + json.dumps({"choices": [{"delta": delta}]}).encode() + b"\n\n"


async def parts_of(service: Service, question: Question) -> list[Part]:
    dialogue = HttpDialogue(service.peer())
    parts = [part async for part in dialogue.begin().reply(question)]
    await dialogue.close()
    return parts


async def test_a_reply_is_made_by_a_service_sentence_by_sentence(service: Service) -> None:
    stream = b"".join(
        [
            chunk(role="assistant", content="We are open. Do you w"),
            chunk(content="ant to come"),
            chunk(content="?"),
            b"data: [DONE]\n\n",
        ]
    )
    service.answers.append((200, stream))
    said = (AgentSaid("a", "Hello."), CallerSaid("c", "Are you open?", "en"))
    parts = await parts_of(service, Question("Be kind.", said, "en"))

    assert parts == [Sentence("We are open.", "en"), Sentence("Do you want to come?", "en")]
    asked = json.loads(service.asked[0][1])
    assert asked["stream"] is True
    assert asked["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Are you open?"},
    ]
    assert "tools" not in asked


async def test_a_function_is_called_by_a_service(service: Service) -> None:
    first = [{"index": 0, "id": "x", "function": {"name": "look_up", "arguments": '{"q":'}}]
    second = [{"index": 0, "function": {"arguments": '"hours"}'}}]
    service.answers.append((200, chunk(tool_calls=first) + chunk(tool_calls=second)))
    said = (
        CallerSaid("c", "When?", "en"),
        FunctionCalled("f", "call_1", "look_up", "{}"),
        FunctionAnswered("o", "call_1", "nothing"),
    )
    function = Function("look_up", "Looks up.", {"type": "object", "properties": {}})
    question = Question("", said, "en", (function,), "look_up", datetime(2026, 1, 1, tzinfo=UTC))
    parts = await parts_of(service, question)

    assert parts == [FunctionCall("look_up", '{"q":"hours"}')]
    asked = json.loads(service.asked[0][1])
    assert asked["tool_choice"] == {"type": "function", "function": {"name": "look_up"}}
    assert asked["messages"][-1] == {
        "role": "tool",
        "tool_call_id": "call_1",
        "content": "nothing",
    }


async def ask_recogniser(service: Service) -> None:
    recogniser = HttpRecogniser(service.peer())
    try:
        await recogniser.hear(SOUND, Hint("en"), "lane")
    finally:
        await recogniser.close()


async def ask_dialogue(service: Service) -> None:
    dialogue = HttpDialogue(service.peer())
    try:
        async for _ in dialogue.begin().reply(Question("", (), "en")):
            pass
    finally:
        await dialogue.close()


@pytest.mark.parametrize("ask", [ask_recogniser, ask_dialogue])
@pytest.mark.parametrize("answer", [(500, b"oh no"), (401, b"{}"), (200, b"data: {nonsense\n\n")])
async def test_a_service_that_fails_is_a_fault(
    service: Service, ask: Callable[[Service], Awaitable[None]], answer: tuple[int, bytes]
) -> None:
    service.answers.append(answer)
    with pytest.raises(PeerFailed):
        await ask(service)


async def test_a_service_that_is_not_there_is_a_fault() -> None:
    recogniser = HttpRecogniser(SpeechPeer("http://127.0.0.1:1/v1", "", "model-1"))
    with pytest.raises(PeerFailed):
        await recogniser.hear(SOUND, Hint("en"), "lane")
    await recogniser.close()
