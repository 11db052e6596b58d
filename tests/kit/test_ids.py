"""Identifiers sort by the time of their making."""

from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from prosaasil.kit import ids

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.integers(0, 2**74 - 1)


@given(MILLISECONDS, RANDOMNESS)
def test_they_are_of_version_seven_and_hold_their_time(now: int, randomness: int) -> None:
    made = ids.uuid7_of(now, randomness)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == now


@given(MILLISECONDS, MILLISECONDS, RANDOMNESS, RANDOMNESS)
def test_a_later_one_sorts_later(first: int, second: int, one: int, other: int) -> None:
    if first < second:
        assert str(ids.uuid7_of(first, one)) < str(ids.uuid7_of(second, other))


@given(MILLISECONDS, RANDOMNESS, RANDOMNESS)
def test_all_randomness_is_in_it(now: int, one: int, other: int) -> None:
    assert (ids.uuid7_of(now, one) == ids.uuid7_of(now, other)) == (one == other)


def test_no_two_are_equal() -> None:
    assert len({ids.uuid7() for _ in range(1_000)}) == 1_000
