"""Calls whose whole story is drawn from a seed: first what may go wrong, then the run.

One seed in four draws a world without faults, in which nothing may be refused. Safety is the ear's
matter; liveness is that every call ends soon after its caller has fallen silent.
"""

from random import Random

from msgspec import Struct

from prosaasil.call import Phase, commands
from prosaasil.sim.caller import Caller, CallerTraits
from prosaasil.sim.carrier import Carrier, CarrierTraits
from prosaasil.sim.ear import Ear
from prosaasil.sim.engine import Engine, EngineTraits
from prosaasil.sim.world import BRIEFING, Faults, World

END_LIMIT_MS = 500_000
"""From the caller's last word to the hang-up: a turn that never ends, replies that never start,
drag on, call tools or never end, a follow-up and two silences, one after the other."""
RUN_LIMIT_MS = 700_000
"""No caller speaks for more than 300 s: what goes on for longer does not end."""

UNHURRIED = EngineTraits(has_two_items=0.2, think_ms=(200, 2_000), cancel_ms=(20, 1_500))
"""Faultless, and at times slower than its caller."""


class Options(Struct):
    faults: Faults
    engine: EngineTraits
    carrier: CarrierTraits
    caller: CallerTraits
    is_clean: bool


class Played(Struct):
    """A call that was run."""

    world: World
    engine: Engine
    caller: Caller
    options: Options

    def check(self) -> None:
        faults = self.options.faults
        stalls = faults.stalled_ticks > 0
        marks_lie = self.options.carrier.early_marks > 0
        ear = Ear(gap_ms_max=10_000 if stalls else 60, marks_lie=marks_lie)
        ear.check(self.world.record)
        assert self.world.call.phase is Phase.OVER
        if not faults.duplicate:  # speech that came twice makes an item longer than it is
            assert not self.engine.violations, self.engine.violations
        limit_ms = self.caller.quiet_from + END_LIMIT_MS
        assert self.world.now <= limit_ms, f"ended at {self.world.now}, due by {limit_ms}"
        if self.options.is_clean:
            assert self.engine.requests_refused == 0, "asked for a reply while one was being made"
            self._check_one_reply_a_turn()

    def _check_one_reply_a_turn(self) -> None:
        asked: list[str | None] = []
        turns = 0
        for entry in self.world.record:
            match entry.what:
                case commands.RequestReply(_, say):
                    asked.append(say)
                case commands.PublishTranscript(commands.Role.CALLER):
                    pass
                case _:
                    turns += type(entry.what).__name__ in {"CallerTurnCommitted", "AddCallerText"}
        assert asked.count(BRIEFING.greeting) <= 1, "greeted twice"
        assert asked.count(None) <= turns, f"{asked.count(None)} answers to {turns} turns"


def options(seed: int) -> Options:
    draw = Random(f"options {seed}")  # noqa: S311 - the same seed, the same options

    def maybe(probability: float) -> float:
        return probability if draw.random() < 0.3 else 0.0

    caller = CallerTraits(
        types=maybe(0.2), mumbles=0.1, hangs_up=0.2, is_ended=0.1, gap_ms=(300, 12_000)
    )
    if draw.random() < 0.25:
        return Options(Faults(), UNHURRIED, CarrierTraits(), caller, is_clean=True)
    faults = Faults(
        lose=maybe(0.05),
        duplicate=maybe(0.05),
        late_ticks=maybe(0.05),
        stalled_ticks=maybe(0.002),
    )
    engine = EngineTraits(
        names_requests=draw.random() < 0.8,
        answers_by_itself=draw.random() < 0.1,
        reply_ms=draw.choice([(1, 100), (300, 12_000), (5_000, 40_000)]),
        chunk_bytes=draw.choice([(1, 320), (1, 3_000), (1_600, 16_000)]),
        never_opens=maybe(0.1),
        ignores_settings=maybe(0.3),
        never_starts=maybe(0.1),
        starts_late=maybe(0.1),
        never_ends=maybe(0.1),
        pauses=maybe(0.05),
        says_nothing=maybe(0.2),
        fails=maybe(0.1),
        cancels_itself=maybe(0.1),
        has_two_items=maybe(0.3),
        calls_tools=maybe(0.3),
        fails_tools=maybe(0.3),
        loses_socket=maybe(0.02),
    )
    carrier = CarrierTraits(
        loses_marks=maybe(0.3),
        very_late_marks=maybe(0.3),
        repeats_marks=maybe(0.3),
        early_marks=maybe(0.3),
    )
    return Options(faults, engine, carrier, caller, False)


def play(seed: int, chosen: Options | None = None) -> Played:
    chosen = chosen or options(seed)
    world = World(seed, faults=chosen.faults)
    Carrier(world, chosen.carrier)
    engine = Engine(world, chosen.engine)
    caller = Caller(world, engine, chosen.caller)
    world.run(until_ms=RUN_LIMIT_MS)
    return Played(world, engine, caller, chosen)
