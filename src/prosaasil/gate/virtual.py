"""PURE. The stage in virtual time: the simulator's world and line, a scripted engine and caller.

Every 20 ms, just after the pacer's tick, the prompter is told what was sent; what is due before the
next beat is put on the line at its exact time.
"""

from msgspec import structs

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.gate.engine import Engine
from prosaasil.gate.scenario import Act, Case
from prosaasil.gate.stage import (
    FRAME_MS,
    Frame,
    Performance,
    Prompter,
    briefing_for,
    frames_in,
    remarks_of,
)
from prosaasil.sim.carrier import Carrier, CarrierTraits
from prosaasil.sim.line import Kind, Line, Sound
from prosaasil.sim.world import FramesSent, World

KINDS = {"voice": Kind.VOICE, "breath": Kind.BREATH}
BEAT_AT_MS = 1
"""After the tick with which a frame was sent."""


class VirtualStage:
    """One call."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._world = World(1, briefing=briefing_for(case))
        Carrier(self._world, CarrierTraits())
        self._line = Line(self._world)
        self._engine = Engine(self._world, self._line, case.scenario)
        self._prompter = Prompter(case.scenario)
        self._frames: list[Frame] = []
        self._read = 0
        self._sounds: dict[str, Sound] = {}
        self._world.on((commands.RequestReply, commands.HangUp), self._ordered)

    def play(self) -> Performance:
        world, prompter = self._world, self._prompter
        world.at(0, events.CallStarted())
        world.at(BEAT_AT_MS, self._beat)
        world.run(until_ms=self._case.scenario.lasts_ms_max)
        self._listen()
        prompter.close(self._frames)
        heard = self._engine.heard_ms
        return Performance(
            case=self._case,
            moments=prompter.moments,
            lines=world.lines,
            frames=self._frames,
            remarks=remarks_of(world.lines),
            counters=structs.asdict(world.call.counters),
            engine_heard_ms={name: heard.get(id(s), 0) for name, s in self._sounds.items()},
            ended=self._ended(),
            is_on_rig=False,
            faults=[*self._engine.faults, *prompter.left_out],
        )

    def _ended(self) -> str:
        last = self._world.lines[-1].commands[-1:] if self._world.lines else []
        return last[0].reason.value if last and isinstance(last[0], commands.HangUp) else ""

    def _ordered(self, command: Command) -> None:
        match command:
            case commands.RequestReply():
                self._prompter.asked(self._world.now)
            case commands.HangUp():
                self._prompter.moments.begin("closed", self._world.now)
                self._prompter.moments.begin("engine_closed", self._world.now)
            case _:
                pass

    def _beat(self) -> None:
        self._listen()
        now = self._world.now
        for at, act in self._prompter.due(now + FRAME_MS):
            begins = max(at, now)
            self._prompter.begins(act, begins)
            self._begin(act, begins)
        self._world.after(FRAME_MS, self._beat)

    def _listen(self) -> None:
        """Between two beats is one tick, so what the record has of it is one message."""
        record = self._world.record
        for entry in record[self._read :]:
            if isinstance(entry.what, FramesSent):
                for frame in frames_in(entry.what.audio, entry.at):
                    self._frames.append(frame)
                    self._prompter.heard(frame)
        self._read = len(record)

    def _begin(self, act: Act, at: int) -> None:
        world = self._world
        match act.does:
            case "voice" | "murmur" | "breath" | "noise" | "music":
                self._line.add(self._sound(act, at))
            case "phantom":
                world.at(at, lambda: self._engine.imagine_turn(act.says, act.ms))
            case "key":
                world.at(at, events.KeyPressed(act.value))
            case "status":
                world.at(at, events.CallEnded(act.value))
            case "hang_up" | "drop":
                world.at(at, events.CallerHungUp())

    def _sound(self, act: Act, at: int) -> Sound:
        deceives = act.does == "voice" or act.is_heard_as_voice
        sound = Sound(
            KINDS.get(act.does, Kind.NOISE),
            at,
            at + act.ms,
            says=act.says,
            is_taken_for_voice=deceives,
            is_taken_for_speech=deceives,
        )
        self._sounds[act.name] = sound
        return sound


def play(case: Case) -> Performance:
    return VirtualStage(case).play()
