"""What the engine says to a client.

Decoding is tolerant: unknown events become `Unknown`, unknown fields are ignored, and null is
accepted where an engine has been seen to send it. An engine that uses these structs to speak names
an `event_id` in each.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from prosaasil.wire.errors import UnknownEvent
from prosaasil.wire.reader import Message, Reader

from .items import Item

SERVER_MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""A retrieved item carries its whole audio; anything larger is not from an engine."""


class Unknown(Struct, frozen=True):
    """An event of a type that no call needs."""

    type: str


class ServerMessage(Struct, frozen=True, kw_only=True):
    event_id: str | None = None
    """Some rejections come without one."""


class SessionCreated(ServerMessage, frozen=True, tag="session.created"):
    """The socket is open; not a confirmation of any settings."""

    session: dict[str, Any]


class SessionUpdated(ServerMessage, frozen=True, tag="session.updated"):
    """The session as it now is: the only confirmation of settings."""

    session: dict[str, Any]


class ConversationCreated(ServerMessage, frozen=True, tag="conversation.created"):
    conversation: dict[str, Any]


class ConversationItemAdded(ServerMessage, frozen=True, tag="conversation.item.added"):
    item: Item
    previous_item_id: str | None = None


class ConversationItemDone(ServerMessage, frozen=True, tag="conversation.item.done"):
    item: Item
    previous_item_id: str | None = None


class ConversationItemRetrieved(ServerMessage, frozen=True, tag="conversation.item.retrieved"):
    item: Item


class ConversationItemDeleted(ServerMessage, frozen=True, tag="conversation.item.deleted"):
    item_id: str


class ConversationItemTruncated(ServerMessage, frozen=True, tag="conversation.item.truncated"):
    item_id: str
    content_index: int
    audio_end_ms: int


class TranscriptionDelta(
    ServerMessage, frozen=True, tag="conversation.item.input_audio_transcription.delta"
):
    """A piece of what the caller said."""

    item_id: str
    content_index: int | None = 0
    delta: str | None = ""


class TranscriptionCompleted(
    ServerMessage, frozen=True, tag="conversation.item.input_audio_transcription.completed"
):
    """What the caller said in a turn; may come long after the reply to it has begun."""

    item_id: str
    transcript: str
    content_index: int = 0
    usage: dict[str, Any] | None = None


class TranscriptionFailed(
    ServerMessage, frozen=True, tag="conversation.item.input_audio_transcription.failed"
):
    item_id: str
    error: "ErrorDetail"
    content_index: int = 0


class SpeechStarted(ServerMessage, frozen=True, tag="input_audio_buffer.speech_started"):
    audio_start_ms: int
    """In audio written to the buffer, prefix padding included; not wall time."""
    item_id: str
    """The caller's item to be."""


class SpeechStopped(ServerMessage, frozen=True, tag="input_audio_buffer.speech_stopped"):
    audio_end_ms: int
    item_id: str


class InputAudioBufferCommitted(ServerMessage, frozen=True, tag="input_audio_buffer.committed"):
    """The caller's turn is over and becomes an item."""

    item_id: str
    previous_item_id: str | None = None


class InputAudioBufferCleared(ServerMessage, frozen=True, tag="input_audio_buffer.cleared"):
    """Audio that was in no turn yet is forgotten."""


class InputAudioBufferTimeoutTriggered(
    ServerMessage, frozen=True, tag="input_audio_buffer.timeout_triggered"
):
    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class ErrorDetail(Struct, frozen=True, omit_defaults=True):
    type: str | None = None
    code: str | None = None
    message: str | None = None
    param: str | None = None
    event_id: str | None = None
    """The id of the client's event that caused it."""


class StatusDetails(Struct, frozen=True, omit_defaults=True):
    """Why a response is not completed."""

    type: str | None = None
    reason: str | None = None
    """turn_detected, client_cancelled, max_output_tokens or content_filter."""
    error: ErrorDetail | None = None


class Usage(Struct, frozen=True):
    total_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: dict[str, Any] | None = None
    output_token_details: dict[str, Any] | None = None


class Response(Struct, frozen=True):
    """A reply as the engine sees it: what is made, not what is heard."""

    id: str
    status: str | None = None
    """in_progress, completed, cancelled, incomplete or failed."""
    status_details: StatusDetails | str | None = None
    output: list[Item] | None = None
    conversation_id: str | None = None
    """None for a response outside the conversation."""
    output_modalities: list[str] | None = None
    max_output_tokens: int | str | None = None
    audio: dict[str, Any] | None = None
    metadata: dict[str, Any] | None = None
    usage: Usage | None = None
    object: str | None = "realtime.response"

    @property
    def reason(self) -> str:
        """Why it ended as it did, in a word: for a failure the code of its error."""
        match self.status_details:
            case None:
                return ""
            case str(text):
                return text
            case StatusDetails(error=ErrorDetail(code=code, message=message, type=kind)):
                return code or message or kind or ""
            case details:
                return details.reason or ""


class ResponseCreated(ServerMessage, frozen=True, tag="response.created"):
    response: Response


class ResponseDone(ServerMessage, frozen=True, tag="response.done"):
    """Nothing more of the response will come; always sent, sometimes without `response.created`."""

    response: Response


class OutputItemAdded(ServerMessage, frozen=True, tag="response.output_item.added"):
    response_id: str
    output_index: int
    item: Item


class OutputItemDone(ServerMessage, frozen=True, tag="response.output_item.done"):
    """Of a function call: may be run when the item's status is completed, else it is a fragment."""

    response_id: str
    output_index: int
    item: Item


class Part(Struct, frozen=True, omit_defaults=True):
    type: str | None = None
    """audio or text: shorter than the types of an item's content."""
    transcript: str | None = None
    text: str | None = None


class ContentPartAdded(ServerMessage, frozen=True, tag="response.content_part.added"):
    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Part


class ContentPartDone(ServerMessage, frozen=True, tag="response.content_part.done"):
    response_id: str
    item_id: str
    output_index: int
    content_index: int
    part: Part


class OutputAudioDelta(ServerMessage, frozen=True, tag="response.output_audio.delta"):
    """Agent audio, any length; made several times faster than it is spoken."""

    response_id: str
    item_id: str
    delta: bytes
    """Decoded, in the session's output format."""
    output_index: int = 0
    content_index: int = 0


class OutputAudioDone(ServerMessage, frozen=True, tag="response.output_audio.done"):
    response_id: str
    item_id: str
    output_index: int = 0
    content_index: int = 0


class OutputAudioTranscriptDelta(
    ServerMessage, frozen=True, tag="response.output_audio_transcript.delta"
):
    """A piece of what the reply says; runs ahead of the audio, aligned with nothing."""

    response_id: str
    item_id: str
    delta: str
    output_index: int = 0
    content_index: int = 0


class OutputAudioTranscriptDone(
    ServerMessage, frozen=True, tag="response.output_audio_transcript.done"
):
    response_id: str
    item_id: str
    transcript: str
    output_index: int = 0
    content_index: int = 0


class OutputTextDelta(ServerMessage, frozen=True, tag="response.output_text.delta"):
    response_id: str
    item_id: str
    delta: str
    output_index: int = 0
    content_index: int = 0


class OutputTextDone(ServerMessage, frozen=True, tag="response.output_text.done"):
    response_id: str
    item_id: str
    text: str
    output_index: int = 0
    content_index: int = 0


class FunctionCallArgumentsDelta(
    ServerMessage, frozen=True, tag="response.function_call_arguments.delta"
):
    response_id: str
    item_id: str
    call_id: str
    delta: str
    output_index: int = 0


class FunctionCallArgumentsDone(
    ServerMessage, frozen=True, tag="response.function_call_arguments.done"
):
    response_id: str
    item_id: str
    call_id: str
    arguments: str
    name: str | None = None
    output_index: int = 0


class RateLimit(Struct, frozen=True):
    name: str | None = None
    limit: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None


class RateLimitsUpdated(ServerMessage, frozen=True, tag="rate_limits.updated"):
    rate_limits: list[RateLimit]


class ErrorEvent(ServerMessage, frozen=True, tag="error"):
    """Something was refused or has failed; the session usually stays open."""

    error: ErrorDetail


KnownServerEvent = (
    SessionCreated
    | SessionUpdated
    | ConversationCreated
    | ConversationItemAdded
    | ConversationItemDone
    | ConversationItemRetrieved
    | ConversationItemDeleted
    | ConversationItemTruncated
    | TranscriptionDelta
    | TranscriptionCompleted
    | TranscriptionFailed
    | SpeechStarted
    | SpeechStopped
    | InputAudioBufferCommitted
    | InputAudioBufferCleared
    | InputAudioBufferTimeoutTriggered
    | ResponseCreated
    | ResponseDone
    | OutputItemAdded
    | OutputItemDone
    | ContentPartAdded
    | ContentPartDone
    | OutputAudioDelta
    | OutputAudioDone
    | OutputAudioTranscriptDelta
    | OutputAudioTranscriptDone
    | OutputTextDelta
    | OutputTextDone
    | FunctionCallArgumentsDelta
    | FunctionCallArgumentsDone
    | RateLimitsUpdated
    | ErrorEvent
)
ServerEvent = KnownServerEvent | Unknown

_server: Final = Reader[KnownServerEvent](
    KnownServerEvent,
    tag="type",
    bytes_max=SERVER_MESSAGE_BYTES_MAX,
    audio={"response.output_audio.delta": ("delta",)},
    audio_bytes_max=SERVER_MESSAGE_BYTES_MAX,
    strict=True,
)


def decode_server(message: Message) -> ServerEvent:
    """What the engine said; raises a `WireError` for what is no event or a broken one."""
    try:
        return _server.read(message)
    except UnknownEvent as unknown:
        return Unknown(unknown.event)


class AudioDeltaEncoder:
    """Says `response.output_audio.delta` for one item of one response, by template."""

    def __init__(
        self, response_id: str, item_id: str, *, output_index: int = 0, content_index: int = 0
    ) -> None:
        self._head = (
            b'{"type":"response.output_audio.delta","response_id":%b,"item_id":%b,'
            b'"output_index":%d,"content_index":%d,"event_id":'
        ) % (
            msgspec.json.encode(response_id),
            msgspec.json.encode(item_id),
            output_index,
            content_index,
        )

    def encode(self, audio: bytes, event_id: str) -> bytes:
        return b'%b%b,"delta":%b}' % (
            self._head,
            msgspec.json.encode(event_id),
            msgspec.json.encode(audio),
        )
