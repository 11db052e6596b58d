"""One phone call, from its first frame to the hang-up, as a deterministic state machine.

Theory of operation
===================

`handle(event, now)` is the only way in and the returned commands the only way out; beside them the
process-wide pacer takes frames from `playout`. Two kinds of rule change the state:

1. Event-triggered rules, one method per event: "the caller began to speak, so ...".
2. State-triggered rules, in `_settle`, run after every event whatever it was: "the caller speaks
   and the agent is heard or is about to be, so give way".

Anything of the form "once X and Y are both true" belongs in `_settle`. It must not be copied into
the handlers of X and of Y: that is how speech gets cut off when Y comes first.

What has a state of its own is a small machine in a module of its own, with its questions and its
deadline: `connecting`, `turns` and `keypad` (the caller), `replies` (what the engine makes),
`playout` and `hearing` (what the caller hears of it), `toolcalls`, `silence`, `greeting`,
`transcript`. They do not know each other; this module alone orders them.

No state may be left only by a peer's event: each machine has a limit for each of its waits, and the
least of them is `deadline`. No clock, no I/O, no asyncio, no randomness, no logging. `now` is in
milliseconds since the call's start and never goes back.
"""

from enum import Enum
from typing import assert_never

from . import commands, events
from .briefing import Briefing
from .commands import Command, Fields, HangUpReason, Note
from .connecting import Connecting
from .events import Event
from .greeting import Greeting
from .hearing import Hearing
from .keypad import Keypad
from .playout import FRAME_MS, Heard, Playout
from .replies import Purpose, Replies, Reply
from .silence import Patience, Silence
from .toolcalls import ToolCalls
from .transcript import Counters, Transcript
from .turns import Turns

# What the call itself decides to end; the other reasons only report that it has ended.
OUR_REASONS = {HangUpReason.SILENCE, HangUpReason.LONGEST_CALL, HangUpReason.ENGINE_FAILED}


class Phase(Enum):
    CONNECTING = "connecting"
    """The engine does not know its task yet; nothing is said."""
    TALKING = "talking"
    OVER = "over"


class Call:
    """What a call has become by the facts it was told so far."""

    def __init__(self, briefing: Briefing) -> None:
        policy = briefing.policy
        self._briefing = briefing
        self._policy = policy
        self._now = 0
        self.phase = Phase.CONNECTING
        self._end: HangUpReason | None = None
        self.counters = Counters()
        self.playout = Playout(policy.ahead_frames_max)
        self._is_engine_paused = False
        self._connecting = Connecting(policy)
        self._turns = Turns(policy)
        self._keypad = Keypad(policy)
        self._replies = Replies(policy)
        self._hearing = Hearing(policy)
        self._tools = ToolCalls(policy)
        self._silence = Silence(policy)
        self._greeting = Greeting()
        self._transcript = Transcript(self.counters)
        self._deadline: int | None = self._next_deadline()

    def handle(self, event: Event, now: int) -> list[Command]:
        """Take one fact; return what to do about it. Never blocks; no peer can make it raise."""
        assert now >= self._now, "time went backwards"
        self._now = now
        out: list[Command] = []
        if self.phase is Phase.OVER or (
            isinstance(event, events.ReplyAudio) and self._only_lengthens(event)
        ):
            return out
        self._take(event, out)
        if self._end is None:
            self._settle(out)
        if self._end is not None:
            self._hang_up(self._end, out)
        self._deadline = self._next_deadline()
        return out

    @property
    def deadline(self) -> int | None:
        """When `DeadlineReached` is due next; None when the call is over. Pacing is not in it."""
        return self._deadline

    @property
    def is_agent_speaking(self) -> bool:
        """The caller hears the agent, or is about to."""
        return not self.playout.is_silent(self._now)

    @property
    def wants_engine_paused(self) -> bool:
        """Back-pressure: more speech waits here than a call may hold, or did just now."""
        limit_ms = self._policy.buffer_ms_max
        if self._is_engine_paused:
            limit_ms //= 2
        self._is_engine_paused = self.playout.waiting_ms > limit_ms
        return self._is_engine_paused

    def _take(self, event: Event, out: list[Command]) -> None:
        match event:
            case events.ReplyAudio(reply_id, item_id, audio):
                self._on_reply_audio(reply_id, item_id, audio, out)
            case events.DeadlineReached():
                pass  # `_settle` does the work
            case events.CallStarted():
                if self._connecting.started():
                    out.append(commands.ConnectEngine())
            case events.EngineOpened():
                if self._connecting.opened(self._now):
                    out.append(commands.ConfigureSession())
            case events.SessionConfigured():
                self._on_session_configured()
            case events.EngineRefused(code, message, event_id):
                self._on_engine_refused(code, message, event_id, out)
            case events.EngineLost(reason):
                out.append(Note("ENGINE", "Lost", {"reason": reason}, is_error=True))
                self._end = HangUpReason.ENGINE_FAILED
            case events.CallerSpeechStarted(item_id):
                self._turn_began(item_id)
            case events.CallerSpeechStopped(item_id):
                self._turn_began(item_id)
                self._turns.stopped(item_id, self._now)
            case events.CallerTurnCommitted(item_id):
                self._on_turn_committed(item_id, out)
            case events.CallerTranscript(item_id, text):
                out += self._transcript.caller_said(item_id, text, self._now)
            case events.CallerTranscriptFailed(item_id, reason):
                out += self._transcript.caller_not_understood(item_id, reason)
            case events.ReplyStarted(reply_id, request_id):
                self._on_reply_started(reply_id, request_id, out)
            case events.ReplyText(reply_id, item_id, text):
                self._on_reply_text(reply_id, item_id, text, out)
            case events.ToolCalled(reply_id, tool_call_id, name, arguments):
                self._on_tool_called(reply_id, tool_call_id, name, arguments, out)
            case events.ToolAnswered(tool_call_id, output):
                self._tools.answered(tool_call_id, output)
            case events.ReplyDone(reply_id, status, reason):
                self._on_reply_done(reply_id, status, reason, out)
            case events.MarkPlayed(name):
                if (reply := self._hearing.mark_played(name, self._now)) is not None:
                    self._reply_heard(reply, out)
            case events.KeyPressed(key):
                self.counters.keys_pressed += 1
                self._keypad.press(key, self._now)
            case events.CallerHungUp():
                self._end = HangUpReason.CALLER_HUNG_UP
            case events.CallEnded():
                self._end = HangUpReason.CALL_ENDED
            case events.ShutdownRequested():
                self._end = HangUpReason.SHUTDOWN
            case _:
                assert_never(event)

    # Event-triggered rules: the engine's session

    def _on_session_configured(self) -> None:
        self._connecting.configured()
        if self.phase is Phase.CONNECTING:
            self.phase = Phase.TALKING
            self._replies.owed = Purpose.GREETING

    def _on_engine_refused(
        self, code: str, message: str, event_id: str | None, out: list[Command]
    ) -> None:
        self.counters.engine_refusals += 1
        if self._replies.refused(code, event_id, self._now):
            fields: Fields = {"code": code, "message": message}
            out.append(Note("ENGINE", "Refused", fields, is_error=True))

    # Event-triggered rules: the caller

    def _turn_began(self, item_id: str) -> None:
        self._turns.began(item_id, self._now)
        self._transcript.caller_began(item_id, self._now)

    def _on_turn_committed(self, item_id: str, out: list[Command]) -> None:
        self._turn_began(item_id)
        self._settle_the_floor(out)  # a turn whose beginning was lost interrupts all the same
        if self._turns.committed(item_id):
            self._replies.owed = Purpose.ANSWER

    # Event-triggered rules: the agent

    def _on_reply_started(self, reply_id: str, request_id: str | None, out: list[Command]) -> None:
        if not self._replies.is_new(reply_id):
            return
        if (before := self._replies.making) is not None:
            self._finish(before.reply_id, "completed", out)  # it makes one at a time
        if request_id is None and not self._replies.is_awaited():
            self.counters.replies_unasked += 1
            out.append(Note("RESPONSE", "Not asked for", {"response_id": reply_id}))
        self._replies.started(reply_id, request_id, self._now)

    def _reply_being_made(self, reply_id: str, out: list[Command]) -> Reply | None:
        """The reply to which an event belongs; None when the event comes late."""
        self._on_reply_started(reply_id, None, out)  # in case its beginning was lost
        reply = self._replies.making
        return reply if reply is not None and reply.reply_id == reply_id else None

    def _only_lengthens(self, event: events.ReplyAudio) -> bool:
        """More of an item that already sounds: most of all events, and no rule asks about it."""
        making = self._replies.making
        if making is None or making.reply_id != event.reply_id or making.sounding != event.item_id:
            return False
        making.grew_at = self._now
        self.playout.add(event.reply_id, event.item_id, event.audio)
        return True

    def _on_reply_audio(
        self, reply_id: str, item_id: str, audio: bytes, out: list[Command]
    ) -> None:
        reply = self._reply_being_made(reply_id, out)
        if reply is None:
            self._forget_late_item(reply_id, item_id, out)
            return
        if not audio:
            return
        if item_id not in reply.items:
            reply.items.append(item_id)
        self._transcript.agent_sounds(reply_id, item_id, self._begins_to_be_heard_at())
        if not reply.sounding:
            self.counters.replies += 1
            out.append(Note("BARGE-IN", "AI starting to speak", {"response_id": reply_id}))
            if reply.purpose is Purpose.GREETING:
                out += self._greeting.sounds(reply_id)
        reply.sounding = item_id
        self._replies.grew(reply, self._now)
        self.playout.add(reply_id, item_id, audio)

    def _on_reply_text(self, reply_id: str, item_id: str, text: str, out: list[Command]) -> None:
        reply = self._reply_being_made(reply_id, out)
        if reply is None:
            self._forget_late_item(reply_id, item_id, out)
            return
        if item_id not in reply.items:
            reply.items.append(item_id)
        self._replies.grew(reply, self._now)
        at_ms = self._begins_to_be_heard_at()
        out.append(self._transcript.agent_says(reply_id, item_id, text, at_ms))

    def _forget_late_item(self, reply_id: str, item_id: str, out: list[Command]) -> None:
        """An item that a cancelled reply had begun before the engine knew: nobody heard it."""
        cancelled = self._replies.cancelled
        if cancelled is None or cancelled.reply_id != reply_id or item_id in cancelled.items:
            return
        cancelled.items.append(item_id)
        out.append(commands.DeleteItem(item_id))

    def _on_tool_called(
        self, reply_id: str, tool_call_id: str, name: str, arguments: str, out: list[Command]
    ) -> None:
        reply = self._reply_being_made(reply_id, out)
        if reply is None:
            self._tools.called_in_vain(tool_call_id)
            return
        reply.calls_tools = True
        self._replies.grew(reply, self._now)
        if self._tools.called(tool_call_id, self._now):
            self.counters.tools_called += 1
            out.append(commands.RunTool(tool_call_id, name, arguments))

    def _on_reply_done(self, reply_id: str, status: str, reason: str, out: list[Command]) -> None:
        if status == "cancelled":
            out.append(Note("RESPONSE", f"Cancelled: reason={reason or 'unknown'}"))
        elif status == "failed":
            fields: Fields = {"response_id": reply_id, "reason": reason}
            out.append(Note("RESPONSE", "Failed", fields, is_error=True))
        if self._replies.is_awaited() and self._replies.is_new(reply_id):
            self._on_reply_started(reply_id, None, out)  # in case its beginning was lost
        self._finish(reply_id, status, out)

    def _finish(self, reply_id: str, status: str, out: list[Command]) -> None:
        """Nothing more comes of a reply."""
        self.playout.end(reply_id)
        reply = self._replies.done(reply_id)
        if reply is None:
            return
        if not reply.sounding:
            out += self._transcript.reply_heard(reply_id)  # that is, none of it
        if not reply.is_fruitful and not reply.is_unwanted:
            self._came_to_nothing(reply, status, out)

    def _came_to_nothing(self, reply: Reply, status: str, out: list[Command]) -> None:
        if reply.purpose is None:
            return
        self._replies.stayed_silent(reply.purpose)
        self.counters.replies_retried += 1
        if not self._replies.has_failed:
            return
        if status == "failed":
            self._end = HangUpReason.ENGINE_FAILED
            return
        self._replies.gave_nothing()
        if reply.purpose is Purpose.GREETING:
            out += self._greeting.ended()

    def _reply_heard(self, reply_id: str, out: list[Command]) -> None:
        out += self._transcript.reply_heard(reply_id)
        out += self._greeting.heard(reply_id)

    # State-triggered rules

    def _settle(self, out: list[Command]) -> None:
        """The order matters: what is over, then who has the floor, then what is to be said."""
        if self._connecting.retries(self._now):
            out.append(commands.ConfigureSession())
        self._mind_the_engine(out)
        self._mind_the_ear(out)
        if self.phase is Phase.TALKING:
            self._mind_the_caller(out)
        self._settle_the_floor(out)
        self._mind_the_tools(out)
        if self.phase is Phase.TALKING:
            self._speak(out)
            self._mind_the_silence(out)
        if self._now >= self._policy.call_ms_max:
            self._end = HangUpReason.LONGEST_CALL
        if self._connecting.has_failed(self._now) or self._replies.has_failed:
            self._end = HangUpReason.ENGINE_FAILED

    def _mind_the_ear(self, out: list[Command]) -> None:
        ends_at = self.playout.ends_at
        out += [self._hearing.sent(reply_id, ends_at) for reply_id in self.playout.finished()]
        for reply_id in self._hearing.heard(self._now):
            self._reply_heard(reply_id, out)

    def _mind_the_engine(self, out: list[Command]) -> None:
        """A reply that does not begin is asked for again; one that does not go on has ended."""
        self._replies.expire(self._now)
        if self._replies.is_overdue(self._now, self._speech_ends_at()):
            reply = self._cancel_making(out)
            self.playout.end(reply.reply_id)
            if not reply.sounding:
                out += self._transcript.reply_heard(reply.reply_id)
            if not reply.is_fruitful:
                self._replies.stayed_silent(reply.purpose)
                self.counters.replies_retried += 1

    def _mind_the_caller(self, out: list[Command]) -> None:
        if self._turns.overdue(self._now):
            self._replies.owed = Purpose.ANSWER
        if typed := self._keypad.take(self._now):
            out.append(commands.AddCallerText(typed.text))
            out.append(self._transcript.caller_typed(typed.item_id, typed.text, typed.began_at))
            self._replies.owed = Purpose.ANSWER

    def _settle_the_floor(self, out: list[Command]) -> None:
        if self._caller_acts():
            self._silence.broken_by_caller()
            if self._replies.is_interruptible or self.is_agent_speaking:
                self._give_way(out)
        elif self._replies.making is not None and self._replies.making.is_unwanted:
            self._cancel_making(out)

    def _give_way(self, out: list[Command]) -> None:
        """Fall silent at once, and let the engine remember no more than the caller heard."""
        notes: list[Command] = []
        made = self._replies.making
        if self.is_agent_speaking or (made is not None and made.sounding):
            self.counters.barge_in_events += 1
        self._replies.withdraw()
        if made is not None:
            self._cancel_making(out)
            notes.append(Note("BARGE-IN", f"Cancelled AI response: {made.reply_id}"))
        if self.is_agent_speaking:
            out.append(commands.ClearAudio())
            self._hearing.cleared()
        waiting, unplayed = self._frames_unheard()
        heard = self._drop()
        out += self._forget_unheard(made, heard)
        if waiting or unplayed:
            of_made = sum(-(-part.made_ms // FRAME_MS) for part in heard)
            carrier = f"{unplayed}/{self._policy.ahead_frames_max} frames"
            flushed = f"OpenAI queue: {waiting}/{of_made} frames | TX queue: {carrier}"
            notes.append(Note("BARGE-IN FLUSH", flushed))
        out += self._transcript.cut(heard)
        if self.phase is Phase.TALKING:
            notes += self._greeting.interrupted()
        out += notes

    def _drop(self) -> list[Heard]:
        self.counters.frames_flushed += self._frames_unheard()[0]
        return self.playout.drop(self._now)

    def _cancel_making(self, out: list[Command]) -> Reply:
        reply = self._replies.cancel(self._now)
        out.append(commands.CancelReply(reply.reply_id))
        return reply

    def _forget_unheard(self, made: Reply | None, heard: list[Heard]) -> list[Command]:
        """Cut each item that lost its end where it was left; delete those never heard."""
        cut = {part.item_id: part.heard_ms for part in heard}
        if made is not None:
            # The engine may already have made more than we know of.
            for item_id in made.items[:-1]:
                if not self.playout.made_ms(item_id):
                    cut[item_id] = 0
            for item_id in made.items[-1:]:
                cut.setdefault(item_id, self.playout.made_ms(item_id))
        return [
            commands.TruncateItem(item_id, heard_ms) if heard_ms else commands.DeleteItem(item_id)
            for item_id, heard_ms in cut.items()
        ]

    def _mind_the_tools(self, out: list[Command]) -> None:
        self.counters.tools_failed += self._tools.give_up_overdue(self._now)
        if self._replies.making is None:
            answers, wants_reply = self._tools.take_answers()
            out += answers
            if wants_reply:
                self._replies.owed = Purpose.ANSWER

    def _speak(self, out: list[Command]) -> None:
        """Ask for the reply that is owed, when nobody is in the way."""
        if self._caller_acts() or not self._tools.is_empty:
            return
        if (asked := self._replies.request(self._now)) is not None:
            request_id, purpose = asked
            says = {
                Purpose.GREETING: self._briefing.greeting,
                Purpose.FOLLOW_UP: self._briefing.follow_up,
            }
            out.append(commands.RequestReply(request_id, says.get(purpose)))

    def _mind_the_silence(self, out: list[Command]) -> None:
        if not self._nobody_speaks():
            self._silence.interrupted()
            return
        patience = self._silence.lasts(self._now)
        if patience is Patience.ASK:
            self.counters.follow_ups += 1
            self._replies.owed = Purpose.FOLLOW_UP
            self._speak(out)
        elif patience is Patience.GIVE_UP:
            self._end = HangUpReason.SILENCE

    def _hang_up(self, reason: HangUpReason, out: list[Command]) -> None:
        self.phase = Phase.OVER
        out += self._transcript.cut(self._drop())
        if reason in OUR_REASONS:
            out.append(Note("HANGUP", f"Triggering hangup: {reason.value}"))
        out.append(commands.HangUp(reason))

    # Questions about the state

    def _caller_acts(self) -> bool:
        return self._turns.is_open or self._keypad.is_open

    def _nobody_speaks(self) -> bool:
        if self._caller_acts() or self.is_agent_speaking:
            return False
        return self._replies.is_idle and self._hearing.is_over and self._tools.is_empty

    def _speech_ends_at(self) -> int:
        """When the caller will have heard everything that can be sent by now.

        The piece of a frame that waits for the rest of its reply does not count: it may never go.
        """
        frames = self.playout.waiting_ms // FRAME_MS
        ends_at = self.playout.ends_at
        return max(self._now, ends_at) + frames * FRAME_MS if frames else ends_at

    def _begins_to_be_heard_at(self) -> int:
        """When speech that comes now will be heard."""
        return max(self._now, self.playout.ends_at) + self.playout.waiting_ms

    def _frames_unheard(self) -> tuple[int, int]:
        """How many frames wait here, and how many lie unplayed at the carrier."""
        unplayed_ms = max(0, self.playout.ends_at - self._now)
        return -(-self.playout.waiting_ms // FRAME_MS), -(-unplayed_ms // FRAME_MS)

    def _next_deadline(self) -> int | None:
        if self.phase is Phase.OVER:
            return None
        due = min(
            self._policy.call_ms_max,
            self._connecting.deadline,
            self._turns.deadline,
            self._replies.deadline(self._speech_ends_at()),
            self._hearing.deadline,
            self._tools.deadline,
            self._silence.deadline,
        )
        return min(due, self._keypad.deadline) if self.phase is Phase.TALKING else due
