"""Calls that were once made act today as they did then: a bad call becomes a test by one copy."""

from pathlib import Path

import pytest

from prosaasil.call.trace import first_difference, load

TRACES = sorted((Path(__file__).parent.parent / "traces").glob("*.jsonl"))


def test_there_are_recorded_calls() -> None:
    assert len(TRACES) >= 10


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
def test_a_recorded_call_goes_as_it_went(path: Path) -> None:
    trace = load(path.read_bytes())
    assert trace.lines
    assert first_difference(trace.lines, trace.briefing) is None
