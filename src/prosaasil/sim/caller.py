"""A caller who speaks, interrupts, types, falls silent and hangs up, as the seed has it."""

from msgspec import Struct

from prosaasil.call import events
from prosaasil.sim.engine import Engine
from prosaasil.sim.world import World

SAYINGS = ("I would like an appointment", "yes", "Tuesday at ten", "", "  ", "what?", "no")


class CallerTraits(Struct):
    turns: tuple[int, int] = (0, 8)
    gap_ms: tuple[int, int] = (300, 12_000)
    speech_ms: tuple[int, int] = (150, 5_000)
    types: float = 0.0
    mumbles: float = 0.0
    hangs_up: float = 0.0
    is_ended: float = 0.0
    """The carrier reports the end of the call, or the worker stops."""


class Caller:
    def __init__(self, world: World, engine: Engine, traits: CallerTraits) -> None:
        self.quiet_from = 0
        """After this the caller does nothing more."""
        world.after(0, events.CallStarted())
        at = 0
        for _ in range(world.between(*traits.turns)):
            at += world.between(*traits.gap_ms)
            if world.chance(traits.types):
                for _ in range(world.between(1, 4)):
                    world.after(at, events.KeyPressed(world.random.choice("0123456789*#")))
                    at += world.between(100, 1_200)
            else:
                speech_ms = world.between(*traits.speech_ms)
                said = None if world.chance(traits.mumbles) else world.random.choice(SAYINGS)
                _schedule_speech(world, engine, at, speech_ms, said)
                at += speech_ms
        self.quiet_from = at
        ends_at = at + world.between(0, 20_000)
        if world.chance(traits.hangs_up):
            world.after(ends_at, events.CallerHungUp())
        elif world.chance(traits.is_ended):
            stops = world.chance(0.5)
            ended = events.ShutdownRequested() if stops else events.CallEnded("completed")
            world.after(ends_at, ended)


def _schedule_speech(
    world: World, engine: Engine, at: int, speech_ms: int, said: str | None
) -> None:
    world.after(at, lambda: engine.hear(speech_ms, understood=said))
