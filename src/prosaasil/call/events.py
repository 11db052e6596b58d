"""What can happen to a call.

Facts only, in the past tense, already decoded: no JSON, no sockets, no clocks. The carrier and
engine shells make these; so do the simulators and the tests.
"""

from msgspec import Struct


class CallStarted(Struct, frozen=True, tag=True):
    """The carrier's media stream is open. Time 0 of the call."""


class EngineOpened(Struct, frozen=True, tag=True):
    """The engine's socket is open; it knows nothing of the call yet."""


class SessionConfigured(Struct, frozen=True, tag=True):
    """The engine has confirmed its settings (`session.updated`)."""


class EngineRefused(Struct, frozen=True, tag=True):
    """The engine answered with an error; the session usually stays open."""

    code: str
    message: str
    event_id: str | None = None
    """The id our refused order carried, when the engine says."""


class EngineLost(Struct, frozen=True, tag=True):
    """The engine's socket could not be opened, or has closed."""

    reason: str


class CallerSpeechStarted(Struct, frozen=True, tag=True):
    item_id: str


class CallerSpeechStopped(Struct, frozen=True, tag=True):
    item_id: str


class CallerVoiceHeard(Struct, frozen=True, tag=True):
    """The local detector hears a voice: told each time `frames` reaches another of the policy's
    `voice_steps`, and before anything is gated (R-VAD-01).
    """

    frames: int
    """Voiced frames so far; the first two steps count them within 300 ms, later ones in the run."""


class CallerVoiceEnded(Struct, frozen=True, tag=True):
    """The voice that was heard has paused for longer than words do."""

    frames: int
    """Voiced frames of the whole run."""


class CallerTurnCommitted(Struct, frozen=True, tag=True):
    """The caller's turn is over and part of the conversation; a reply may be asked for."""

    item_id: str


class CallerTranscript(Struct, frozen=True, tag=True):
    item_id: str
    text: str


class CallerTranscriptFailed(Struct, frozen=True, tag=True):
    item_id: str
    reason: str


class ReplyStarted(Struct, frozen=True, tag=True):
    """The engine has begun to make a reply."""

    reply_id: str
    request_id: str | None
    """The `RequestReply.request_id` it answers; None when the engine began by itself."""


class ReplyAudio(Struct, frozen=True, tag=True):
    reply_id: str
    item_id: str
    audio: bytes
    """G.711 mu-law, 8 bytes a millisecond; any length."""


class ReplyText(Struct, frozen=True, tag=True):
    """A piece of what the reply says; runs ahead of its audio."""

    reply_id: str
    item_id: str
    text: str


class ToolCalled(Struct, frozen=True, tag=True):
    reply_id: str
    tool_call_id: str
    name: str
    arguments: str
    """JSON as the engine wrote it, not yet checked."""


class ToolAnswered(Struct, frozen=True, tag=True):
    tool_call_id: str
    output: str
    """JSON for the engine."""


class ReplyDone(Struct, frozen=True, tag=True):
    """The engine has finished making a reply: nothing more of it will come."""

    reply_id: str
    status: str
    """completed, cancelled, incomplete or failed."""
    reason: str = ""


class MarkPlayed(Struct, frozen=True, tag=True):
    """The carrier has played (or cleared) everything sent before the mark of this name."""

    name: str


class KeyPressed(Struct, frozen=True, tag=True):
    key: str
    """One of 0-9 * # A-D."""


class CallerHungUp(Struct, frozen=True, tag=True):
    """The carrier's stream has stopped or its socket is gone."""


class CallEnded(Struct, frozen=True, tag=True):
    """The carrier reports a terminal status of the call (R-LIF-01)."""

    status: str
    """completed, busy, no-answer, failed or canceled."""


class ShutdownRequested(Struct, frozen=True, tag=True):
    """The voice worker is stopping."""


class DeadlineReached(Struct, frozen=True, tag=True):
    """`Call.deadline` has come. Harmless when early or repeated."""


Event = (
    CallStarted
    | EngineOpened
    | SessionConfigured
    | EngineRefused
    | EngineLost
    | CallerSpeechStarted
    | CallerSpeechStopped
    | CallerVoiceHeard
    | CallerVoiceEnded
    | CallerTurnCommitted
    | CallerTranscript
    | CallerTranscriptFailed
    | ReplyStarted
    | ReplyAudio
    | ReplyText
    | ToolCalled
    | ToolAnswered
    | ReplyDone
    | MarkPlayed
    | KeyPressed
    | CallerHungUp
    | CallEnded
    | ShutdownRequested
    | DeadlineReached
)
