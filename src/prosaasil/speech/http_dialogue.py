"""The dialogue as any service with OpenAI's `/chat/completions`, streamed and with functions."""

from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from prosaasil.speech.dialogue import (
    AgentSaid,
    CallerSaid,
    Function,
    FunctionAnswered,
    FunctionCall,
    FunctionCalled,
    Noted,
    Part,
    Question,
    Said,
    Sentence,
)
from prosaasil.speech.http_client import PeerFailed, SpeechPeer
from prosaasil.speech.manners import language_of
from prosaasil.speech.spoken import sentences

TURNS_MAX: Final = 200
"""The most turns a service is told of; the newest count."""
CALLS_MAX: Final = 8
"""The most functions that one reply may call."""
TEXT_CHARS_MAX: Final = 8_000


class _FunctionDelta(Struct):
    name: str | None = None
    arguments: str | None = None


class _CallDelta(Struct):
    index: int = 0
    function: _FunctionDelta | None = None


class _Delta(Struct):
    content: str | None = None
    tool_calls: list[_CallDelta] | None = None


class _Choice(Struct):
    delta: _Delta | None = None


class _Chunk(Struct):
    choices: list[_Choice] = []


class HttpTalk:
    def __init__(self, peer: SpeechPeer) -> None:
        self._peer = peer

    async def reply(self, question: Question) -> AsyncIterator[Part]:
        text, said = "", 0
        calls: dict[int, list[str]] = {}
        async with self._peer.posting("chat/completions", json=self._wanted(question)) as answer:
            async for line in answer.aiter_lines():
                delta = _delta(line)
                if delta is None:
                    continue
                text = (text + (delta.content or ""))[:TEXT_CHARS_MAX]
                _collect(calls, delta)
                for sentence in _whole_sentences(text[said:]):
                    said += len(sentence)
                    if sentence.strip():
                        yield _sentence(sentence, question)
        for sentence in sentences(text[said:]):
            yield _sentence(sentence, question)
        for name, arguments in calls.values():
            if name:
                yield FunctionCall(name, arguments or "{}")

    def _wanted(self, question: Question) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            "model": self._peer.model,
            "stream": True,
            "messages": [
                {"role": "system", "content": question.instructions},
                *(message for said in question.said[-TURNS_MAX:] for message in _messages(said)),
            ],
        }
        if question.functions:
            wanted["tools"] = [_tool(function) for function in question.functions]
            match question.must_call:
                case None:
                    pass
                case "*":
                    wanted["tool_choice"] = "required"
                case name:
                    wanted["tool_choice"] = {"type": "function", "function": {"name": name}}
        return wanted


class HttpDialogue:
    is_demo = False

    def __init__(self, peer: SpeechPeer) -> None:
        self._peer = peer

    def begin(self) -> HttpTalk:
        return HttpTalk(self._peer)

    async def prepare(self, instructions: str, lane: str) -> None:
        """The service is told with each question."""

    async def warm_up(self) -> None:
        """The service warms itself up."""

    async def close(self) -> None:
        await self._peer.close()


def _messages(said: Said) -> list[dict[str, Any]]:
    match said:
        case CallerSaid(text=text):
            return [{"role": "user", "content": text}] if text else []
        case AgentSaid(text=text):
            return [{"role": "assistant", "content": text}] if text else []
        case Noted(text=text):
            return [{"role": "system", "content": text}]
        case FunctionCalled(call_id=call_id, name=name, arguments=arguments):
            function = {"name": name, "arguments": arguments}
            call = {"id": call_id, "type": "function", "function": function}
            return [{"role": "assistant", "content": None, "tool_calls": [call]}]
        case FunctionAnswered(call_id=call_id, output=output):
            return [{"role": "tool", "tool_call_id": call_id, "content": output}]


def _tool(function: Function) -> dict[str, Any]:
    described = {
        "name": function.name,
        "description": function.description,
        "parameters": function.parameters or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": described}


def _delta(line: str) -> _Delta | None:
    """What one line of the stream adds, if anything."""
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data in {"", "[DONE]"}:
        return None
    try:
        chunk = msgspec.json.decode(data, type=_Chunk)
    except msgspec.DecodeError as error:
        raise PeerFailed(f"chat/completions answered something else: {error}") from error
    return chunk.choices[0].delta if chunk.choices else None


def _collect(calls: dict[int, list[str]], delta: _Delta) -> None:
    for call in delta.tool_calls or ():
        if call.index >= CALLS_MAX or call.function is None:
            continue
        collected = calls.setdefault(call.index, ["", ""])
        collected[0] += call.function.name or ""
        collected[1] += call.function.arguments or ""


def _whole_sentences(text: str) -> list[str]:
    """The sentences at the beginning of a text that are surely over, with the space after them."""
    found: list[str] = []
    start = 0
    for index in range(len(text) - 1):
        if text[index] in ".!?…\n" and text[index + 1].isspace() and index - start >= 3:
            found.append(text[start : index + 1])
            start = index + 1
    return found


def _sentence(text: str, question: Question) -> Sentence:
    return Sentence(text.strip(), language_of(text, question.language))
