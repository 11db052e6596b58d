"""Every scenario holds in virtual time, in both directions, and fails under its planted bug."""

from pathlib import Path

import pytest

from prosaasil.gate import bugs
from prosaasil.gate.checks import complaints
from prosaasil.gate.scenario import Case, load, names
from prosaasil.gate.virtual import play

CASES = [case for path in names() for case in load(path)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_goes_as_the_scenario_says(case: Case) -> None:
    assert complaints(play(case)) == []


@pytest.mark.parametrize("path", names(), ids=lambda path: path.stem)
def test_its_planted_bug_is_caught(path: Path) -> None:
    cases = load(path)
    with bugs.alive(cases[0].scenario.negative):
        assert any(_fails(case) for case in cases)


def test_a_call_is_the_same_each_time() -> None:
    case = CASES[0]
    assert play(case).lines == play(case).lines


def test_a_call_leaves_nothing_to_the_next() -> None:
    """R-CON-03: after calls that ended in the middle of everything, one is as if it were first."""
    first = play(CASES[0]).lines
    for case in CASES:
        if case.scenario.id in {"F1", "End", "B1"}:
            play(case)
    assert play(CASES[0]).lines == first


def _fails(case: Case) -> bool:
    """A bug may also break what the core takes for granted."""
    try:
        return complaints(play(case)) != []
    except AssertionError:
        return True
