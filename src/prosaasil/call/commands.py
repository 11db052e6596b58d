"""What a call asks the outside world to do.

Orders only, in the imperative. Carrying one out may fail; the failure comes back as an event,
never as an exception.
"""

from enum import Enum

from msgspec import Struct


class Role(Enum):
    CALLER = "caller"
    AGENT = "agent"


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


class AddSystemNote(Struct, frozen=True, tag=True):
    """Put a note of ours into the conversation; asks for no reply, carries no rules (C-15)."""

    text: str


class Said(Struct, frozen=True):
    role: Role
    text: str


class ReplayConversation(Struct, frozen=True, tag=True):
    """Tell a new engine session what was said so far, in order, before anything is asked of it."""

    said: tuple[Said, ...]


class ReplayToolCall(Struct, frozen=True, tag=True):
    """Tell a new engine session of a tool call that its predecessor made and nobody answered."""

    tool_call_id: str
    name: str
    arguments: str


class RunTool(Struct, frozen=True, tag=True):
    """Answered by `ToolAnswered`, also when the tool fails."""

    tool_call_id: str
    name: str
    arguments: str


class AnswerTool(Struct, frozen=True, tag=True):
    tool_call_id: str
    output: str


class CloseGate(Struct, frozen=True, tag=True):
    """The agent is heard: send the engine silence in place of the caller's frames (R-VAD-02)."""


class OpenGate(Struct, frozen=True, tag=True):
    """Let the caller's frames through, beginning with the voice that was heard just before, so
    that its first syllable is not lost (R-VAD-03).
    """


class HoldSpeech(Struct, frozen=True, tag=True):
    """The agent has fallen silent between two frames and may go on at the next (C-02, C-03)."""


class ResumeSpeech(Struct, frozen=True, tag=True):
    """The agent goes on where it was held: its silence was not a gap in its speech."""

    held_ms: int


class ClearAudio(Struct, frozen=True, tag=True):
    """Drop whatever the carrier has buffered and not yet played."""


class SendMark(Struct, frozen=True, tag=True):
    """Ask the carrier to say when it has played everything sent so far."""

    name: str


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
    USER_GOODBYE = "user_goodbye"
    AGENT_GOODBYE = "agent_goodbye"
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
    | AddSystemNote
    | ReplayConversation
    | ReplayToolCall
    | RunTool
    | AnswerTool
    | CloseGate
    | OpenGate
    | HoldSpeech
    | ResumeSpeech
    | ClearAudio
    | SendMark
    | PublishTranscript
    | Note
    | HangUp
)
