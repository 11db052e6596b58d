"""The checkers still bite: every planted bug is caught, and soon."""

import pytest

from prosaasil.sim.mutants import MUTANTS, Mutant, seeds_until_caught


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_caught(mutant: Mutant) -> None:
    assert seeds_until_caught(mutant, 100) is not None
