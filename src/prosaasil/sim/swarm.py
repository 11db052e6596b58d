"""Calls whose whole story is drawn from a seed: first what may go wrong, then the run.

Almost one seed in three draws a world without faults, in which nothing may be refused. Safety is
the checkers' matter; liveness is that every call ends soon after its caller has fallen silent.
"""

from random import Random

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.call import Phase
from prosaasil.call.briefing import Briefing
from prosaasil.call.policy import NEVER, CallPolicy
from prosaasil.sim import personas
from prosaasil.sim.caller import Caller, CallerTraits
from prosaasil.sim.carrier import Carrier, CarrierTraits
from prosaasil.sim.checks import Strictness, complaints
from prosaasil.sim.engine import Engine
from prosaasil.sim.engine_traits import EngineTraits
from prosaasil.sim.line import Line
from prosaasil.sim.world import BRIEFING, Faults, World

END_LIMIT_MS = 500_000
"""From the caller's last word to the hang-up: a turn that never ends, replies that never start,
drag on, call tools or never end, a follow-up and two silences, one after the other."""
RUN_LIMIT_MS = 900_000
"""No caller speaks for more than 400 s: what goes on for longer does not end."""
CLEAN_SHARE = 0.3
OPEN_ENDED = replace(BRIEFING, policy=CallPolicy(auto_end_on_goodbye=False))
"""A business whose calls do not end with a goodbye."""
OPEN_ENDED_SHARE = 0.3


class Options(Struct, frozen=True):
    faults: Faults = Faults()
    engine: EngineTraits = EngineTraits()
    carrier: CarrierTraits = CarrierTraits()
    caller: CallerTraits = CallerTraits()
    is_clean: bool = False
    briefing: Briefing = BRIEFING
    loses_preroll: bool = False


class Played(Struct):
    """A call that was run."""

    world: World
    engine: Engine
    line: Line
    caller: Caller
    options: Options

    def check(self) -> None:
        """Raise if anything about the call was not as it should be."""
        chosen = self.options
        strictness = Strictness(
            is_clean=chosen.is_clean,
            facts_arrive=not chosen.faults.touch_events,
            gap_ms_max=10_000 if chosen.faults.stalled_ticks else 60,
            marks_lie=chosen.carrier.early_marks > 0,
        )
        wrong = list(complaints(self.world, self.engine, self.line.sounds, strictness))
        assert not wrong, "; ".join(wrong)
        assert self.world.call.phase is Phase.OVER
        limit_ms = self.caller.quiet_from + END_LIMIT_MS
        assert self.world.now <= limit_ms, f"ended at {self.world.now}, due by {limit_ms}"


def options(seed: int) -> Options:
    draw = Random(f"options {seed}")  # noqa: S311 - the same seed, the same options

    def maybe(probability: float) -> float:
        return probability if draw.random() < 0.25 else 0.0

    caller = personas.caller(draw)
    briefing = OPEN_ENDED if draw.random() < OPEN_ENDED_SHARE else BRIEFING
    if draw.random() < CLEAN_SHARE:
        engine = draw.choice(personas.FAULTLESS)
        return Options(engine=engine, caller=caller, is_clean=True, briefing=briefing)
    faults = Faults(
        lose=maybe(0.05),
        duplicate=maybe(0.05),
        late_ticks=maybe(0.05),
        stalled_ticks=maybe(0.002),
        until_ms=draw.choice([NEVER, 30_000, 60_000]),
    )
    return Options(
        faults,
        personas.faulty_engine(draw),
        personas.faulty_carrier(draw),
        caller,
        briefing=briefing,
    )


def play(seed: int, chosen: Options | None = None) -> Played:
    chosen = chosen or options(seed)
    world = World(seed, briefing=chosen.briefing, faults=chosen.faults)
    Carrier(world, chosen.carrier)
    line = Line(world, loses_preroll=chosen.loses_preroll)
    engine = Engine(world, line, chosen.engine)
    caller = Caller(world, line, chosen.caller, engine.speaker.text_of_voice)
    world.run(until_ms=RUN_LIMIT_MS)
    return Played(world, engine, line, caller, chosen)
