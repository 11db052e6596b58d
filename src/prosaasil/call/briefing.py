"""What a live call is told before it begins: whose agent it is and how it should behave.

Compiled by the control side, stored with the call and handed to the voice worker as one value, so
that a live call knows no domain and no table.
"""

from enum import Enum
from typing import Any

from msgspec import Struct

from .policy import CallPolicy


class Direction(Enum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class TurnDetection(Struct, frozen=True):
    """How the engine finds the caller's turns (requirements C-20)."""

    threshold: float = 0.5
    prefix_ms: int = 300
    silence_ms: int = 500


class ToolSpec(Struct, frozen=True):
    """A function the agent may call; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: dict[str, Any]


class Briefing(Struct, frozen=True):
    """Everything that a call needs to know of its business, bound once (R-PRM-14)."""

    business_id: str
    business_name: str
    direction: Direction
    language: str
    """ISO 639-1 code in which the call starts and which the transcription is told."""
    instructions: str
    instructions_hash: str
    """Lower-case hex SHA-256 of `instructions` in UTF-8."""
    greeting: str
    """The agent's first sentence, to be said word for word."""
    follow_up: str
    """What the agent says once when the caller stays silent."""
    voice: str
    transcription_prompt: str
    one_moment: str = ""
    """What the agent says when a tool takes its time; nothing when empty."""
    reconnected: str = ""
    """What the agent says after the engine was lost in the middle of something."""
    goal: str = "lead_only"
    """What the business wants of a call; only named in its log."""
    turn_detection: TurnDetection = TurnDetection()
    tools: tuple[ToolSpec, ...] = ()
    policy: CallPolicy = CallPolicy()
