"""What the record of a call says of its turns and replies, in the order of a conversation.

The record tells what the core was told and what it ordered; the truth about the caller's words and
the ear's account are put beside it, for the checkers to compare.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.sim.ear import BYTES_PER_MS, Piece
from prosaasil.sim.engine import Engine
from prosaasil.sim.line import Sound
from prosaasil.sim.phrases import Meaning
from prosaasil.sim.world import TICK_MS, Entry

UNKNOWN = -1


class TurnTold(Struct):
    """A turn of the caller as the core learned of it."""

    item_id: str
    meaning: Meaning
    text: str
    begun_at: int = UNKNOWN
    stopped_at: int = UNKNOWN
    committed_at: int = UNKNOWN
    judged_at: int = UNKNOWN
    """When its words, or that there are none, were told."""
    is_failed: bool = False

    @property
    def has_words(self) -> bool:
        return not self.is_failed and self.meaning in {Meaning.WORDS, Meaning.GOODBYE}

    @property
    def may_have_words(self) -> bool:
        """Nobody could say for sure that there were none."""
        return self.has_words or self.meaning in {Meaning.UNCLEAR, Meaning.LOST}


class ReplyTold(Struct):
    reply_id: str
    request_id: str | None = None
    say: str | None = None
    asked_at: int = UNKNOWN
    because: e.Event | None = None
    """What the call had just been told when it asked."""
    begun_at: int = UNKNOWN
    cancelled_at: int = UNKNOWN
    heard: tuple[int, int] | None = None
    """The first and the last millisecond in which it was heard."""
    text: str = ""
    calls_tools: bool = False


class Order(Struct):
    at: int
    what: c.Command
    because: e.Event


class Account:
    """One pass over the record."""

    def __init__(
        self, record: list[Entry], pieces: list[Piece], sounds: list[Sound], engine: Engine
    ) -> None:
        self.pieces = pieces
        self.sounds = sounds
        self.engine = engine
        self.stretches: list[tuple[int, int]] = []
        """When the agent was heard without a pause."""
        self.turns: dict[str, TurnTold] = {}
        self.replies: dict[str, ReplyTold] = {}
        self.orders: list[Order] = []
        self.notes: list[tuple[int, c.Note]] = []
        self.judged: list[tuple[e.Event, list[c.Note]]] = []
        """Each event that tells a turn's words, and what was noted at once."""
        self.keys_at: list[int] = []
        self.losses_at: list[int] = []
        self.configured_at: list[int] = []
        self.idle_deadlines: list[tuple[int, int]] = []
        """Deadlines that followed one another without any other event or order: since, how many."""
        self._idle_since, self._idle = 0, 0
        self.ended: tuple[int, c.HangUpReason] | None = None
        self._asked: dict[str, Order] = {}
        self._last_asked = ""
        self._because: e.Event = e.DeadlineReached()
        for entry in record:
            self._count_idle_deadlines(entry)
            take = TAKES.get(type(entry.what))
            if take is not None:
                take(self, entry.what, entry.at)
        self._add_what_was_heard()

    def _count_idle_deadlines(self, entry: Entry) -> None:
        if isinstance(entry.what, e.DeadlineReached):
            self._idle_since = self._idle_since if self._idle else entry.at
            self._idle += 1
        else:
            if self._idle > 1:
                self.idle_deadlines.append((self._idle_since, self._idle))
            self._idle = 0

    def _add_what_was_heard(self) -> None:
        for piece in self.pieces:
            reply = self.reply(piece.reply_id)
            begins, ends = piece.starts // BYTES_PER_MS, piece.ends // BYTES_PER_MS
            reply.heard = (begins if reply.heard is None else reply.heard[0], ends)
            if self.stretches and begins - self.stretches[-1][1] <= TICK_MS:
                self.stretches[-1] = (self.stretches[-1][0], ends)
            elif ends > begins:
                self.stretches.append((begins, ends))

    def reply(self, reply_id: str) -> ReplyTold:
        return self.replies.setdefault(reply_id, ReplyTold(reply_id))

    def turn(self, item_id: str) -> TurnTold:
        turn = self.turns.get(item_id)
        if turn is None:
            heard = self.engine.turns[item_id].turn
            turn = self.turns[item_id] = TurnTold(item_id, heard.meaning, heard.text)
        return turn

    def event(self, event: e.Event, at: int) -> None:
        del at
        self._because = event

    def order(self, what: c.Command, at: int) -> None:
        self.orders.append(Order(at, what, self._because))

    def begun(self, event: e.CallerSpeechStarted, at: int) -> None:
        self._because = event
        self.turn(event.item_id).begun_at = at

    def stopped(self, event: e.CallerSpeechStopped, at: int) -> None:
        self._because = event
        self.turn(event.item_id).stopped_at = at

    def committed(self, event: e.CallerTurnCommitted, at: int) -> None:
        self._because = event
        self.turn(event.item_id).committed_at = at

    def told(self, event: e.CallerTranscript | e.CallerTranscriptFailed, at: int) -> None:
        self._because = event
        turn = self.turn(event.item_id)
        if turn.judged_at == UNKNOWN:
            turn.judged_at = at
            turn.is_failed = isinstance(event, e.CallerTranscriptFailed)
            self.judged.append((event, []))

    def noted(self, note: c.Note, at: int) -> None:
        self.notes.append((at, note))
        if self.judged and self.judged[-1][0] is self._because:
            self.judged[-1][1].append(note)

    def asked(self, what: c.RequestReply, at: int) -> None:
        self.order(what, at)
        self._asked[what.request_id] = self.orders[-1]
        self._last_asked = what.request_id

    def reply_began(self, event: e.ReplyStarted, at: int) -> None:
        self._because = event
        reply = self.reply(event.reply_id)
        reply.begun_at = at
        reply.request_id = event.request_id or self._last_asked
        self._last_asked = ""
        asked = self._asked.get(reply.request_id)
        if asked is not None and isinstance(asked.what, c.RequestReply):
            reply.say, reply.asked_at, reply.because = asked.what.say, asked.at, asked.because

    def reply_says(self, event: e.ReplyText, at: int) -> None:
        del at
        self._because = event
        self.reply(event.reply_id).text += event.text

    def tool_called(self, event: e.ToolCalled, at: int) -> None:
        del at
        self._because = event
        self.reply(event.reply_id).calls_tools = True

    def cancelled(self, what: c.CancelReply, at: int) -> None:
        self.order(what, at)
        self.reply(what.reply_id).cancelled_at = at

    def pressed(self, event: e.KeyPressed, at: int) -> None:
        self._because = event
        self.keys_at.append(at)

    def lost(self, event: e.EngineLost, at: int) -> None:
        self._because = event
        self.losses_at.append(at)

    def configured(self, event: e.SessionConfigured, at: int) -> None:
        self._because = event
        self.configured_at.append(at)

    def hung_up(self, what: c.HangUp, at: int) -> None:
        self.order(what, at)
        self.ended = (at, what.reason)


TAKES: dict[type, Callable[[Account, Any, int], None]] = {
    e.CallerSpeechStarted: Account.begun,
    e.CallerSpeechStopped: Account.stopped,
    e.CallerTurnCommitted: Account.committed,
    e.CallerTranscript: Account.told,
    e.CallerTranscriptFailed: Account.told,
    e.ReplyStarted: Account.reply_began,
    e.ReplyText: Account.reply_says,
    e.ToolCalled: Account.tool_called,
    e.KeyPressed: Account.pressed,
    e.EngineLost: Account.lost,
    e.SessionConfigured: Account.configured,
    c.Note: Account.noted,
    c.RequestReply: Account.asked,
    c.CancelReply: Account.cancelled,
    c.HangUp: Account.hung_up,
}
TAKES |= dict.fromkeys(
    (
        e.CallStarted,
        e.EngineOpened,
        e.EngineRefused,
        e.CallerVoiceHeard,
        e.CallerVoiceEnded,
        e.ReplyAudio,
        e.ReplyDone,
        e.ToolAnswered,
        e.MarkPlayed,
        e.CallerHungUp,
        e.CallEnded,
        e.ShutdownRequested,
        e.DeadlineReached,
    ),
    Account.event,
)
TAKES |= dict.fromkeys(
    (
        c.ClearAudio,
        c.TruncateItem,
        c.DeleteItem,
        c.ReplayConversation,
        c.HoldSpeech,
        c.ResumeSpeech,
        c.CloseGate,
        c.OpenGate,
        c.AddSystemNote,
        c.RunTool,
        c.AnswerTool,
        c.AddCallerText,
    ),
    Account.order,
)
