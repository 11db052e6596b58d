"""`prosaasil sim`: simulated calls by the thousand, judged by the checkers of `sim/`."""

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from typing import Annotated

import typer
from msgspec import Struct
from rich.console import Console

from prosaasil.kit.clock import now_ms
from prosaasil.sim import story
from prosaasil.sim.mutants import MUTANTS, seeds_until_caught
from prosaasil.sim.swarm import play

BATCH = 50
MUTANT_SEEDS_MAX = 1_000
FAILURES_TOLD_MAX = 20


class Failure(Struct, frozen=True):
    seed: int
    reason: str


def sim(
    seeds: Annotated[int, typer.Option(help="How many calls.")] = 1_000,
    seed: Annotated[int | None, typer.Option(help="Tell the story of this one.")] = None,
    first: Annotated[int, typer.Option(help="The first seed.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 1,
    *,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Plant each known bug and see it caught.")
    ] = False,
) -> None:
    """Play whole calls in virtual time, each drawn from its seed, and judge them.

    Ends with 1 when a call was not as it should be, or a planted bug was not caught.
    """
    console = Console(highlight=False, soft_wrap=True)
    if seed is not None:
        raise typer.Exit(code=_tell_story(console, seed))
    if mutants:
        raise typer.Exit(code=_plant(console, jobs))
    raise typer.Exit(code=_swarm(console, first, seeds, jobs))


def failures_of(seeds: range) -> list[Failure]:
    """The calls of these seeds that were not as they should be."""
    failures = []
    for number in seeds:
        try:
            play(number).check()
        except AssertionError as wrong:
            failures.append(Failure(number, str(wrong) or type(wrong).__name__))
    return failures


def _tell_story(console: Console, seed: int) -> int:
    played = play(seed)
    for line in story.tell(played):
        console.print(line, markup=False)
    try:
        played.check()
    except AssertionError as wrong:
        console.print(f"seed {seed}: {wrong}", markup=False, style="red")
        return 1
    console.print(f"seed {seed}: as it should be", markup=False)
    return 0


def _swarm(console: Console, first: int, seeds: int, jobs: int) -> int:
    began_at = now_ms()
    batches = [
        range(start, min(start + BATCH, first + seeds))
        for start in range(first, first + seeds, BATCH)
    ]
    told = count()
    failed = 0
    for failures in _spread(batches, jobs):
        for failure in failures:
            failed += 1
            if next(told) < FAILURES_TOLD_MAX:
                console.print(f"seed {failure.seed}: {failure.reason}", markup=False, style="red")
                console.print(f"  repeat: prosaasil sim --seed {failure.seed}", markup=False)
    seconds = max(1, now_ms() - began_at) / 1_000
    console.print(
        f"{seeds} calls, {failed} not as they should be, {seeds / seconds:.1f} calls/s",
        markup=False,
    )
    return int(failed > 0)


def _spread(batches: list[range], jobs: int) -> Iterator[list[Failure]]:
    if jobs <= 1:
        yield from map(failures_of, batches)
        return
    with ProcessPoolExecutor(jobs) as processes:
        yield from processes.map(failures_of, batches)


def _plant(console: Console, jobs: int) -> int:
    survivors = 0
    with ProcessPoolExecutor(max(1, jobs)) as processes:
        for mutant, caught in zip(
            MUTANTS, processes.map(_seeds_of_mutant, range(len(MUTANTS))), strict=True
        ):
            survivors += caught is None
            verdict = "SURVIVES" if caught is None else f"{caught} seeds"
            console.print(f"{verdict:>10}  {mutant.name}", markup=False)
            sys.stdout.flush()
    console.print(f"{len(MUTANTS)} planted bugs, {survivors} not caught", markup=False)
    return int(survivors > 0)


def _seeds_of_mutant(number: int) -> int | None:
    return seeds_until_caught(MUTANTS[number], MUTANT_SEEDS_MAX)
