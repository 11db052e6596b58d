"""The checkers still bite: every planted bug is caught, and soon."""

import pytest

from prosaasil.sim.mutants import MUTANTS, Mutant, seeds_until_caught


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_is_caught(mutant: Mutant) -> None:
    assert seeds_until_caught(mutant, 150) is not None


def test_what_is_planted_is_pulled_out_again() -> None:
    for mutant in MUTANTS:
        before = vars(mutant.owner)[mutant.attribute]
        with mutant.alive():
            assert vars(mutant.owner)[mutant.attribute] is mutant.replacement
        assert vars(mutant.owner)[mutant.attribute] is before
