"""A call written down: what it was told before it began, then every event with its time.

Enough to live through the call again. The frames that the pacer took between two events are written
as their number and the ear's clock: that is all the core can see of them. Speech is written as its
size only: what was said decides nothing, and a trace may be kept when a recording may not.
"""

from collections.abc import Iterable

from msgspec import DecodeError, Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from .briefing import Briefing
from .commands import Command
from .core import Call
from .events import Event, ReplyAudio


class TraceUnreadable(ValueError):  # noqa: N818 - what happened
    """Not a trace, or one of a core that knew other events; record the call anew."""


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


class Trace(Struct, frozen=True):
    briefing: Briefing
    lines: list[Line]


class Difference(Struct, frozen=True):
    """Where today's core acts otherwise than the one that was recorded."""

    number: int
    """Of the line, from 1."""
    line: Line
    commands: list[Command]
    """What today's core does there."""


_encode = Encoder().encode
_decode = Decoder(Line).decode
_decode_opening = Decoder(Briefing).decode


def live_through(call: Call, event: Event, now: int) -> Line:
    """Let the call handle an event, and write down what it did."""
    frames_sent, ear_ends_at = call.playout.frames_sent, call.playout.ends_at
    return Line(now, frames_sent, ear_ends_at, event, call.handle(event, now))


def encode_opening(briefing: Briefing) -> bytes:
    """The first line: what decides of the briefing. The business's own text does not."""
    kept = replace(briefing, instructions="", transcription_prompt="", tools=())
    return _encode(kept) + b"\n"


def encode(line: Line) -> bytes:
    """One line of JSON, with its line feed."""
    event = line.event
    if isinstance(event, ReplyAudio):
        size = len(event.audio)
        line = replace(line, event=replace(event, audio=b""), speech_bytes=size)
    return _encode(line) + b"\n"


def load(text: bytes) -> Trace:
    """A trace as it was written; what the shell remarked in it is left out.

    Raises `TraceUnreadable`, and says which line it is.
    """
    written = text.splitlines()
    number = 1
    try:
        briefing = _decode_opening(written[0] if written else b"")
        lines = []
        for number, line in enumerate(written[1:], 2):  # noqa: B007 - named in the error
            if b'"event":' in line:
                lines.append(_with_speech(_decode(line)))
    except (DecodeError, UnicodeError) as error:
        raise TraceUnreadable(f"line {number}: {error}") from error
    return Trace(briefing, lines)


def first_difference(lines: Iterable[Line], briefing: Briefing) -> Difference | None:
    """Live through a recorded call; the first line at which today's core acts otherwise."""
    call = Call(briefing)
    for number, line in enumerate(lines, 1):
        call.playout.pass_over(line.frames_sent, line.ear_ends_at)
        commands = call.handle(line.event, line.at)
        if commands != line.commands:
            return Difference(number, line, commands)
    return None


def _with_speech(line: Line) -> Line:
    """The line as it was, but for what was said in it."""
    if not isinstance(line.event, ReplyAudio):
        return line
    event = replace(line.event, audio=bytes(line.speech_bytes))
    return replace(line, event=event, speech_bytes=0)
