"""What a client says to the engine.

`event_id` may be given to any event: an error that it causes repeats it. Events are encoded without
the fields that are at their defaults: an absent field changes nothing, a null may.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prosaasil.wire.reader import Message, Reader

from .items import EventId, Item
from .session import (
    AudioInput,
    AudioOutput,
    FunctionTool,
    Modalities,
    NoiseReduction,
    Pcmu,
    ServerVad,
    Session,
    SessionAudio,
    TokensMax,
    Transcription,
)

AUDIO_BYTES_MAX = 15 * 1024 * 1024
"""The most audio that one `input_audio_buffer.append` may carry."""
CLIENT_MESSAGE_BYTES_MAX = 21 * 1024 * 1024
"""Base64 of `AUDIO_BYTES_MAX` and a little."""


class ClientMessage(
    Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True
):
    event_id: EventId | None = None
    """Repeated by an error that the event causes."""


class SessionUpdate(ClientMessage, frozen=True, tag="session.update"):
    """Answered by `session.updated`, or by `error` and then nothing of it was applied."""

    session: Session


class InputAudioBufferAppend(ClientMessage, frozen=True, tag="input_audio_buffer.append"):
    """Caller audio in the session's input format; not answered. See `append_audio`."""

    audio: Annotated[bytes, Meta(max_length=AUDIO_BYTES_MAX)]


class InputAudioBufferCommit(ClientMessage, frozen=True, tag="input_audio_buffer.commit"):
    """End the caller's turn by hand; refused when less than 100 ms are buffered."""


class InputAudioBufferClear(ClientMessage, frozen=True, tag="input_audio_buffer.clear"):
    """Forget the audio that is in no turn yet."""


class OutputAudioBufferClear(ClientMessage, frozen=True, tag="output_audio_buffer.clear"):
    """Meaningless over a WebSocket; an engine must know it to answer so."""


class ConversationItemCreate(ClientMessage, frozen=True, tag="conversation.item.create"):
    item: Item
    previous_item_id: str | None = None


class ConversationItemRetrieve(ClientMessage, frozen=True, tag="conversation.item.retrieve"):
    item_id: str


class ConversationItemDelete(ClientMessage, frozen=True, tag="conversation.item.delete"):
    item_id: str


class ConversationItemTruncate(ClientMessage, frozen=True, tag="conversation.item.truncate"):
    """Make a spoken item end where the caller stopped hearing it; never with 0 ms: delete it."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ResponseSettings(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What differs from the session in one response; what is unset is the session's."""

    instructions: str | UnsetType = UNSET
    """Replaces the session's instructions."""
    conversation: Literal["auto", "none"] | UnsetType = UNSET
    input: list[dict[str, Any]] | UnsetType = UNSET
    """Items or references instead of the conversation; empty for no context."""
    metadata: dict[str, str] | UnsetType | None = UNSET
    """Comes back in the response: the way to recognise it."""
    output_modalities: Modalities | UnsetType = UNSET
    max_output_tokens: TokensMax | UnsetType = UNSET
    tool_choice: str | dict[str, Any] | UnsetType = UNSET
    tools: list[dict[str, Any]] | UnsetType = UNSET
    audio: dict[str, Any] | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET
    prompt: dict[str, Any] | UnsetType | None = UNSET
    reasoning: dict[str, Any] | UnsetType = UNSET


class ResponseCreate(ClientMessage, frozen=True, tag="response.create"):
    response: ResponseSettings | UnsetType = UNSET


class ResponseCancel(ClientMessage, frozen=True, tag="response.cancel"):
    response_id: str | None = None
    """Named so that a late cancel cannot hit the next response."""


ClientEvent = (
    SessionUpdate
    | InputAudioBufferAppend
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | OutputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | ResponseCreate
    | ResponseCancel
)

_client: Final = Reader[ClientEvent](
    ClientEvent,
    tag="type",
    bytes_max=CLIENT_MESSAGE_BYTES_MAX,
    audio={"input_audio_buffer.append": ("audio",)},
    audio_bytes_max=AUDIO_BYTES_MAX,
    strict=True,
)


def decode_client(message: Message) -> ClientEvent:
    """What the client said, as strictly as OpenAI reads it: an unknown field is refused."""
    return _client.read(message)


def append_audio(payload: bytes) -> bytes:
    """`input_audio_buffer.append` of base64, as `twilio_media.Media.payload` gives it."""
    return b'{"type":"input_audio_buffer.append","audio":"%b"}' % payload


def session_update(
    *,
    instructions: str,
    voice: str,
    tools: Iterable[FunctionTool] = (),
    transcription_model: str = "gpt-4o-transcribe",
    language: str | None = None,
    transcription_prompt: str = "",
    threshold: float = 0.5,
    prefix_ms: int = 300,
    silence_ms: int = 500,
    noise_reduction: Literal["near_field", "far_field"] | None = None,
    event_id: str | None = None,
) -> SessionUpdate:
    """The settings of a telephone call: mu-law both ways, and turns that we answer ourselves.

    The engine finds the caller's turns but neither answers nor interrupts by itself: when the agent
    speaks and when it gives way is the call's decision.
    """
    return SessionUpdate(
        Session(
            type="realtime",
            output_modalities=["audio"],
            instructions=instructions,
            audio=SessionAudio(
                input=AudioInput(
                    format=Pcmu(),
                    noise_reduction=NoiseReduction(noise_reduction) if noise_reduction else UNSET,
                    transcription=Transcription(
                        model=transcription_model,
                        language=language or UNSET,
                        prompt=transcription_prompt or UNSET,
                    ),
                    turn_detection=ServerVad(
                        threshold=threshold,
                        prefix_padding_ms=prefix_ms,
                        silence_duration_ms=silence_ms,
                        create_response=False,
                        interrupt_response=False,
                        idle_timeout_ms=None,
                    ),
                ),
                output=AudioOutput(format=Pcmu(), voice=voice),
            ),
            tools=list(tools),
            tool_choice="auto",
        ),
        event_id=event_id,
    )
