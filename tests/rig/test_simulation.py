"""`prosaasil sim` says how the calls went, tells one of them, and fails when one of them did."""

import subprocess
import sys

import pytest

from prosaasil.rig.simulation import failures_of
from prosaasil.sim.mutants import MUTANTS


def sim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "prosaasil", "sim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_calls_are_counted() -> None:
    done = sim("--seeds", "4", "--jobs", "2")
    assert done.returncode == 0
    assert done.stdout.startswith("4 calls, 0 not as they should be, ")


def test_a_call_is_told_line_by_line() -> None:
    done = sim("--seed", "1")
    assert done.returncode == 0
    assert "00:00.000  > CallStarted()" in done.stdout
    assert "agent heard for" in done.stdout
    assert done.stdout.endswith("seed 1: as it should be\n")


@pytest.mark.parametrize("name", ["each chunk is padded"])
def test_a_call_that_went_wrong_is_named_with_its_reason(name: str) -> None:
    mutant = next(mutant for mutant in MUTANTS if mutant.name == name)
    with mutant.alive():
        failures = failures_of(range(2))
    assert [failure.seed for failure in failures] == [0, 1]
    assert "padding inside" in failures[0].reason
