"""A call written down: every event with its time. Enough to live through the call again.

The frames that the pacer took between two events are written as their number and the ear's clock:
that is all the core can see of them. Speech is written as its size only: what was said decides
nothing, and a trace may be kept when a recording may not.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from .briefing import Briefing
from .commands import Command
from .core import Call
from .events import Event, ReplyAudio


class Line(Struct, frozen=True, omit_defaults=True):
    at: int
    frames_sent: int
    """Since the call began, before the event."""
    ear_ends_at: int
    """When the ear would have had them all, before the event."""
    event: Event
    commands: list[Command]
    speech_bytes: int = 0
    """In writing, the size of a `ReplyAudio`, whose `audio` is then empty."""


_encode = Encoder().encode
_decode = Decoder(Line).decode


def live_through(call: Call, event: Event, now: int) -> Line:
    """Let the call handle an event, and write down what it did."""
    frames_sent, ear_ends_at = call.playout.frames_sent, call.playout.ends_at
    return Line(now, frames_sent, ear_ends_at, event, call.handle(event, now))


def encode(line: Line) -> bytes:
    """One line of JSON, with its line feed."""
    event = line.event
    if isinstance(event, ReplyAudio):
        size = len(event.audio)
        line = replace(line, event=replace(event, audio=b""), speech_bytes=size)
    return _encode(line) + b"\n"


def load(text: bytes) -> list[Line]:
    return [_with_speech(_decode(written)) for written in text.splitlines()]


def first_difference(lines: Iterable[Line], briefing: Briefing) -> Line | None:
    """Live through a recorded call; the first line at which today's core acts otherwise."""
    call = Call(briefing)
    for line in lines:
        call.playout.pass_over(line.frames_sent, line.ear_ends_at)
        if call.handle(line.event, line.at) != line.commands:
            return line
    return None


def _with_speech(line: Line) -> Line:
    """The line as it was, but for what was said in it."""
    if not isinstance(line.event, ReplyAudio):
        return line
    event = replace(line.event, audio=bytes(line.speech_bytes))
    return replace(line, event=event, speech_bytes=0)
