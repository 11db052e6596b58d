"""`prosaasil replay`: the same, or the first difference in words."""

from pathlib import Path

import pytest
from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.apps.replay import NoSuchTrace, NoTrace, run
from prosaasil.call import Call, events
from prosaasil.call.trace import encode, encode_opening, live_through
from prosaasil.kit.config import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"DATA_DIR": str(tmp_path)}, tmp_path / "none")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    call = Call(BRIEFING)
    told: list[events.Event] = [
        events.CallStarted(),
        events.EngineOpened(),
        events.SessionConfigured(),
        events.KeyPressed("1"),
        events.CallerHungUp(),
    ]
    lines = [live_through(call, event, 10 * n) for n, event in enumerate(told)]
    path = tmp_path / "calls" / "call-1" / "trace.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(encode_opening(BRIEFING) + b"".join(map(encode, lines)))
    return path


def test_a_call_replayed_by_its_id_is_the_same(
    settings: Settings, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    svg = written.with_suffix(".svg")
    assert run(settings, "call-1", svg, 0, None) == 0
    assert "the same: 5 events" in capsys.readouterr().out
    assert svg.read_text().startswith("<svg")


def test_the_first_difference_is_told_in_words(
    settings: Settings, written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, *lines = written.read_bytes().splitlines(keepends=True)
    other = replace(BRIEFING, greeting="Good morning!")
    written.write_bytes(encode_opening(other) + b"".join(lines))
    assert run(settings, str(written), None, 0, None) == 1
    out = capsys.readouterr().out
    assert "different at event 3, 20 ms: SessionConfigured" in out
    assert "RequestReply request_id=reply-1 say=Hello!" in out
    assert "RequestReply request_id=reply-1 say=Good morning!" in out


def test_what_is_missing_or_no_trace_is_refused_with_a_remedy(
    settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(NoSuchTrace) as missing:
        run(settings, "call-9", None, 0, None)
    assert "DATA_DIR/calls" in missing.value.remedy
    bad = tmp_path / "bad.jsonl"
    bad.write_text("hello\n")
    with pytest.raises(NoTrace, match="line 1"):
        run(settings, str(bad), None, 0, None)
