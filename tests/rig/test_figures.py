"""What counts as a dropped frame, and what a run must keep."""

from typing import Any

import pytest

from prosaasil.rig.bench.figures import Comparison, Phase, dropped


def made(frames: int, *, cut: bool = False, done: bool = True) -> dict[str, Any]:
    return {"frames": frames, "is_done": done, "was_cut": cut}


def got(frames: int, *, lost: int = 0, cut: bool = False) -> dict[str, Any]:
    return {"frames": frames, "lost": lost, "was_cut": cut}


@pytest.mark.parametrize(
    ("engine", "caller", "missing"),
    [
        ({"0": made(100), "1": made(250)}, {"0": got(100), "1": got(9)}, 0),
        ({"0": made(100), "1": made(250)}, {"0": got(97), "1": got(9)}, 3),
        ({"0": made(100), "1": made(9)}, {"1": got(9)}, 100),
        ({"0": made(100, cut=True), "1": made(9)}, {"0": got(40), "1": got(9)}, 0),
        ({"0": made(100), "1": made(9)}, {"0": got(40, cut=True), "1": got(9)}, 0),
        ({"0": made(100, cut=True), "1": made(9)}, {"0": got(40, lost=2), "1": got(9)}, 2),
        ({"0": made(100, done=False), "1": made(9)}, {"0": got(40), "1": got(9)}, 0),
    ],
    ids=["whole", "short", "never came", "cut", "cleared", "hole before the cut", "unfinished"],
)
def test_dropped_frames(engine: dict[str, Any], caller: dict[str, Any], missing: int) -> None:
    assert dropped({"7": engine}, {"7": caller})[0] == missing


def phase(subject: str, **changes: Any) -> Phase:
    facts: dict[str, Any] = {
        "subject": subject,
        "calls": 100,
        "seconds": 20.0,
        "cpu_ms": 1.0,
        "memory_kb": 100.0,
        "gap_ms": {"p99.9": 25.0},
        "fps": [50, 50],
        "fps_outside": 0,
        "frames_dropped": 0,
        "frames_expected": 1_000,
        "hold_ms": {"p50": 190.0, "p95": 205.0, "p99": 215.0},
        "resume_ms": {"p50": 12.0, "p99": 25.0},
        "frames_after_cut": 0,
        "inbound_ms": {"p50": 0.3},
        "first_frame_ms": {"p50": 60.0},
        "objections": 0,
        "refusals": {},
        "calls_failed": 0,
        "lateness_ms": {"p99.9": 1.0},
        "generator_share": 0.3,
    }
    return Phase(**{**facts, **changes})


def test_a_good_run_breaks_nothing() -> None:
    run = Comparison(100, [phase("floor"), phase("voice", cpu_ms=1.5)])
    assert run.is_valid
    assert run.ratio == 1.5
    assert run.breaches() == run.misses() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"gap_ms": {"p99.9": 60.0}},
        {"frames_dropped": 1},
        {"calls_failed": 1},
        {"objections": 1},
        {"hold_ms": {"p95": 221.0, "p99": 250.0}},
        {"hold_ms": {"p95": 200.0, "p99": 261.0}},
        {"resume_ms": {"p99": 41.0}},
        {"frames_after_cut": 1},
    ],
)
def test_a_broken_limit_is_named(changes: dict[str, Any]) -> None:
    assert len(phase("voice", **changes).breaches()) == 1


def test_a_late_generator_makes_a_run_invalid() -> None:
    assert not phase("voice", lateness_ms={"p99.9": 30.0}).is_valid
    assert not phase("voice", generator_share=0.95).is_valid


def test_costing_more_than_the_aim_is_said() -> None:
    run = Comparison(100, [phase("floor"), phase("voice", cpu_ms=1.9)])
    assert run.misses() == ["ratio 1.90 > 1.8"]
