"""Planted bugs: under its own each scenario must fail, or its expectations have gone blind.

The simulator's are used by their names; here are those that only a scenario shows. A bug stands in
for attributes of classes, so it lives in every call of the process, on both stages.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from msgspec import Struct

from prosaasil.call import commands, events, transcript
from prosaasil.call.acceptance import Evidence, Verdict, judge
from prosaasil.call.agent import Agent
from prosaasil.call.caller import Caller
from prosaasil.call.commands import Command
from prosaasil.call.core import Call
from prosaasil.call.playout import Heard, Playout
from prosaasil.call.policy import CallPolicy
from prosaasil.live.uplink import Uplink
from prosaasil.sim.line import Line
from prosaasil.sim.mutants import MUTANTS

Owner = type[Any] | ModuleType


class Bug(Struct, frozen=True):
    name: str
    patches: tuple[tuple[Owner, str, Any], ...]

    @contextmanager
    def alive(self) -> Iterator[None]:
        with ExitStack() as stack:
            for owner, attribute, replacement in self.patches:
                original = vars(owner)[attribute]
                setattr(owner, attribute, replacement)
                stack.callback(setattr, owner, attribute, original)
            yield


_add = Playout.add
_next_frame, _voice_heard, _drop = Playout.next_frame, Caller.voice_heard, Agent.drop
_take, _hang_up, _open_gate = Call._take, Call._hang_up, Uplink.open_gate  # noqa: SLF001
_cancelled_by_itself = Agent._cancelled_by_itself  # noqa: SLF001
BLOCK_MS = 500
BLOCKED_AT_FRAME = 120
SLOW_FRAME_MS = 120


def _frame_of_8_fps(self: Playout, now: int) -> bytes | None:
    return _next_frame(self, now) if self.ends_at + SLOW_FRAME_MS - 20 <= now else None


def _frame_after_a_block(self: Playout, now: int) -> bytes | None:
    is_blocked = self.frames_sent == BLOCKED_AT_FRAME and now < self.ends_at + BLOCK_MS
    return None if is_blocked else _next_frame(self, now)


def _two_frames(self: Playout, now: int) -> bytes | None:
    first = _next_frame(self, now)
    self._ends_at = min(self.ends_at, now)
    second = None if first is None else _next_frame(self, now)
    return first if second is None else (first or b"") + second


def _add_before_others(self: Any, reply_id: str, item_id: str, audio: bytes) -> None:
    known = {reply.reply_id for reply in self._replies}
    _add(self, reply_id, item_id, audio)
    if reply_id not in known:
        self._replies.rotate()


def _heard_behind_the_gate(
    self: Caller, frames: int, now: int, out: list[Command], *, agent_is_sounding: bool
) -> None:
    if not agent_is_sounding:
        _voice_heard(self, frames, now, out, agent_is_sounding=False)


def _no_pre_roll(self: Any, *_: object) -> None:
    del self


def _open_without_pre_roll(self: Uplink, pre_roll: object) -> None:
    del pre_roll
    _open_gate(self, ())


def _end_at_the_next_frame() -> Callable[..., None]:
    ended: dict[int, events.CallEnded] = {}

    def take(self: Call, event: events.Event, out: list[Command]) -> None:
        if isinstance(event, events.CallEnded):
            ended[id(self)] = event
        elif not isinstance(event, events.DeadlineReached) and id(self) in ended:
            _take(self, ended.pop(id(self)), out)
        else:
            _take(self, event, out)

    return take


def _judge_without_bypass(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    verdict = judge(text, evidence, policy)
    if verdict.in_echo_window and evidence.after_ms is not None and evidence.after_ms >= 0:
        return Verdict(
            is_accepted=False, reason="echo_window", kind=verdict.kind, in_echo_window=True
        )
    return verdict


def _judge_long_only(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    verdict = judge(text, evidence, policy)
    if " " not in text.strip():
        return Verdict(False, "too_short", verdict.kind, verdict.in_echo_window)
    return verdict


def _judge_nothing(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    verdict = judge(text, evidence, policy)
    return Verdict(True, "candidate", verdict.kind, verdict.in_echo_window)


def _judge_hebrew_only(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    verdict = judge(text, evidence, policy)
    if any("a" <= letter <= "z" for letter in text.lower()):
        return Verdict(False, "hallucination", verdict.kind, verdict.in_echo_window)
    return verdict


def _always_a_violation(self: Any, reply_id: str) -> commands.Note:
    self._confirmed.clear()
    return _cancelled_by_itself(self, reply_id)


def _never_a_violation(self: Any, reply_id: str) -> commands.Note:
    self._confirmed.append(reply_id)
    return _cancelled_by_itself(self, reply_id)


def _never_opened_again(self: Any, out: list[Command]) -> None:
    if self._gate_is_open and self._agent.is_sounding(self._now):
        self._gate_is_open = False
        out.append(commands.CloseGate())


def _dropped_uncounted(self: Agent, now: int) -> list[Heard]:
    return self.playout.drop(now)


def _hung_up_and_going_on(self: Any, reason: commands.HangUpReason, out: list[Command]) -> None:
    phase = self.phase
    _hang_up(self, reason, out)
    self.phase, self._end = phase, None


OWN = [
    Bug("eight frames a second", ((Playout, "next_frame", _frame_of_8_fps),)),
    Bug("half a second's block", ((Playout, "next_frame", _frame_after_a_block),)),
    Bug("the newest reply plays first", ((Playout, "add", _add_before_others),)),
    Bug("two senders", ((Playout, "next_frame", _two_frames),)),
    Bug("the gate stands before the detector", ((Caller, "voice_heard", _heard_behind_the_gate),)),
    Bug(
        "no pre-roll",
        ((Line, "_pass_preroll", _no_pre_roll), (Uplink, "open_gate", _open_without_pre_roll)),
    ),
    Bug("the end waits for a frame", ((Call, "_take", _end_at_the_next_frame()),)),
    Bug("nothing is heard after speech", ((transcript, "judge", _judge_without_bypass),)),
    Bug("one word is nothing", ((transcript, "judge", _judge_long_only),)),
    Bug("whatever is transcribed was said", ((transcript, "judge", _judge_nothing),)),
    Bug("only Hebrew is understood", ((transcript, "judge", _judge_hebrew_only),)),
    Bug("every end is a violation", ((Agent, "_cancelled_by_itself", _always_a_violation),)),
    Bug("no end is a violation", ((Agent, "_cancelled_by_itself", _never_a_violation),)),
    Bug("the gate never opens again", ((Call, "_mind_the_gate", _never_opened_again),)),
    Bug("what is flushed is not counted", ((Agent, "drop", _dropped_uncounted),)),
    Bug("the call goes on after its end", ((Call, "_hang_up", _hung_up_and_going_on),)),
]


@contextmanager
def alive(name: str) -> Iterator[None]:
    """Let the bug of this name live; raises `LookupError` when there is none."""
    own = next((bug for bug in OWN if bug.name == name), None)
    simulated = next((mutant for mutant in MUTANTS if mutant.name == name), None)
    found = own or simulated
    if found is None:
        raise LookupError(f"no planted bug is called {name!r}; see gate/bugs.py, sim/mutants.py")
    with found.alive():
        yield
