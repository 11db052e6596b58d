"""Whole calls in virtual time: any of them ends, and the core knew what its caller heard."""

import subprocess
import sys
from itertools import count

import pytest

from prosaasil.call import Phase, events
from prosaasil.call.trace import encode, first_difference, load
from prosaasil.sim.caller import CallerTraits
from prosaasil.sim.carrier import CarrierTraits
from prosaasil.sim.engine import EngineTraits
from prosaasil.sim.swarm import Options, Played, options, play
from prosaasil.sim.world import BRIEFING, Faults, World

KINDS = [
    events.EngineOpened,
    events.SessionConfigured,
    events.CallerSpeechStarted,
    events.CallerSpeechStopped,
    events.CallerTurnCommitted,
    events.CallerTranscript,
    events.ReplyStarted,
    events.ReplyAudio,
    events.ReplyText,
    events.ReplyDone,
    events.ToolCalled,
    events.ToolAnswered,
    events.MarkPlayed,
]
BUSY_CALL = CallerTraits(turns=(3, 5), types=0.2, gap_ms=(300, 5_000))
TOOLS = EngineTraits(calls_tools=0.3, reply_ms=(300, 4_000))


def traced(played: Played) -> bytes:
    return b"".join(map(encode, played.world.lines))


def with_faults(faults: Faults) -> Options:
    return Options(faults, TOOLS, CarrierTraits(), BUSY_CALL, is_clean=False)


@pytest.mark.parametrize("first", range(0, 240, 40))
def test_any_call_ends_and_the_core_knew_what_the_caller_heard(first: int) -> None:
    for seed in range(first, first + 40):
        play(seed).check()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_kind_of_event_is_needed_for_a_call_to_end(kind: type[object]) -> None:
    for seed in range(10):
        play(seed, with_faults(Faults(lose=0.05, lose_only=kind))).check()
        play(seed, with_faults(Faults(lose=1.0, lose_only=kind))).check()


@pytest.mark.parametrize("seed", [1, 2])
def test_no_single_event_is_needed_for_a_call_to_end(seed: int) -> None:
    for number in count():
        played = play(seed, with_faults(Faults(lose_number=number)))
        assert played.world.call.phase is Phase.OVER
        assert played.world.now < 300_000
        if played.world.events_delivered <= number:
            return


def test_a_recorded_call_replays_to_the_same_commands() -> None:
    for seed in range(20):
        assert first_difference(load(traced(play(seed))), BRIEFING) is None


def test_the_same_seed_is_the_same_call_in_any_process() -> None:
    program = (
        "import sys; from prosaasil.sim.swarm import play;"
        "from prosaasil.call.trace import encode;"
        "sys.stdout.buffer.write(b''.join(map(encode, play(7).world.lines)))"
    )
    for hash_seed in ("0", "1"):
        environment = {"PYTHONHASHSEED": hash_seed}
        ran = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        )
        assert ran.stdout == traced(play(7))
    assert traced(play(7)) != traced(play(8))


def test_one_seed_in_four_draws_a_world_without_faults() -> None:
    clean = sum(options(seed).is_clean for seed in range(400))
    assert 60 < clean < 140


def test_an_answer_of_half_a_minute_that_comes_in_a_second_arrives_whole() -> None:
    burst = EngineTraits(
        reply_ms=(30_000, 30_000), chunk_bytes=(4_800, 4_800), chunk_gap_ms=(0, 15)
    )
    silent = CallerTraits(turns=(0, 0))
    played = play(1, Options(Faults(), burst, CarrierTraits(), silent, is_clean=True))
    played.check()
    assert played.world.call.playout.frames_sent == 2 * 1_500  # the greeting and the follow-up


def test_a_world_in_which_nothing_happens_is_left_when_its_time_is_over() -> None:
    world = World(0)
    world.run(until_ms=1_000)
    assert world.now == 0
    assert world.call.phase is Phase.CONNECTING
