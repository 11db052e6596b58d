"""A stretch of a call as a drawing: who was heard when, and what decided it. From its trace alone.

One lane each for the caller's voice, what the engine was let hear, the caller's turns with their
words, and the agent's speech; across them the moments of a claim to the floor.
"""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import pairwise
from typing import Final

from msgspec import Struct

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.call.trace import Line

FRAME_MS: Final = 20
PIXELS_PER_MS: Final = 0.11
LEFT: Final = 140
RIGHT: Final = 150
"""Room for the words of what happens at the end."""
LANE: Final = 46
BAR: Final = 22
TOP: Final = 78
TEXT_CHARS_MAX: Final = 34
SECOND_MS: Final = 1_000

VOICE, ENGINE, TURNS, AGENT = range(4)
LANES: Final = (
    "caller's voice",
    "the engine hears",
    "caller's turns",
    "agent's speech",
)
COLOURS: Final = {
    "voice": "#2b8a3e",
    "gated": "#ced4da",
    "open": "#a5d8ff",
    "turn": "#74b816",
    "dropped": "#adb5bd",
    "agent": "#1c7ed6",
    "held": "#ffd8a8",
}
HEIGHT: Final = TOP + LANE * len(LANES) + 34
FLAG_ROWS: Final = 4


class Bar(Struct, frozen=True):
    lane: int
    begins: int
    ends: int
    kind: str
    text: str = ""


class Moment(Struct, frozen=True):
    at: int
    text: str


def bars(lines: list[Line]) -> list[Bar]:
    """Everything that lasts, in the order in which it ended."""
    end = lines[-1].at if lines else 0
    return [*_voices(lines), *_gates(lines, end), *_turns(lines, end), *_agent(lines, end)]


def moments(lines: Iterable[Line]) -> Iterator[Moment]:
    """What decided something, in order."""
    for line in lines:
        for command in line.commands:
            match command:
                case c.Note("LOCAL_VAD"):
                    yield Moment(line.at, "candidate")
                case c.Note("BARGE-IN", text) if text.startswith("CONFIRMED"):
                    yield Moment(line.at, "confirmed: cut")
                case c.Note("BARGE-IN", text) if text.startswith("NOT CONFIRMED"):
                    yield Moment(line.at, f"not confirmed ({text.partition(': ')[2]})")
                case c.HoldSpeech():
                    yield Moment(line.at, "hold")
                case c.ResumeSpeech(held_ms):
                    yield Moment(line.at, f"resumed after {held_ms} ms")
                case c.HangUp(reason):
                    yield Moment(line.at, f"hang-up: {reason.value}")
                case _:
                    pass


def draw(lines: list[Line], *, from_ms: int = 0, until_ms: int | None = None) -> str:
    """An SVG picture of the call between two times."""
    until_ms = (lines[-1].at if lines else 0) if until_ms is None else until_ms
    paper = _Paper(from_ms, max(until_ms, from_ms + SECOND_MS))
    size = f'viewBox="0 0 {paper.width} {HEIGHT}" width="{paper.width}" height="{HEIGHT}"'
    font = 'font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>',
        f'<rect width="{paper.width}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(paper),
    ]
    parts += [_drawn(bar, paper) for bar in bars(lines) if paper.shows(bar.begins, bar.ends)]
    parts += _flags([m for m in moments(lines) if paper.shows(m.at, m.at)], paper)
    return "\n".join([*parts, "</svg>\n"])


class _Paper(Struct, frozen=True):
    """Where times are on the drawing."""

    from_ms: int
    until_ms: int

    @property
    def width(self) -> int:
        return round(LEFT + (self.until_ms - self.from_ms) * PIXELS_PER_MS) + RIGHT

    def x(self, at: int) -> float:
        at = min(max(at, self.from_ms), self.until_ms)
        return round(LEFT + (at - self.from_ms) * PIXELS_PER_MS, 1)

    def shows(self, begins: int, ends: int) -> bool:
        return ends >= self.from_ms and begins <= self.until_ms


def _voices(lines: list[Line]) -> Iterator[Bar]:
    begins: int | None = None
    for line in lines:
        match line.event:
            case e.CallerVoiceHeard(frames) if begins is None:
                begins = line.at - frames * FRAME_MS
            case e.CallerVoiceEnded(frames):
                begins = line.at - frames * FRAME_MS if begins is None else begins
                yield Bar(VOICE, begins, line.at, "voice", f"{frames} frames")
                begins = None
            case _:
                pass


def _gates(lines: list[Line], end: int) -> Iterator[Bar]:
    begins, kind = 0, "open"
    for line in lines:
        for command in line.commands:
            if isinstance(command, c.CloseGate | c.OpenGate):
                yield _gate(begins, line.at, kind)
                begins = line.at
                kind = "gated" if isinstance(command, c.CloseGate) else "open"
    yield _gate(begins, end, kind)


def _gate(begins: int, ends: int, kind: str) -> Bar:
    return Bar(ENGINE, begins, ends, kind, "silence" if kind == "gated" else "the caller")


def _turns(lines: list[Line], end: int) -> Iterator[Bar]:
    """A turn lasts from the engine's report of it to its commitment; its words come later."""
    begins: dict[str, int] = {}
    ends: dict[str, int] = {}
    words: dict[str, str] = {}
    accepted: set[str] = set()
    for line in lines:
        match line.event:
            case e.CallerSpeechStarted(item_id):
                begins.setdefault(item_id, line.at)
            case e.CallerTurnCommitted(item_id):
                ends.setdefault(item_id, line.at)
                begins.setdefault(item_id, line.at)
            case e.CallerTranscript(item_id, text):
                words.setdefault(item_id, text.strip() or "(nothing)")
                begins.setdefault(item_id, line.at)
            case _:
                pass
        for command in line.commands:
            if isinstance(command, c.PublishTranscript) and command.role is c.Role.CALLER:
                accepted.add(command.item_id)
    for item_id, began in begins.items():
        kind = "turn" if item_id in accepted else "dropped"
        ended = max(ends.get(item_id, end), began + 2 * FRAME_MS)
        yield Bar(TURNS, began, ended, kind, words.get(item_id, ""))


def _agent(lines: list[Line], end: int) -> Iterator[Bar]:
    """Frames that left between two lines were heard until the ear's clock says."""
    begins = ends = -1
    for before, line in pairwise(lines):
        frames = line.frames_sent - before.frames_sent
        if not frames:
            continue
        starts = line.ear_ends_at - frames * FRAME_MS
        if starts > ends + FRAME_MS:  # less is the jitter of the pacer
            if ends > begins:
                yield Bar(AGENT, begins, ends, "agent")
            begins = starts
        ends = line.ear_ends_at
    if ends > begins:
        yield Bar(AGENT, begins, ends, "agent")
    held_since: int | None = None
    for line in lines:
        for command in line.commands:
            if isinstance(command, c.HoldSpeech):
                held_since = line.at
            elif isinstance(command, c.ResumeSpeech | c.ClearAudio) and held_since is not None:
                yield Bar(AGENT, held_since, line.at, "held", "held")
                held_since = None
    if held_since is not None:
        yield Bar(AGENT, held_since, end, "held", "held")


def _grid(paper: _Paper) -> Iterator[str]:
    for second in range(-(-paper.from_ms // SECOND_MS), paper.until_ms // SECOND_MS + 1):
        x = paper.x(second * SECOND_MS)
        yield f'<path d="M{x} {TOP - 8}V{HEIGHT - 24}" stroke="#e9ecef"/>'
        middle = 'text-anchor="middle" fill="#495057"'
        yield f'<text x="{x}" y="{HEIGHT - 8}" {middle}>{second} s</text>'
    for number, name in enumerate(LANES):
        y = TOP + LANE * number + BAR / 2 + 4
        yield f'<text x="8" y="{y}" fill="#212529">{escape(name)}</text>'


def _drawn(bar: Bar, paper: _Paper) -> str:
    x, y = paper.x(bar.begins), TOP + LANE * bar.lane
    width = max(1.0, round(paper.x(bar.ends) - x, 1))
    rect = f'<rect x="{x}" y="{y}" width="{width}" height="{BAR}" fill="{COLOURS[bar.kind]}"/>'
    if not bar.text:
        return rect
    text = bar.text if len(bar.text) <= TEXT_CHARS_MAX else f"{bar.text[:TEXT_CHARS_MAX]}..."
    style = 'fill="#343a40" style="unicode-bidi:plaintext"'
    return f'{rect}<text x="{x}" y="{y + BAR + 13}" {style}>{escape(text)}</text>'


def _flags(shown: list[Moment], paper: _Paper) -> Iterator[str]:
    """Each moment is a line across all lanes; flags take turns in height so as not to collide."""
    for number, moment in enumerate(shown):
        x, y = paper.x(moment.at), 14 + 15 * (number % FLAG_ROWS)
        yield f'<path d="M{x} {y + 3}V{HEIGHT - 24}" stroke="#e03131" stroke-dasharray="3 3"/>'
        yield f'<text x="{x + 3}" y="{y}" fill="#c92a2a">{escape(moment.text)}</text>'
