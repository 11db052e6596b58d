"""What both stages give back of a call, and the parts that they play in the same way."""

from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.call import commands
from prosaasil.call.briefing import Briefing, ToolSpec
from prosaasil.call.commands import Note
from prosaasil.call.policy import CallPolicy
from prosaasil.call.trace import Line
from prosaasil.gate.moments import Moments, end_of, of_reply, parse
from prosaasil.gate.scenario import Act, Case, Reply, Scenario, small_talk
from prosaasil.rig.cues import read_reply, stamp_reply
from prosaasil.rig.script import ReplyPlan, ToolPlan
from prosaasil.rig.sound import made_up_speech

FRAME_MS = 20
FRAME_BYTES = 160
TOOL = "look"
FOREVER_MS = 1 << 40


class Frame(Struct, frozen=True):
    """20 ms of the agent's as it left for the caller: which of which reply's."""

    at: int
    reply: int | None
    """None for sound that no reply was made of."""
    index: int = 0
    size: int = FRAME_BYTES


class Remark(Struct, frozen=True):
    """A line of the log, of the core's or of the shell's."""

    at: int
    note: Note

    def __str__(self) -> str:
        note = self.note
        fields = ", ".join(f"{key}={value}" for key, value in note.fields.items())
        return f"[{note.marker}] {note.text}" + (f" - {fields}" if fields else "")


class Performance(Struct):
    """A call that was played. Times are ms since its start."""

    case: Case
    moments: Moments
    lines: list[Line]
    """What the core was told, when, and what it ordered."""
    frames: list[Frame]
    remarks: list[Remark]
    counters: dict[str, int | float]
    engine_heard_ms: dict[str, int]
    """By act, how much of its sound reached the engine."""
    ended: str
    """The reason of the hang-up; empty when the call did not end."""
    is_on_rig: bool
    faults: list[str]
    """What a peer objected to."""

    def of_reply(self, number: int) -> list[Frame]:
        return [frame for frame in self.frames if frame.reply == number]

    def orders(self) -> Iterator[tuple[int, commands.Command]]:
        for line in self.lines:
            for command in line.commands:
                yield line.at, command


def remarks_of(lines: list[Line]) -> list[Remark]:
    return [
        Remark(line.at, command)
        for line in lines
        for command in line.commands
        if isinstance(command, Note)
    ]


def briefing_for(case: Case) -> Briefing:
    """What the call is told: the scenario's policy, and a tool if its engine uses one."""
    scenario = case.scenario
    tools = (ToolSpec(TOOL, "Looks something up.", {"type": "object", "properties": {}}),)
    briefing = Briefing(
        business_id="business-1",
        business_name="Clinic",
        direction=case.direction,
        language="he",
        instructions="Answer the caller.",
        instructions_hash="0" * 64,
        greeting=small_talk(0),
        follow_up="האם את או אתה עדיין על הקו?",
        voice="marin",
        transcription_prompt="",
        tools=tools,
    )
    policy = replace(CallPolicy(), **scenario.policy)
    return replace(briefing, policy=policy, **scenario.briefing)


def plan_of(number: int, reply: Reply) -> ReplyPlan:
    """Every frame of a reply carries its number, so that the ear knows what it hears."""
    return ReplyPlan(
        tagged(number, reply.ms),
        reply.says,
        first_after_ms=reply.first_after_ms,
        first_delta_ms=min(100, reply.delta_ms),
        delta_ms=reply.delta_ms,
        speed=reply.speed,
        stall_after_ms=reply.stall_after_ms,
        stall_ms=reply.stall_ms,
        tools=() if reply.tool_ms is None else (ToolPlan(TOOL, "{}"),),
        goes_on_ms=reply.goes_on_ms,
        cancelled_as=reply.cancelled_as,
    )


@lru_cache(maxsize=512)
def tagged(number: int, ms: int) -> bytes:
    return b"".join(
        stamp_reply(number, index, _SOUND[index % len(_SOUND)]) for index in range(ms // FRAME_MS)
    )


_SOUND = made_up_speech(50, seed=4)


def frames_in(audio: bytes, at: int) -> list[Frame]:
    """Of one message of the agent's."""
    found = []
    for begin in range(0, len(audio), FRAME_BYTES):
        piece = audio[begin : begin + FRAME_BYTES]
        told = read_reply(piece)
        size = len(audio) if len(audio) != FRAME_BYTES else FRAME_BYTES
        if told is None:
            found.append(Frame(at, None, size=size))
        else:
            found.append(Frame(at, told.reply, told.index, size))
    return found


class Prompter:
    """Knows what has been heard, and so when each act is due."""

    def __init__(self, scenario: Scenario) -> None:
        self.moments = Moments()
        self._scenario = scenario
        acts = [*scenario.act]
        if scenario.hang_up is not None:
            acts.append(Act(scenario.hang_up, does="hang_up", name="hang_up"))
        self._waiting = [(parse(act.at), act) for act in acts]
        self._asked = 0

    def asked(self, at: int) -> None:
        """A reply is asked of the engine."""
        self.moments.begin(f"asked{self._asked}", at)
        self._asked += 1

    def heard(self, frame: Frame) -> None:
        if frame.reply is None:
            return
        cue = of_reply(frame.reply)
        self.moments.begin(cue, frame.at)
        if frame.index + 1 == self._scenario.plan(frame.reply).ms // FRAME_MS:
            self.moments.begin(end_of(cue), frame.at + FRAME_MS)

    def due(self, until: int) -> list[tuple[int, Act]]:
        """The acts that are to begin before `until`, each once, with their times."""
        due = []
        for entry in self._waiting:
            at = self.moments.find(entry[0])
            if at is not None and at < until:
                due.append((at, entry))
        due.sort(key=_first)
        self._waiting = [entry for entry in self._waiting if all(entry is not d[1] for d in due)]
        return [(at, entry[1]) for at, entry in due]

    def begins(self, act: Act, at: int) -> None:
        self.moments.put(act.name, at)
        self.moments.put(end_of(act.name), at + act.ms)

    def close(self, frames: list[Frame]) -> None:
        """The call is over: a reply that was cut ended with its last frame."""
        for frame in frames:
            if frame.reply is not None:
                self.moments.put(end_of(of_reply(frame.reply)), frame.at + FRAME_MS)

    @property
    def left_out(self) -> list[str]:
        """Acts whose moment never came."""
        return [
            f"the moment for {act.name}, {act.at}, never came"
            for _, act in self._waiting
            if act.does != "hang_up"
        ]


def _first(pair: tuple[int, object]) -> int:
    return pair[0]
