"""`prosaasil replay`: live through a recorded call with today's core, and say where it differs."""

from pathlib import Path

import msgspec

from prosaasil.call import trace
from prosaasil.call.commands import Command, Note, PublishTranscript
from prosaasil.call.events import Event
from prosaasil.kit.config import Settings
from prosaasil.kit.errors import Refusal
from prosaasil.records import timeline

SAME, DIFFERENT = 0, 1


class NoSuchTrace(Refusal):
    """There is no trace of this name.

    Give the path of a trace.jsonl, or the id of a call whose files are in DATA_DIR/calls.
    """

    status = 404


class NoTrace(Refusal):
    """The file is not a trace that today's core can read."""

    status = 422


def run(settings: Settings, name: str, svg: Path | None, from_ms: int, until_ms: int | None) -> int:
    """Print the verdict; 0 when today's core does what was recorded."""
    path = _find(settings, name)
    try:
        recorded = trace.load(path.read_bytes())
    except trace.TraceUnreadable as error:
        raise NoTrace(str(error), remedy="Record the call with this version.") from error
    if svg is not None:
        picture = timeline.draw(recorded.lines, from_ms=from_ms, until_ms=until_ms)
        svg.write_text(picture, encoding="utf-8")
        print(f"drawn: {svg}")  # noqa: T201 - what was asked for
    difference = trace.first_difference(recorded.lines, recorded.briefing)
    print(in_words(difference, len(recorded.lines)))  # noqa: T201
    return SAME if difference is None else DIFFERENT


def in_words(difference: trace.Difference | None, lines: int) -> str:
    if difference is None:
        return f"the same: {lines} events, and every command as recorded"
    line = difference.line
    return "\n".join(
        [
            f"different at event {difference.number}, {line.at} ms: {shown(line.event)}",
            "recorded:",
            *(f"  {shown(command)}" for command in line.commands),
            "today:",
            *(f"  {shown(command)}" for command in difference.commands),
        ]
    )


def shown(what: Command | Event) -> str:
    """`Note [BARGE-IN] ...` or `TruncateItem item_id=a.0 heard_ms=1000`."""
    if isinstance(what, Note):
        return f"Note [{what.marker}] {what.text}"
    fields = msgspec.structs.asdict(what)
    if isinstance(what, PublishTranscript):
        fields["text"] = f"{len(what.text)} letters"
    return " ".join([type(what).__name__, *(f"{key}={value}" for key, value in fields.items())])


def _find(settings: Settings, name: str) -> Path:
    for path in (Path(name), settings.data_dir / "calls" / name / "trace.jsonl"):
        if path.is_file():
            return path
    raise NoSuchTrace
