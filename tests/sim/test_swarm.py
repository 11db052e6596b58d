"""Whole calls in virtual time: any of them ends, and was as its caller may expect."""

import subprocess
import sys
from itertools import count

import pytest

from prosaasil.call import Phase, events
from prosaasil.call.trace import encode, encode_opening, first_difference, load
from prosaasil.sim.caller import CallerTraits
from prosaasil.sim.engine_traits import EngineTraits
from prosaasil.sim.swarm import Options, Played, options, play
from prosaasil.sim.world import Faults, World

KINDS = [
    events.EngineOpened,
    events.SessionConfigured,
    events.EngineRefused,
    events.EngineLost,
    events.CallerSpeechStarted,
    events.CallerSpeechStopped,
    events.CallerVoiceHeard,
    events.CallerVoiceEnded,
    events.CallerTurnCommitted,
    events.CallerTranscript,
    events.CallerTranscriptFailed,
    events.ReplyStarted,
    events.ReplyAudio,
    events.ReplyText,
    events.ReplyDone,
    events.ToolCalled,
    events.ToolAnswered,
    events.MarkPlayed,
    events.KeyPressed,
]
BUSY_CALL = CallerTraits(
    acts=(3, 5), answers_after_ms=(300, 5_000), interrupts=0.5, hums=0.2, types=0.2
)
ENGINE = EngineTraits(calls_tools=0.3, reply_ms=(300, 4_000), mishears=0.1, loses_socket=0.05)


def traced(played: Played) -> bytes:
    return b"".join(map(encode, played.world.lines))


def with_faults(faults: Faults) -> Options:
    return Options(faults, ENGINE, caller=BUSY_CALL)


@pytest.mark.parametrize("first", range(0, 400, 50))
def test_any_call_ends_and_was_as_it_should_be(first: int) -> None:
    for seed in range(first, first + 50):
        play(seed).check()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_kind_of_event_is_needed_for_a_call_to_end(kind: type[object]) -> None:
    for seed in range(8):
        play(seed, with_faults(Faults(lose=0.05, lose_only=kind))).check()
    for seed in range(4):
        play(seed, with_faults(Faults(lose=1.0, lose_only=kind))).check()


@pytest.mark.parametrize("seed", [1, 2])
def test_no_single_event_is_needed_for_a_call_to_end(seed: int) -> None:
    for number in count():
        played = play(seed, with_faults(Faults(lose_number=number)))
        assert played.world.call.phase is Phase.OVER
        assert played.world.now < 400_000
        if played.world.events_delivered <= number:
            return


def test_a_recorded_call_replays_to_the_same_commands() -> None:
    for seed in range(40):
        played = play(seed)
        trace = load(encode_opening(played.world.briefing) + traced(played))
        assert first_difference(trace.lines, trace.briefing) is None


def test_the_same_seed_is_the_same_call_in_any_process() -> None:
    program = (
        "import sys; from prosaasil.sim.swarm import play;"
        "from prosaasil.call.trace import encode;"
        "sys.stdout.buffer.write(b''.join(map(encode, play(7).world.lines)))"
    )
    for hash_seed in ("0", "1"):
        environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)}
        ran = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        )
        assert ran.stdout == traced(play(7))
    assert traced(play(7)) != traced(play(8))


def test_almost_one_seed_in_three_draws_a_world_without_faults() -> None:
    clean = sum(options(seed).is_clean for seed in range(400))
    assert 80 < clean < 160


def test_an_answer_of_half_a_minute_that_comes_in_a_second_arrives_whole() -> None:
    burst = EngineTraits(
        reply_ms=(30_000, 30_000), chunk_bytes=(4_800, 4_800), chunk_gap_ms=(0, 15)
    )
    one_question = CallerTraits(acts=(1, 1), stays_silent=0.0)
    played = play(1, Options(engine=burst, caller=one_question, is_clean=True))
    played.check()
    assert played.world.call.playout.frames_sent > 1_500


def test_a_world_in_which_nothing_happens_is_left_when_its_time_is_over() -> None:
    world = World(0)
    world.run(until_ms=1_000)
    assert world.now == 0
    assert world.call.phase is Phase.CONNECTING
