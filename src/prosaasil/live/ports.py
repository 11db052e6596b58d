"""What the shell of a call needs from its surroundings, as interfaces.

The composition root gives the implementations; the tests give fakes.
"""

from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from msgspec import Struct

from prosaasil.call.briefing import Briefing
from prosaasil.call.commands import Role


class Tool(Protocol):
    """A function that the agent may call.

    Runs in the back room, so it may wait for a database or a peer without any caller hearing it.
    What it returns is given to the engine as JSON; a `Refusal` is given as its sentence.
    """

    def __call__(self, arguments: Mapping[str, Any], /) -> Awaitable[object]: ...


class Turn(Struct, frozen=True):
    """One thing that was said, as the transcript keeps it."""

    role: Role
    item_id: str
    text: str
    at_ms: int
    """When it began to be heard, from the call's start."""


class ClaimedCall(Struct, frozen=True):
    """A call whose ticket was good: from here on this worker owns it."""

    call_id: str
    briefing: Briefing
    tools: Mapping[str, Tool] = {}


class CallOutcome(Struct, frozen=True):
    call_id: str
    reason: str
    """A `HangUpReason` value, or `crashed`."""
    duration_ms: int
    metrics: dict[str, int | float]
    turns: list[Turn]


class CallBook(Protocol):
    """Where calls are written down. Both run in the back room, never on the audio's event loop."""

    async def claim(
        self, ticket: str, *, carrier_call_sid: str, stream_sid: str, softphone: bool
    ) -> ClaimedCall:
        """Exchange a ticket for its call, once; `Refusal` when it is unknown, used or expired."""

    async def finish(self, outcome: CallOutcome) -> None: ...
