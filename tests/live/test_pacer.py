"""The schedule of the one tick, in virtual time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prosaasil.live.pacer import SPACING_MS_MIN, TICK_MS, Beat, Pacer, next_beat


def run(lateness_ms: list[int]) -> list[int]:
    """When the ticks ran, each so much later than it should have."""
    beat, ran = Beat(0, 0), []
    for late_ms in lateness_ms:
        ran.append(beat.at + late_ms)
        beat = next_beat(beat.due, ran[-1])
    return ran


def test_ticks_are_twenty_milliseconds_apart() -> None:
    assert run([0] * 5) == [0, 20, 40, 60, 80]


def test_a_late_tick_does_not_delay_the_next() -> None:
    assert run([0, 8, 0, 0]) == [0, 28, 40, 60]


def test_lateness_of_a_frame_is_made_good_without_a_burst() -> None:
    assert run([0, 20, 0, 0, 0]) == [0, 40, 50, 60, 80]


def test_a_stall_is_forgiven_not_caught_up() -> None:
    assert run([0, 500, 0, 0]) == [0, 520, 530, 550]


@given(st.lists(st.integers(0, 700), min_size=2, max_size=200))
def test_ticks_never_come_in_a_burst(lateness_ms: list[int]) -> None:
    ran = run(lateness_ms)
    assert all(later - earlier >= SPACING_MS_MIN for earlier, later in pairwise(ran))
    windows = [sum(at <= tick < at + 100 for tick in ran) for at in ran]
    assert max(windows) <= 6


@given(st.lists(st.integers(0, 10), min_size=2, max_size=500))
def test_jitter_of_half_a_frame_costs_no_frame(lateness_ms: list[int]) -> None:
    ran = run(lateness_ms)
    assert all(at - 10 <= number * TICK_MS <= at for number, at in enumerate(ran))


class Probe:
    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self.ticks: list[int] = []
        self.leaves = False

    def tick(self, now: int) -> None:
        self.ticks.append(now)
        if self.leaves:
            self.pacer.remove(self)


def test_one_tick_serves_all_and_only_those_who_are_there() -> None:
    pacer = Pacer(lambda: 0)
    stays, leaves, late = Probe(pacer), Probe(pacer), Probe(pacer)
    pacer.add(leaves)
    pacer.add(stays)
    leaves.leaves = True
    pacer.tick(20)
    pacer.add(late)
    pacer.tick(40)
    pacer.remove(leaves)  # is gone already

    assert (stays.ticks, leaves.ticks, late.ticks) == ([20, 40], [20], [40])
    assert len(pacer) == 2
