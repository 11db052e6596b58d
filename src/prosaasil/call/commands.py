"""What a call asks the outside world to do.

Orders only, in the imperative. Carrying one out may fail; the failure comes back as an event,
never as an exception.
"""

from enum import Enum

from msgspec import Struct


class ConnectEngine(Struct, frozen=True, tag=True):
    """Open the engine's socket; answered by `EngineOpened` or `EngineLost`."""


class ConfigureSession(Struct, frozen=True, tag=True):
    """Send the briefing's settings; answered by `SessionConfigured`."""


class RequestReply(Struct, frozen=True, tag=True):
    request_id: str
    say: str | None = None
    """A sentence to be said word for word; None for an answer to the conversation."""


class CancelReply(Struct, frozen=True, tag=True):
    reply_id: str


class TruncateItem(Struct, frozen=True, tag=True):
    """Make the engine's memory of what it said end where the caller stopped hearing it."""

    item_id: str
    heard_ms: int
    """At least 1, at most what was made of the item."""


class DeleteItem(Struct, frozen=True, tag=True):
    """Make the engine forget an item of which nothing was heard."""

    item_id: str


class AddCallerText(Struct, frozen=True, tag=True):
    """Put what the caller did without speaking (a key) into the conversation."""

    text: str


class RunTool(Struct, frozen=True, tag=True):
    """Answered by `ToolAnswered`, also when the tool fails."""

    tool_call_id: str
    name: str
    arguments: str


class AnswerTool(Struct, frozen=True, tag=True):
    tool_call_id: str
    output: str


class ClearAudio(Struct, frozen=True, tag=True):
    """Drop whatever the carrier has buffered and not yet played."""


class SendMark(Struct, frozen=True, tag=True):
    """Ask the carrier to say when it has played everything sent so far."""

    name: str


class Role(Enum):
    CALLER = "caller"
    AGENT = "agent"


class PublishTranscript(Struct, frozen=True, tag=True):
    """Show what was said to whoever watches the call; `final` texts are its transcript."""

    role: Role
    item_id: str
    text: str
    """The whole text of the item so far; of an interrupted reply, what was heard of it.

    An empty text, never final, takes the item back: nothing of it was heard.
    """
    final: bool
    at_ms: int
    """When this item began to be heard."""


Fields = dict[str, str | int | float]


class Note(Struct, frozen=True, tag=True):
    """A line for the log: `[marker] text - key=value, ...` (requirements, appendix A)."""

    marker: str
    text: str = ""
    fields: Fields = {}
    is_error: bool = False


class HangUpReason(Enum):
    SILENCE = "silence"
    LONGEST_CALL = "longest_call"
    ENGINE_FAILED = "engine_failed"
    CALLER_HUNG_UP = "caller_hung_up"
    CALL_ENDED = "call_ended"
    SHUTDOWN = "shutdown"


class HangUp(Struct, frozen=True, tag=True):
    """End the call: always the last command, exactly once."""

    reason: HangUpReason


Command = (
    ConnectEngine
    | ConfigureSession
    | RequestReply
    | CancelReply
    | TruncateItem
    | DeleteItem
    | AddCallerText
    | RunTool
    | AnswerTool
    | ClearAudio
    | SendMark
    | PublishTranscript
    | Note
    | HangUp
)
