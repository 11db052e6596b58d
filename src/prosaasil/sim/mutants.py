"""Planted bugs: each must be caught by the checkers, or the checkers have gone blind.

A mutant is an attribute of one of the core's classes and what stands in its place while it lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.call.connecting import Connecting
from prosaasil.call.core import Call
from prosaasil.call.hearing import Hearing
from prosaasil.call.playout import Heard, Playout
from prosaasil.call.policy import NEVER
from prosaasil.call.replies import Purpose, Replies, Reply
from prosaasil.call.silence import Patience, Silence
from prosaasil.call.toolcalls import ToolCalls
from prosaasil.call.transcript import Transcript
from prosaasil.call.turns import Turns
from prosaasil.sim.caller import CallerTraits
from prosaasil.sim.carrier import CarrierTraits
from prosaasil.sim.engine import EngineTraits
from prosaasil.sim.swarm import UNHURRIED, Options, play
from prosaasil.sim.world import Faults


class Mutant(Struct, frozen=True):
    name: str
    owner: type[Any]
    attribute: str
    replacement: Any
    options: Options | None = None
    """Where the bug shows soonest; else whatever the seeds draw."""

    @contextmanager
    def alive(self) -> Iterator[None]:
        original = vars(self.owner)[self.attribute]
        setattr(self.owner, self.attribute, self.replacement)
        try:
            yield
        finally:
            setattr(self.owner, self.attribute, original)


add, cancel, done, sent = Playout.add, Replies.cancel, Replies.done, Hearing.sent
give_way, on_reply_audio, lasts = Call._give_way, Call._on_reply_audio, Silence.lasts  # noqa: SLF001
final, take = Transcript._final, Call._take  # noqa: SLF001


def _nobody_speaks(self: Any) -> bool:
    return not self._caller_acts() and self._replies.is_idle and self._tools.is_empty


def _play_late_speech(
    self: Any, reply_id: str, item_id: str, audio: bytes, out: list[Command]
) -> None:
    cancelled: Reply | None = self._replies.cancelled
    if cancelled is not None and cancelled.reply_id == reply_id:
        add(self.playout, reply_id, item_id, audio)
    on_reply_audio(self, reply_id, item_id, audio, out)


def _take_nothing_back(runs: list[Any], unheard: int) -> None:
    del runs, unheard


def _add_padded(self: Playout, reply_id: str, item_id: str, audio: bytes) -> None:
    add(self, reply_id, item_id, audio + b"\xff" * (-len(audio) % 160))


def _add_no_more_than_ten_seconds(self: Playout, reply_id: str, item_id: str, audio: bytes) -> None:
    if self.waiting_ms < 10_000:
        add(self, reply_id, item_id, audio)


def _two_items_at_once(self: Playout, reply_id: str, item_id: str, audio: bytes) -> None:
    add(self, reply_id if self._find(reply_id) else "first", item_id, audio)


def _give_way_without_clearing(self: Any, out: list[Command]) -> None:
    mine: list[Command] = []
    give_way(self, mine)
    out += [command for command in mine if not isinstance(command, commands.ClearAudio)]


def _give_way_without_flushing(self: Any, out: list[Command]) -> None:
    waiting = list(self.playout._replies)  # noqa: SLF001
    give_way(self, out)
    for reply in waiting:
        for run, audio in reply.chunks:
            add(self.playout, reply.reply_id, run.item_id, audio)
        self.playout.end(reply.reply_id)


def _tell_nothing(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made, heard
    return []


def _delete_whatever_was_cut(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made
    return [commands.DeleteItem(part.item_id) for part in heard]


def _truncate_at_what_was_made(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made
    return [commands.TruncateItem(part.item_id, part.made_ms) for part in heard]


def _cancel_and_wait(self: Any, now: int) -> Reply:
    reply = cancel(self, now)
    self._cancel_limit_at = NEVER
    return reply


def _done_and_owe_again(self: Replies, reply_id: str) -> Reply | None:
    reply = done(self, reply_id)
    if reply is not None and reply.purpose is Purpose.ANSWER and self.owed is None:
        self.owed = Purpose.ANSWER
    return reply


def _sent_without_limit(self: Any, reply_id: str, ends_at: int) -> commands.SendMark:
    mark = sent(self, reply_id, ends_at)
    self._awaited[mark.name].limit_at = NEVER
    return mark


def _final_is_whole(self: Any, item_id: str, heard_ms: int, made_ms: int) -> list[Command]:
    del heard_ms, made_ms
    return final(self, item_id, 1, 1)


def _ask_for_ever(self: Silence, now: int) -> Patience:
    self.broken_by_caller()
    return lasts(self, now)


def _greet_at_once(self: Any, event: events.Event, out: list[Command]) -> None:
    take(self, event, out)
    if isinstance(event, events.CallStarted):
        self._on_session_configured()


def _never(self: Any, *given: Any) -> bool:
    del self, given
    return False


def _always(self: Any) -> bool:
    del self
    return True


def _no_frame(self: Any, now: int) -> None:
    del self, now


def _never_due(self: Any) -> int:
    del self
    return NEVER


def _none_overdue(self: Any, now: int) -> int:
    del self, now
    return 0


def _where(engine: EngineTraits, faults: Faults | None = None) -> Options:
    return Options(faults or Faults(), engine, CarrierTraits(), CallerTraits(), is_clean=False)


LOST_ENDS = _where(EngineTraits(), Faults(lose=0.5, lose_only=events.ReplyDone))
LOST_TURNS = _where(EngineTraits(), Faults(lose=0.5, lose_only=events.CallerTurnCommitted))
LOST_TOOLS = _where(EngineTraits(calls_tools=0.5, fails_tools=0.5))
STALLS = _where(EngineTraits(never_ends=0.3))
NO_ENGINE = _where(EngineTraits(never_opens=0.5))
CLEAN = Options(Faults(), UNHURRIED, CarrierTraits(), CallerTraits(), is_clean=True)

MUTANTS = [
    Mutant("silence begins when the engine is done", Call, "_nobody_speaks", _nobody_speaks),
    Mutant("late speech of a cut reply is played", Call, "_on_reply_audio", _play_late_speech),
    Mutant("sent is taken for heard", Playout, "_take_back", staticmethod(_take_nothing_back)),
    Mutant("each chunk is padded", Playout, "add", _add_padded),
    Mutant("a long answer overflows", Playout, "add", _add_no_more_than_ten_seconds),
    Mutant("replies share one queue", Playout, "add", _two_items_at_once),
    Mutant("joined frames are lost", Playout, "_joined_frame", _no_frame),
    Mutant("the carrier is not cleared", Call, "_give_way", _give_way_without_clearing),
    Mutant("the playout is not flushed", Call, "_give_way", _give_way_without_flushing),
    Mutant("the engine is not told of a cut", Call, "_forget_unheard", _tell_nothing),
    Mutant("whatever was cut is deleted", Call, "_forget_unheard", _delete_whatever_was_cut),
    Mutant("made is taken for heard", Call, "_forget_unheard", _truncate_at_what_was_made),
    Mutant("a cut text is published whole", Transcript, "_final", _final_is_whole),
    Mutant("a busy engine is asked", Replies, "_engine_is_free", _always, CLEAN),
    Mutant("a turn is answered twice", Replies, "done", _done_and_owe_again, CLEAN),
    Mutant("a cancelled reply is waited for", Replies, "cancel", _cancel_and_wait, LOST_ENDS),
    Mutant("a stalled reply is waited for", Replies, "is_overdue", _never, STALLS),
    Mutant("a lost mark is waited for", Hearing, "sent", _sent_without_limit),
    Mutant("a lost end of a turn is waited for", Turns, "overdue", _never, LOST_TURNS),
    Mutant("a lost tool is waited for", ToolCalls, "give_up_overdue", _none_overdue, LOST_TOOLS),
    Mutant("an absent engine is waited for", Connecting, "has_failed", _never, NO_ENGINE),
    Mutant("a silent caller is asked for ever", Silence, "lasts", _ask_for_ever),
    Mutant("silence has no deadline", Silence, "deadline", property(_never_due)),
    Mutant("the greeting does not wait", Call, "_take", _greet_at_once),
]


def seeds_until_caught(mutant: Mutant, seeds_max: int) -> int | None:
    """How many seeds it took the checkers to notice; None when they did not."""
    with mutant.alive():
        for seed in range(seeds_max):
            try:
                play(seed, mutant.options).check()
            except AssertionError:
                return seed + 1
    return None
