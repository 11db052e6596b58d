"""Bugs of how a call begins, breaks and ends: farewells, loops, lost engines, endless waits."""

from typing import Any

from prosaasil.call import commands, events
from prosaasil.call.agent import Agent
from prosaasil.call.commands import Command, HangUpReason, Note
from prosaasil.call.connecting import Connecting
from prosaasil.call.core import Call
from prosaasil.call.farewell import Farewell
from prosaasil.call.hearing import Hearing
from prosaasil.call.loops import Loops
from prosaasil.call.policy import NEVER
from prosaasil.call.replies import Purpose, Replies, Reply
from prosaasil.call.silence import Patience, Silence
from prosaasil.call.toolcalls import ToolCalls
from prosaasil.call.transcript import Transcript
from prosaasil.call.turns import Turns
from prosaasil.sim.planting import (
    AGENT_PARTING,
    LOST_AND_INTERRUPTED,
    LOST_SOCKETS,
    LOST_TOOLS,
    NO_ENGINE,
    PARTING,
    PARTING_OPEN,
    SILENT,
    STALLS,
    STUBBORN,
    TOOLS,
    Mutant,
    losing,
)

lasts, engine_lost, sent, cancel = Silence.lasts, Agent.engine_lost, Hearing.sent, Replies.cancel
take, on_engine_lost = Call._take, Call._on_engine_lost  # noqa: SLF001
LOST_ENDS, LOST_TURNS = losing(events.ReplyDone), losing(events.CallerTurnCommitted)


def _never(self: Any, *given: Any) -> bool:
    del self, given
    return False


def _nothing(self: Any, *given: Any) -> None:
    del self, given


def _no_list(self: Any, *given: Any) -> list[Command]:
    del self, given
    return []


def _no_tuple(self: Any) -> tuple[()]:
    del self
    return ()


def _none_overdue(self: Any, now: int) -> int:
    del self, now
    return 0


def _never_due(self: Any) -> int:
    del self
    return NEVER


def _nobody_speaks(self: Any) -> bool:
    return not self._caller_acts() and self._replies.is_idle and self._tools.is_empty


def _nobody_who_speaks(self: Any) -> bool:
    """Whoever has begun to speak after the goodbye is not noticed."""
    agent_speaks = self.is_agent_speaking or not self._agent.hearing.is_over
    return not agent_speaks and self._replies.is_idle and self._tools.is_empty


def _end_in_any_case(self: Any) -> list[Note]:
    self._reason = HangUpReason.USER_GOODBYE
    return [Note("GOODBYE", "User said goodbye")]


def _lost_and_greeted(self: Any, reason: str, out: list[Command]) -> None:
    on_engine_lost(self, reason, out)
    self._replies.owe(Purpose.GREETING)


def _lost_and_not_remembered(self: Any) -> None:
    engine_lost(self)
    self._of_lost_engine = set()


def _greet_at_once(self: Any, event: events.Event, out: list[Command]) -> None:
    take(self, event, out)
    if isinstance(event, events.CallStarted):
        self._replies.owe(Purpose.GREETING)
        out.append(commands.RequestReply("reply-0", self._briefing.greeting))


def _ask_for_ever(self: Silence, now: int, *, may_ask: bool = True) -> Patience:
    self.broken_by_caller()
    return lasts(self, now, may_ask=may_ask)


def _cancel_and_wait(self: Any, now: int) -> Reply:
    reply = cancel(self, now)
    self._cancel_limit_at = NEVER
    return reply


def _sent_without_limit(self: Any, reply_id: str, ends_at: int) -> commands.SendMark:
    mark = sent(self, reply_id, ends_at)
    self._awaited[mark.name].limit_at = NEVER
    return mark


PLANTED = [
    Mutant("silence begins when the engine is done", Call, "_nobody_speaks", _nobody_speaks),
    Mutant("a goodbye is not heard to its end", Call, "_nobody_speaks", _nobody_speaks, PARTING),
    Mutant("a goodbye cuts the caller off", Call, "_nobody_speaks", _nobody_who_speaks, PARTING),
    Mutant("a second thought is too late", Farewell, "withdraw", _nothing, PARTING),
    Mutant(
        "a goodbye always ends", Farewell, "caller_said_goodbye", _end_in_any_case, PARTING_OPEN
    ),
    Mutant("a goodbye never ends", Farewell, "caller_said_goodbye", _no_list, PARTING),
    Mutant("a goodbye is talked over", Farewell, "forbids_speech", property(_never), PARTING_OPEN),
    Mutant("an agent's goodbye is early", Call, "_nobody_speaks", _nobody_speaks, AGENT_PARTING),
    Mutant("a question is asked for ever", Loops, "agent_said", _no_list, STUBBORN),
    Mutant("a new engine greets", Call, "_on_engine_lost", _lost_and_greeted, LOST_SOCKETS),
    Mutant("nothing is replayed", Transcript, "so_far", _no_tuple, LOST_SOCKETS),
    Mutant("tools are not replayed", ToolCalls, "replayed", _no_list, LOST_SOCKETS),
    Mutant(
        "lost items are cut", Agent, "engine_lost", _lost_and_not_remembered, LOST_AND_INTERRUPTED
    ),
    Mutant("the greeting does not wait", Call, "_take", _greet_at_once),
    Mutant("a silent caller is asked for ever", Silence, "lasts", _ask_for_ever, SILENT),
    Mutant("silence has no deadline", Silence, "deadline", property(_never_due), SILENT),
    Mutant("tools are not answered", ToolCalls, "take_answers", lambda _: ([], False), TOOLS),
    Mutant("a cancelled reply is waited for", Replies, "cancel", _cancel_and_wait, LOST_ENDS),
    Mutant("a stalled reply is waited for", Replies, "is_overdue", _never, STALLS),
    Mutant("a lost mark is waited for", Hearing, "sent", _sent_without_limit),
    Mutant("a lost end of a turn is waited for", Turns, "overdue", _nothing, LOST_TURNS),
    Mutant("a lost tool is waited for", ToolCalls, "give_up_overdue", _none_overdue, LOST_TOOLS),
    Mutant("an absent engine is waited for", Connecting, "has_failed", _never, NO_ENGINE),
]
