"""Logs and metrics: one record a fact, readable on a terminal and JSON elsewhere.

A message is constant and its values are fields. A field named `pii.*` may identify a caller and a
field named like a secret may open a door: both are hidden before anything is written. A record
with a marker is rendered `[MARKER] text - k=v, k=v`, so that the fixed words can be searched for.
"""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TextIO

import msgspec
import prometheus_client
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from prosaasil.kit import clock

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(
    r"(^|[_.-])(password|secret|token|ticket|authorization|cookie|signature|api_?key|key)$"
)
NAMES_KEPT_MAX = 1_000
"""Names of fields whose privacy is remembered rather than looked up again."""
QUIET = (
    "uvicorn",
    "uvicorn.access",
    "uvicorn.error",
    "httpx",
    "httpcore",
    "websockets",
    "asyncio",
    "alembic",
    "sqlalchemy",
)
"""Libraries whose own records below warning say nothing that ours do not."""

OWN_FIELDS = {"timestamp", "level", "process", "marker", "event", "exception"}
"""Fields with a place of their own in a line."""

REGISTRY = CollectorRegistry()
"""The metrics of this process; `render_metrics` is what `/metrics` answers."""

Log = FilteringBoundLogger


class LineStream(Protocol):
    """What the lines of a log are written to: a file, or what does as much of one."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> None: ...


class Noted(NamedTuple):
    """A note that waits to be written."""

    log: Log
    marker: str
    text: str
    fields: Mapping[str, object]


class _Pen(NamedTuple):
    """How `write_notes` writes, as last configured."""

    stream: LineStream
    process: str
    render: Callable[[WrappedLogger, str, EventDict], str]


_pen: _Pen | None = None


def configure(
    process: str, *, level: str, text: bool, stream: LineStream | None = None, prefix: str = ""
) -> None:
    """Set this process's logs up, those of libraries included; may be called again.

    Each readable line begins with the prefix.
    """
    render = _line_with(prefix) if text else _as_json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _plain,
        _name_process(process),
        _hide,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
    )
    global _pen  # noqa: PLW0603 - a process has one log, as `logging` has one root
    writes_notes = logging.getLevelNamesMapping()[level.upper()] <= logging.INFO
    _pen = _Pen(stream or sys.stdout, process, render) if writes_notes else None
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a log that nobody reads any more is no reason to fail
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def is_text(log_format: str, stream: TextIO | None = None) -> bool:
    """Whether the setting LOG_FORMAT asks for readable lines when the log goes to this stream."""
    return log_format == "text" or (log_format == "auto" and (stream or sys.stdout).isatty())


def logger(name: str, **fields: object) -> Log:
    """A log for the module or part of this name; `fields` go with each of its records."""
    log: Log = structlog.get_logger(name, **fields)
    return log


def note(log: Log, marker: str, text: str = "", fields: Mapping[str, object] | None = None) -> None:
    """Record a fact that is searched for by its marker: `[MARKER] text - k=v, k=v`."""
    log.info(text, marker=marker, **(fields or {}))


def write_notes(notes: Iterable[Noted]) -> None:
    """Record many notes as `note` would, past the chain of processors and in one write.

    A voice worker notes hundreds of calls each second: 5 us a note as JSON and 10 as text, not 27
    and 35, and one write for all of them.
    """
    if _pen is None:
        for noted in notes:
            note(noted.log, noted.marker, noted.text, noted.fields)
        return
    stream, process, render = _pen
    timestamp = clock.utc_now().isoformat().replace("+00:00", "Z")
    lines = []
    for log, marker, text, fields in notes:
        context = structlog.get_context(log)
        event = {
            **{name: _hidden(name, value) for name, value in context.items()},
            "marker": marker,
            **{name: _hidden(name, value) for name, value in fields.items()},
            "event": text,
            "level": "info",
            "timestamp": timestamp,
            "process": process,
        }
        lines.append(render(log, "info", event) + "\n")
    stream.write("".join(lines))
    stream.flush()


def counter(name: str, meaning: str, labels: Sequence[str] = ()) -> Counter:
    return Counter(name, meaning, labels, registry=REGISTRY)


def gauge(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    return Gauge(name, meaning, labels, registry=REGISTRY)


def histogram(
    name: str, meaning: str, buckets: Sequence[float], labels: Sequence[str] = ()
) -> Histogram:
    return Histogram(name, meaning, labels, buckets=buckets, registry=REGISTRY)


def render_metrics() -> tuple[bytes, str]:
    """The metrics in Prometheus's text format, and its content type."""
    return prometheus_client.generate_latest(REGISTRY), prometheus_client.CONTENT_TYPE_LATEST


def _plain(_log: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Without the second, coloured spelling that uvicorn gives its messages."""
    event.pop("color_message", None)
    return event


def _name_process(process: str) -> Processor:
    def add(_log: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add


def _hide(_log: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, value in event.items():
        event[name] = _hidden(name, value)
    return event


def _hidden(name: str, value: Any) -> Any:
    """The value, or a word instead of it; looked for inside nested values too."""
    if _is_private(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {inner: _hidden(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden("", held) for held in value]
    return value


@lru_cache(NAMES_KEPT_MAX)
def _is_private(name: str) -> bool:
    return name.startswith("pii.") or SECRET_NAME.search(name.lower()) is not None


def _line_with(prefix: str) -> Callable[[WrappedLogger, str, EventDict], str]:
    def render(_log: WrappedLogger, _method: str, event: EventDict) -> str:
        return prefix + _as_line(event).replace("\n", f"\n{prefix}")

    return render


def _as_line(event: EventDict) -> str:
    """`12:30:01.250 info    [MARKER] text - k=v`; a traceback follows on lines of its own.

    The process is not named: `prosaasil run` puts each child's name before its lines.
    """
    names = _in_reading_order(event)
    time = str(event.pop("timestamp"))[11:23]
    level = str(event.pop("level"))
    marker = event.pop("marker", None)
    message = str(event.pop("event"))
    traceback = event.pop("exception", None)
    head = " ".join(part for part in (f"[{marker}]" if marker else "", message) if part)
    fields = ", ".join(f"{name}={_shown(event[name])}" for name in names)
    separator = " - " if fields and message else " " if fields else ""
    line = f"{time} {level:<7} {head}{separator}{fields}"
    return f"{line}\n{traceback}" if traceback else line


def _in_reading_order(event: EventDict) -> list[str]:
    """The fields' names: those of a marker's record come before those of its logger."""
    names = list(event)
    first = names.index("marker") if "marker" in event else 0
    return [name for name in names[first:] + names[:first] if name not in OWN_FIELDS]


def _shown(value: object) -> str:
    """A value on one line; quoted if it has spaces, so that a reader sees where it ends."""
    if isinstance(value, float):
        return f"{value:.1f}"
    text = str(value)
    return repr(text) if not text or re.search(r"[\s,]", text) else text


def _as_json(_log: WrappedLogger, _method: str, event: EventDict) -> str:
    """The fixed fields first, under the names that collectors of logs expect."""
    fixed: EventDict = {name: event.pop(name) for name in ("timestamp", "level", "process")}
    fields = {**fixed, "message": event.pop("event"), **event}
    return msgspec.json.encode(fields, enc_hook=repr).decode()
