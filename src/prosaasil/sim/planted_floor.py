"""Bugs of who may speak: holds, claims, verdicts and answers that come wrongly or not at all."""

from typing import Any

from msgspec.structs import replace

from prosaasil.call import acceptance, commands, transcript
from prosaasil.call.acceptance import Evidence, Verdict
from prosaasil.call.agent import Agent
from prosaasil.call.caller import Caller
from prosaasil.call.commands import Command
from prosaasil.call.core import Call
from prosaasil.call.floor import Floor
from prosaasil.call.policy import NEVER, CallPolicy
from prosaasil.call.replies import Purpose, Replies, Reply
from prosaasil.call.transcript import Transcript
from prosaasil.call.turns import Turn, Worth
from prosaasil.sim.line import Line
from prosaasil.sim.planting import BREATHED, ECHOED, HESITANT, HUMMED, INTERRUPTED, PLAIN, Mutant

judge, claims_with, done = acceptance.judge, Floor.voice_heard, Replies.done
mind_the_floor, judges, noted = Call._mind_the_floor, Caller.judge, Transcript.caller_said  # noqa: SLF001
gate, hold = Call._mind_the_gate, Agent.hold  # noqa: SLF001


def _never(self: Any, *given: Any, **named: Any) -> bool:
    del self, given, named
    return False


def _always(self: Any, *given: Any) -> bool:
    del self, given
    return True


def _nothing(self: Any, *given: Any) -> None:
    del self, given


def _hold_late(self: Agent, now: int, out: list[Command]) -> None:
    """Hold only when a second has been heard since the first order to."""
    since = self.__dict__.setdefault("asked_at", now)
    if not self.playout.is_mid_reply or now - since >= 1_000:
        hold(self, now, out)


def _cut_for_a_claim(self: Any, out: list[Command]) -> None:
    if self._floor.is_claimed and self.playout.is_mid_reply:
        self._floor.close()
        self._agent.give_way(self._now, out)
    mind_the_floor(self, out)


def _open_after_the_agent(self: Any, out: list[Command]) -> None:
    self._gate_is_open, was_open = not self._agent.is_heard(self._now), self._gate_is_open
    if self._gate_is_open != was_open:
        out.append(commands.OpenGate() if self._gate_is_open else commands.CloseGate())


def _never_closed(self: Any, out: list[Command]) -> None:
    mine: list[Command] = []
    gate(self, mine)
    out += [command for command in mine if isinstance(command, commands.OpenGate)]


def _never_due(self: Any) -> int:
    del self
    return NEVER


def _accept(reason: str) -> Any:
    """Judge as always, but take what is rejected for this reason for words."""

    def accepting(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
        verdict = judge(text, evidence, policy)
        is_wrong = verdict.reason.startswith(reason) and not verdict.is_accepted
        return replace(verdict, is_accepted=True) if is_wrong else verdict

    return accepting


def _reject_short(text: str, evidence: Evidence, policy: CallPolicy) -> Verdict:
    verdict = judge(text, evidence, policy)
    return verdict if len(text) >= 3 else replace(verdict, is_accepted=False)


def _judge_again(self: Any, item_id: str, text: str, now: int, out: list[Command]) -> Turn | None:
    turn: Turn | None = judges(self, item_id, text, now, out)
    if turn is not None and turn.worth is Worth.ACCEPTED:
        turn.is_answered, turn.over_reply = False, self._playout.reply_id
        self.turns._asking.append(turn)  # noqa: SLF001
    return turn


def _note_twice(
    self: Any, item_id: str, text: str, evidence: Evidence, at_ms: int, out: list[Command]
) -> Verdict | None:
    verdict = noted(self, item_id, text, evidence, at_ms, out)
    if verdict is not None:
        out.append(verdict.note(item_id, text))
    return verdict


def _done_and_owe_again(self: Replies, reply_id: str) -> Reply | None:
    reply = done(self, reply_id)
    if reply is not None and reply.purpose is Purpose.ANSWER:
        self.owe(Purpose.ANSWER)
    return reply


PLANTED = [
    Mutant("nothing is held", Floor, "is_held", property(_never), INTERRUPTED),
    Mutant("the agent is held too late", Agent, "hold", _hold_late, INTERRUPTED),
    Mutant("a candidate cuts", Call, "_mind_the_floor", _cut_for_a_claim, BREATHED),
    Mutant("a candidate does not open the gate", Call, "_mind_the_gate", _open_after_the_agent),
    Mutant("the gate never closes", Call, "_mind_the_gate", _never_closed, PLAIN),
    Mutant("the pre-roll is lost", Line, "_pass_preroll", _nothing, INTERRUPTED),
    Mutant("a hold waits for ever", Floor, "is_overdue", _never, BREATHED),
    Mutant("a hold has no deadline", Floor, "deadline", property(_never_due), BREATHED),
    Mutant("a filler confirms", transcript, "judge", _accept("filler"), HUMMED),
    Mutant("an empty text confirms", transcript, "judge", _accept("empty"), BREATHED),
    Mutant("an echo confirms", transcript, "judge", _accept("echo"), ECHOED),
    Mutant("short words are dropped", transcript, "judge", _reject_short, PLAIN),
    Mutant("an earlier turn's words confirm", Caller, "judge", _judge_again, PLAIN),
    Mutant("words are not noted once", Transcript, "caller_said", _note_twice, PLAIN),
    Mutant("the agent speaks into a turn", Call, "_caller_acts", _never, INTERRUPTED),
    Mutant("a voice does not delay an answer", Caller, "voice_may_be_a_turn", _never, HESITANT),
    Mutant("a turn is answered twice", Replies, "done", _done_and_owe_again, PLAIN),
    Mutant("a busy engine is asked", Replies, "_engine_is_free", _always, INTERRUPTED),
    Mutant("a filler is answered", Call, "_need_no_answer", _nothing, HUMMED),
    Mutant("words are not waited for", Caller, "waits_for_words", _never, HUMMED),
    Mutant("nobody is answered", Call, "_owe_answer", _nothing, PLAIN),
]
