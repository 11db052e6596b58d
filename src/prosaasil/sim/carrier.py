"""A carrier that plays what it is sent, and says so by marks (protocols, D1)."""

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.sim.world import World


class CarrierTraits(Struct, frozen=True):
    mark_delay_ms: tuple[int, int] = (5, 80)
    loses_marks: float = 0.0
    very_late_marks: float = 0.0
    repeats_marks: float = 0.0
    early_marks: float = 0.0
    """Returned when they come, as if all had been played."""
    drops_call: float = 0.0
    """For each mark: the stream ends."""


class Carrier:
    def __init__(self, world: World, traits: CarrierTraits) -> None:
        self._world = world
        self._traits = traits
        self._pending: list[str] = []
        world.on((commands.SendMark, commands.ClearAudio), self.react)

    def react(self, command: Command) -> None:
        world, traits = self._world, self._traits
        match command:
            case commands.SendMark(name):
                self._pending.append(name)
                is_early = world.goes_wrong(traits.early_marks)
                wait_ms = 0 if is_early else max(0, world.sound_ends_at - world.now)
                world.after(wait_ms, lambda: self._played(name))
                if world.goes_wrong(traits.drops_call):
                    world.after(world.between(0, 2_000), events.CallerHungUp())
            case commands.ClearAudio():
                while self._pending:
                    self._return(self._pending.pop(0))
            case _:
                pass

    def _played(self, name: str) -> None:
        if name in self._pending:
            self._pending.remove(name)
            self._return(name)

    def _return(self, name: str) -> None:
        world, traits = self._world, self._traits
        if world.goes_wrong(traits.loses_marks):
            return
        is_late = world.goes_wrong(traits.very_late_marks)
        delay_ms = world.between(*traits.mark_delay_ms) + is_late * world.between(2_000, 6_000)
        world.after(delay_ms, events.MarkPlayed(name))
        if world.goes_wrong(traits.repeats_marks):
            world.after(delay_ms + 5, events.MarkPlayed(name))
