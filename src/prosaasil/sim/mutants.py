"""Planted bugs: each must be caught by the checkers, or the checkers have gone blind.

A mutant is an attribute of one of the core's classes and what stands in its place while it lives.
"""

from prosaasil.sim import planted_ends, planted_floor, planted_sound
from prosaasil.sim.planting import Mutant
from prosaasil.sim.swarm import play

__all__ = ["MUTANTS", "Mutant", "seeds_until_caught"]

MUTANTS: list[Mutant] = [
    *planted_sound.PLANTED,
    *planted_floor.PLANTED,
    *planted_ends.PLANTED,
]


def seeds_until_caught(mutant: Mutant, seeds_max: int) -> int | None:
    """How many seeds it took the checkers to notice; None when they did not."""
    with mutant.alive():
        for seed in range(seeds_max):
            try:
                play(seed, mutant.options).check()
            except AssertionError:
                return seed + 1
    return None
