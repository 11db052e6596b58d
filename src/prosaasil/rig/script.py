"""PURE. What a scripted engine does: its timings, its replies and its misbehaviour, as values."""

from enum import Enum
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from .cues import FRAME_BYTES, stamp_reply
from .sound import made_up_speech

BYTES_PER_MS = 8


class ToolPlan(Struct, frozen=True):
    """A function call that a reply makes after what it says."""

    name: str
    arguments: str
    """As the model writes it: need not be JSON."""


class ReplyPlan(Struct, frozen=True):
    """One reply: what it says, and how its audio comes."""

    audio: bytes = b""
    """G.711 mu-law."""
    text: str = ""
    first_after_ms: int = 50
    """From `response.created` to the first audio."""
    first_delta_ms: int = 100
    delta_ms: int = 200
    speed: float = 4.0
    """Times real time; 0 for everything at once."""
    stall_after_ms: int | None = None
    """After this much audio the engine pauses once, for `stall_ms`."""
    stall_ms: int = 0
    tools: tuple[ToolPlan, ...] = ()
    fails_with: str | None = None
    """The error code of a reply that fails after its audio."""
    never_ends: bool = False
    """The engine falls silent in the middle of its protocol: no `done` comes."""
    goes_on_ms: int = 0
    """How much longer its audio comes after it was cancelled."""
    cancelled_as: str = "client_cancelled"
    """The reason that its end gives when the client cancelled it."""


class Moment(Enum):
    """When misbehaviour happens."""

    OPENED = "opened"
    CONFIGURED = "configured"
    TURN_COMMITTED = "turn_committed"
    MID_REPLY = "mid_reply"


class Misdeed(Enum):
    """What a peer may do that its protocol does not allow, or that ends it."""

    CLOSE = "close"
    """Closes in good order, with code 1011."""
    BREAK_OFF = "break_off"
    """The connection is gone without a word."""
    HALF_MESSAGE = "half_message"
    """A message begins and the connection is gone."""
    GARBAGE = "garbage"
    """Text that is not JSON."""
    BINARY = "binary"
    UNKNOWN_EVENT = "unknown_event"
    ERROR = "error"
    """A server error; the session stays open."""


class Hearing(Enum):
    """How the engine notices that the caller speaks."""

    CUES = "cues"
    """By the numbers in a load caller's frames: costs nothing and is exact."""
    LEVEL = "level"
    """By loudness: any caller will do."""


class Script(Struct, frozen=True):
    """A whole engine. The last reply is said again when there are no more."""

    replies: tuple[ReplyPlan, ...] = (ReplyPlan(),)
    transcripts: tuple[str | None, ...] = ("yes",)
    """What each turn of the caller's is taken for; None for a transcription that fails."""
    filler_transcript: str = "mm"
    """With cues, what a filler is taken for; it is none of those turns."""
    hearing: Hearing = Hearing.LEVEL
    refuses_with: int | None = None
    """An HTTP status instead of an open socket."""
    configured_after_ms: int | None = 30
    """None: `session.update` is never answered."""
    turn_starts_after_ms: int = 200
    """With cues, from the first frame of speech to the report of it, as a real engine's takes."""
    turn_ends_after_ms: int = 200
    """With cues, from the last frame of speech to the committed turn."""
    transcribed_after_ms: int = 300
    misdeeds: tuple[tuple[Moment, Misdeed], ...] = ()
    keeps_audio: bool = False
    interrupts_itself: bool = False
    """It cuts what it says when the caller speaks, whatever its settings are."""
    stamps_replies: bool = False
    """Replies are made of numbered frames; `replies` then only gives timings and lengths."""

    def reply(self, number: int) -> ReplyPlan:
        plan = self.replies[min(number, len(self.replies) - 1)]
        return _stamped(plan, number) if self.stamps_replies else plan

    def transcript(self, number: int) -> str | None:
        return self.transcripts[min(number, len(self.transcripts) - 1)]

    def misdeeds_at(self, moment: Moment) -> list[Misdeed]:
        return [misdeed for at, misdeed in self.misdeeds if at is moment]


class Delta(Struct, frozen=True):
    audio: bytes
    after_ms: float
    """From the delta before, or from `response.created`."""


@lru_cache(maxsize=256)
def deltas(plan: ReplyPlan) -> tuple[Delta, ...]:
    """A reply's audio, cut and timed as its plan says; cut once for all the calls that hear it."""
    first = plan.first_delta_ms * BYTES_PER_MS
    step = plan.delta_ms * BYTES_PER_MS
    bounds = [0, *range(first, len(plan.audio), step), len(plan.audio)]
    found = []
    after_ms = float(plan.first_after_ms)
    stall_at = None if plan.stall_after_ms is None else plan.stall_after_ms * BYTES_PER_MS
    for begin, end in pairwise(bounds):
        if stall_at is not None and begin >= stall_at:
            after_ms += plan.stall_ms
            stall_at = None
        piece = plan.audio[begin:end]
        found.append(Delta(piece, after_ms))
        after_ms = len(piece) / BYTES_PER_MS / plan.speed if plan.speed else 0.0
    return tuple(found) if plan.audio else ()


@lru_cache(maxsize=256)
def _stamped(plan: ReplyPlan, number: int) -> ReplyPlan:
    frames = len(plan.audio) // FRAME_BYTES
    sounds = made_up_speech(50, seed=3)
    audio = b"".join(
        stamp_reply(number, index, sounds[index % len(sounds)]) for index in range(frames)
    )
    return ReplyPlan(
        audio,
        plan.text,
        plan.first_after_ms,
        plan.first_delta_ms,
        plan.delta_ms,
        plan.speed,
    )
