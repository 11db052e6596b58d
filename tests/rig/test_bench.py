"""A load run counts what it should; how fast this machine is, is not for a test to say."""

from pathlib import Path

import pytest

from prosaasil.rig.bench.run import Order, compare, largest


async def test_floor_and_voice_worker_carry_a_small_load_whole(tmp_path: Path) -> None:
    said: list[str] = []
    comparison = await compare(Order(calls=3, seconds=8, pairs=1), tmp_path, said.append)
    assert [phase.subject for phase in comparison.phases] == ["floor", "voice"]
    for phase in comparison.phases:
        assert phase.gap_ms["count"] > 0
        assert phase.frames_dropped == 0
        assert phase.calls_failed == 0
        assert phase.objections == 0
        assert phase.refusals == {}
        assert phase.inbound_ms["count"] > 0
        assert phase.cpu_ms > 0
    voice = comparison.phases[1]
    assert voice.hold_ms["count"] >= 3
    assert voice.resume_ms["count"] == 3
    assert voice.frames_after_cut == 0
    assert comparison.ratio > 0
    assert len(said) == 2


@pytest.mark.parametrize("limit", [0, 49, 50, 99, 333, 700, 1_234, 6_400])
@pytest.mark.parametrize("start", [50, 700])
async def test_the_most_calls_are_found_within_a_step(limit: int, start: int) -> None:
    tried: list[int] = []

    async def keeps(calls: int) -> bool:
        tried.append(calls)
        return calls <= limit

    assert await largest(start, 50, keeps) == limit // 50 * 50
    assert len(tried) == len(set(tried)) <= 18
