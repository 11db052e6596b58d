"""A record is one fact: readable on a terminal, JSON elsewhere, silent about callers and keys."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import structlog

from prosaasil.kit import telemetry

Configure = Callable[..., io.StringIO]


@pytest.fixture
def configured() -> Iterator[Configure]:
    """Set the logs up to go into a string; everything is put back after the test."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level

    def configure(*, text: bool = True, level: str = "info", prefix: str = "") -> io.StringIO:
        stream = io.StringIO()
        telemetry.configure("voice", level=level, text=text, stream=stream, prefix=prefix)
        return stream

    yield configure
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


def line_of(stream: io.StringIO) -> str:
    """The one line that was written, without its time."""
    assert stream.getvalue().count("\n") == 1
    return stream.getvalue()[13:-1]


def test_a_marker_is_found_by_its_fixed_words(configured: Configure) -> None:
    stream = configured()
    log = telemetry.logger("call", call_id="c1")
    telemetry.note(log, "TX_METRICS", "", {"fps": 50.24, "q": "1/2"})
    assert line_of(stream) == "info    [TX_METRICS] fps=50.2, q=1/2, call_id=c1"


def test_text_and_fields_are_apart(configured: Configure) -> None:
    stream = configured()
    telemetry.note(telemetry.logger("call"), "CALL_END", "Call ended", {"why": "two words"})
    assert line_of(stream) == "info    [CALL_END] Call ended - why='two words'"


def test_a_plain_record_is_a_message_and_its_fields(configured: Configure) -> None:
    stream = configured()
    telemetry.logger("call").warning("the engine is slow", waited_ms=900)
    assert line_of(stream) == "warning the engine is slow - waited_ms=900"


def test_libraries_speak_through_the_same_log(configured: Configure) -> None:
    stream = configured()
    logging.getLogger("some.library").warning("it is %s", "late", extra={"token": "abc"})
    assert line_of(stream) == "warning it is late - token=[hidden]"


def test_chatter_of_libraries_is_left_out(configured: Configure) -> None:
    stream = configured()
    logging.getLogger("uvicorn.access").info("GET /")
    assert stream.getvalue() == ""


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize(
    "field",
    ["pii.phone", "password", "auth_token", "ticket", "api_key", "OPENAI_API_KEY", "signature"],
)
def test_what_identifies_a_caller_or_opens_a_door_is_hidden(
    configured: Configure, field: str, *, text: bool
) -> None:
    stream = configured(text=text, level="debug")
    log = telemetry.logger("call")
    log.debug("told", **{field: "+972501234567"})
    log.debug("told inside", inner=[{field: "+972501234567"}])
    assert "+972501234567" not in stream.getvalue()
    assert stream.getvalue().count("[hidden]") == 2


def test_json_names_the_process_and_the_marker(configured: Configure) -> None:
    stream = configured(text=False)
    telemetry.note(telemetry.logger("call"), "CALL_END", "Call ended", {"reason": "silence"})
    record = json.loads(stream.getvalue())
    assert record.pop("timestamp")
    assert record == {
        "level": "info",
        "process": "voice",
        "message": "Call ended",
        "marker": "CALL_END",
        "reason": "silence",
    }


def test_a_traceback_follows_with_the_same_prefix(configured: Configure) -> None:
    stream = configured(prefix="web | ")
    try:
        raise LookupError("gone")  # noqa: TRY301 - the record of a raised error is the subject
    except LookupError:
        telemetry.logger("web").exception("it failed")
    lines = stream.getvalue().splitlines()
    assert lines[0].endswith("error   it failed")
    assert lines[-1] == "web | LookupError: gone"
    assert all(line.startswith("web | ") for line in lines)


def test_records_below_the_level_are_left_out(configured: Configure) -> None:
    stream = configured(level="warning")
    telemetry.logger("call").info("detail")
    assert stream.getvalue() == ""


def test_auto_means_text_on_a_terminal_only() -> None:
    stream = io.StringIO()
    assert telemetry.is_text("text", stream)
    assert not telemetry.is_text("json", stream)
    assert not telemetry.is_text("auto", stream)


def test_metrics_are_rendered_for_prometheus() -> None:
    telemetry.counter("kit_test_calls", "Calls of this test", ("kind",)).labels("a").inc(2)
    telemetry.gauge("kit_test_level", "A level").set(3)
    telemetry.histogram("kit_test_seconds", "A time", (0.1, 1)).observe(0.5)
    content, kind = telemetry.render_metrics()
    assert b'kit_test_calls_total{kind="a"} 2.0' in content
    assert b'kit_test_seconds_bucket{le="1.0"} 1.0' in content
    assert kind.startswith("text/plain")


@pytest.mark.parametrize("text", [True, False])
def test_notes_written_together_read_like_notes_written_one_by_one(
    configured: Configure, *, text: bool
) -> None:
    log = telemetry.logger("call", call_id="c1", **{"pii.from": "+972501234567"})
    notes = [
        telemetry.Noted(log, "TX_METRICS", "", {"fps": 50.24, "q": "1/2"}),
        telemetry.Noted(log, "CALL_END", "Call ended", {"why": "two words", "token": "abc"}),
    ]
    one_by_one = configured(text=text, prefix="voice | ")
    for noted in notes:
        telemetry.note(*noted)

    together = configured(text=text, prefix="voice | ")
    telemetry.write_notes(notes)

    assert untimed(together) == untimed(one_by_one)
    assert "+972" not in together.getvalue()
    assert "abc" not in together.getvalue()


def test_notes_written_together_keep_to_the_level(configured: Configure) -> None:
    stream = configured(level="warning")
    telemetry.write_notes([telemetry.Noted(telemetry.logger("call"), "CLEANUP", "done", {})])
    assert stream.getvalue() == ""


def untimed(stream: io.StringIO) -> list[str]:
    """The lines that were written, without their times."""
    return [re.sub(r"\d\d:\d\d:\d\d\.\d+", "", line) for line in stream.getvalue().splitlines()]
