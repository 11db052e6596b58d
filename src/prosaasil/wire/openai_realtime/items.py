"""The items of a conversation: messages, function calls and their outputs."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

EventId = Annotated[str, Meta(max_length=512)]


class Content(Struct, frozen=True, omit_defaults=True):
    """A piece of a message: input_text, input_audio, output_text, output_audio."""

    type: str
    text: str | None = None
    transcript: str | None = None
    audio: str | None = None
    """Base64."""


class Item(Struct, frozen=True, omit_defaults=True):
    """An item of any type; fields of other types are None."""

    type: str
    """message, function_call, function_call_output or one this product does not use."""
    id: str | None = None
    object: str | None = None
    status: str | None = None
    """in_progress, completed or incomplete."""
    role: str | None = None
    """system, user or assistant."""
    content: Sequence[Content] | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    """JSON as the model wrote it, not yet checked; a fragment when the call was interrupted."""
    output: str | None = None

    @property
    def text(self) -> str:
        """What the message says, written or spoken."""
        pieces = (piece.text or piece.transcript or "" for piece in self.content or ())
        return " ".join(piece for piece in pieces if piece)


def caller_text(text: str, *, item_id: str | None = None) -> Item:
    """A message of the caller's that was not spoken."""
    return Item("message", id=item_id, role="user", content=[Content("input_text", text=text)])


def agent_text(text: str) -> Item:
    """A message of the agent's, as text: what it said in an earlier session."""
    return Item("message", role="assistant", content=[Content("output_text", text=text)])


def system_note(text: str) -> Item:
    """A message of ours to the model, of which the caller hears nothing."""
    return Item("message", role="system", content=[Content("input_text", text=text)])


def tool_call(call_id: str, name: str, arguments: str) -> Item:
    """A function call that the model made in an earlier session."""
    return Item("function_call", call_id=call_id, name=name, arguments=arguments)


def tool_output(call_id: str, output: str) -> Item:
    """The answer to a function call."""
    return Item("function_call_output", call_id=call_id, output=output)
