"""A carrier that plays what it is sent, and says so by marks (protocols, D1)."""

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.sim.world import TICK_MS, World


class CarrierTraits(Struct):
    mark_delay_ms: tuple[int, int] = (5, 80)
    loses_marks: float = 0.0
    very_late_marks: float = 0.0
    repeats_marks: float = 0.0
    early_marks: float = 0.0
    """Returned when they come, as if all had been played."""


class Carrier:
    def __init__(self, world: World, traits: CarrierTraits) -> None:
        self._world = world
        self._traits = traits
        self._ends_at = 0
        self._pending: list[str] = []
        world.on_command.append(self.react)
        world.on_frame.append(self._play)

    def react(self, command: Command) -> None:
        match command:
            case commands.SendMark(name):
                self._pending.append(name)
                is_early = self._world.chance(self._traits.early_marks)
                wait_ms = 0 if is_early else max(0, self._ends_at - self._world.now)
                self._world.after(wait_ms, lambda: self._played(name))
            case commands.ClearAudio():
                self._ends_at = self._world.now
                while self._pending:
                    self._return(self._pending.pop(0))
            case _:
                pass

    def _play(self, frame: bytes) -> None:
        del frame
        self._ends_at = max(self._ends_at, self._world.now) + TICK_MS

    def _played(self, name: str) -> None:
        if name in self._pending:
            self._pending.remove(name)
            self._return(name)

    def _return(self, name: str) -> None:
        world, traits = self._world, self._traits
        if world.chance(traits.loses_marks):
            return
        late_ms = world.between(2_000, 6_000) if world.chance(traits.very_late_marks) else 0
        delay_ms = world.between(*traits.mark_delay_ms) + late_ms
        world.after(delay_ms, events.MarkPlayed(name))
        if world.chance(traits.repeats_marks):
            world.after(delay_ms + 5, events.MarkPlayed(name))
