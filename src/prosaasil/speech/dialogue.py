"""The port of dialogue: what the agent says next, from what was said so far.

Implemented by `script` (rules and retrieval in this process) and `http_dialogue` (any
OpenAI-compatible chat service).
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct


class CallerSaid(Struct, frozen=True):
    item_id: str
    text: str
    language: str
    voice_was_clear: bool = True
    """False when what was heard was hardly a voice: then no words mean nobody spoke."""


class AgentSaid(Struct, frozen=True):
    item_id: str
    text: str


class FunctionCalled(Struct, frozen=True):
    item_id: str
    call_id: str
    name: str
    arguments: str


class FunctionAnswered(Struct, frozen=True):
    item_id: str
    call_id: str
    output: str


class Noted(Struct, frozen=True):
    """A system message."""

    item_id: str
    text: str


Said = CallerSaid | AgentSaid | FunctionCalled | FunctionAnswered | Noted


class Function(Struct, frozen=True):
    """A function that the agent may call; `parameters` is a JSON schema."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = {}


class Question(Struct, frozen=True):
    """Everything a dialogue may know when it is asked for a reply."""

    instructions: str
    said: tuple[Said, ...]
    language: str
    """The line's language."""
    functions: tuple[Function, ...] = ()
    must_call: str | None = None
    """The name of the function that has to be called now, `*` for any."""
    now: datetime | None = None
    lane: str = ""


class Sentence(Struct, frozen=True):
    text: str
    language: str


class FunctionCall(Struct, frozen=True):
    name: str
    arguments: str
    """A JSON object."""


Part = Sentence | FunctionCall


class Talk(Protocol):
    """One conversation."""

    def reply(self, question: Question) -> AsyncIterator[Part]:
        """The parts of the next reply, as soon as each is known. Raise `Fault` on failure."""
        ...


class Dialogue(Protocol):
    is_demo: bool

    def begin(self) -> Talk: ...

    async def prepare(self, instructions: str, lane: str) -> None:
        """Read what a business has told its agent before the first question comes."""
        ...

    async def warm_up(self) -> None: ...

    async def close(self) -> None: ...
