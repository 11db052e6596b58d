"""The settings of a realtime session, as the GA protocol writes them.

An update changes only what it names, and null is a value (no turn detection, no transcription), so
every field that is not named is `UNSET`. Unknown fields are refused as OpenAI refuses them, which
keeps beta names (`voice`, `modalities`, `input_audio_format`) and `rate` on mu-law out of our own
updates too: one refused field and nothing of an update is applied.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Ratio = Annotated[float, Meta(ge=0, le=1)]
Duration = Annotated[int, Meta(ge=0)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Refuses what OpenAI refuses; says nothing of what is unset."""


class Pcm(Settings, frozen=True, tag="audio/pcm"):
    """16-bit little-endian mono."""

    rate: Literal[24_000] = 24_000


class Pcmu(Settings, frozen=True, tag="audio/pcmu"):
    """G.711 mu-law at 8 kHz; naming the rate is refused."""


class Pcma(Settings, frozen=True, tag="audio/pcma"):
    """G.711 A-law at 8 kHz; naming the rate is refused."""


AudioFormat = Pcm | Pcmu | Pcma


class ServerVad(Settings, frozen=True, tag="server_vad"):
    """Turns end after a silence."""

    threshold: Ratio | UnsetType = UNSET
    prefix_padding_ms: Duration | UnsetType = UNSET
    silence_duration_ms: Duration | UnsetType = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET
    idle_timeout_ms: Annotated[int, Meta(ge=5_000, le=30_000)] | UnsetType | None = UNSET


class SemanticVad(Settings, frozen=True, tag="semantic_vad"):
    """Turns end when what was said sounds finished."""

    eagerness: Literal["low", "medium", "high", "auto"] | UnsetType = UNSET
    create_response: bool | UnsetType = UNSET
    interrupt_response: bool | UnsetType = UNSET


class Transcription(Settings, frozen=True):
    model: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    prompt: str | UnsetType = UNSET
    languages: list[str] | UnsetType = UNSET
    keywords: list[str] | UnsetType = UNSET
    delay: str | UnsetType = UNSET


class NoiseReduction(Settings, frozen=True):
    type: Literal["near_field", "far_field"]
    strength: float | UnsetType = UNSET


class AudioInput(Settings, frozen=True):
    format: AudioFormat | UnsetType = UNSET
    noise_reduction: NoiseReduction | UnsetType | None = UNSET
    transcription: Transcription | UnsetType | None = UNSET
    turn_detection: ServerVad | SemanticVad | UnsetType | None = UNSET


class VoiceId(Settings, frozen=True):
    id: str


class AudioOutput(Settings, frozen=True):
    format: AudioFormat | UnsetType = UNSET
    voice: str | VoiceId | UnsetType = UNSET
    speed: Annotated[float, Meta(ge=0.25, le=1.5)] | UnsetType = UNSET


class SessionAudio(Settings, frozen=True):
    input: AudioInput | UnsetType = UNSET
    output: AudioOutput | UnsetType = UNSET


class FunctionTool(Settings, frozen=True, tag="function"):
    """A function that the model may call; `parameters` is a JSON schema."""

    name: str
    description: str | UnsetType = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET


Modalities = list[Literal["audio", "text"]]
TokensMax = Annotated[int, Meta(ge=1, le=4_096)] | Literal["inf"]


class Session(Settings, frozen=True, kw_only=True):
    """A session, or with fields unset a change of one."""

    type: Literal["realtime"]
    model: str | UnsetType = UNSET
    output_modalities: Modalities | UnsetType = UNSET
    instructions: str | UnsetType = UNSET
    audio: SessionAudio | UnsetType = UNSET
    tools: list[FunctionTool] | UnsetType = UNSET
    tool_choice: str | dict[str, Any] | UnsetType = UNSET
    max_output_tokens: TokensMax | UnsetType = UNSET
    truncation: str | dict[str, Any] | UnsetType = UNSET
    tracing: str | dict[str, Any] | UnsetType | None = UNSET
    prompt: dict[str, Any] | UnsetType | None = UNSET
    include: list[str] | UnsetType | None = UNSET
    reasoning: dict[str, Any] | UnsetType = UNSET
    parallel_tool_calls: bool | UnsetType = UNSET

    def changed(self, update: "Session") -> "Session":
        """The session with what the update names; the other values stay."""
        changed: Session = _changed(self, update)
        return changed

    def described(self, session_id: str, *, expires_at: int) -> dict[str, Any]:
        """The session as `session.created` and `session.updated` show it."""
        read_only = {"id": session_id, "object": "realtime.session", "expires_at": expires_at}
        fields: dict[str, Any] = msgspec.to_builtins(self)
        return read_only | fields


S = SessionAudio | AudioInput | AudioOutput


def _changed(now: Any, update: Any) -> Any:
    """Containers are merged field by field; everything else is one value and replaced whole."""
    if update is UNSET:
        return now
    if type(now) is not type(update) or not isinstance(now, Session | S):
        return update
    return type(now)(
        **{
            name: _changed(getattr(now, name), getattr(update, name))
            for name in now.__struct_fields__
        }
    )


def default_session(model: str) -> Session:
    """What a new session is before its first update (protocol facts B2)."""
    return Session(
        type="realtime",
        model=model,
        output_modalities=["audio"],
        instructions="You are a helpful voice assistant.",
        audio=SessionAudio(
            input=AudioInput(
                format=Pcm(),
                noise_reduction=None,
                transcription=None,
                turn_detection=ServerVad(
                    threshold=0.5,
                    prefix_padding_ms=300,
                    silence_duration_ms=200,
                    create_response=True,
                    interrupt_response=True,
                    idle_timeout_ms=None,
                ),
            ),
            output=AudioOutput(format=Pcm(), voice="marin", speed=1.0),
        ),
        tools=[],
        tool_choice="auto",
        max_output_tokens="inf",
        truncation="auto",
        tracing=None,
        prompt=None,
        include=None,
    )
