"""One phone call, from its first frame to the hang-up, as a deterministic state machine.

Theory of operation
===================

`handle(event, now)` is the only way in and the returned commands the only way out; beside them the
process-wide pacer takes frames from `playout`. Two kinds of rule change the state:

1. Event-triggered rules, one method per event: "words were recognised, so judge them".
2. State-triggered rules, in `_settle`, run after every event whatever it was: "the caller's words
   are accepted and the agent is in the middle of a reply, so give way".

Anything of the form "once X and Y are both true" belongs in `_settle`. It must not be copied into
the handlers of X and of Y: that is how speech gets cut off when Y comes first.

What has a state of its own is a small machine in a module of its own, with its questions and its
deadline: `connecting` (the engine's session); `caller` with `voice`, `turns` and `floor`;
`keypad`; `agent` with `replies`, `playout`, `hearing` and `greeting`; `toolcalls`, `loops`,
`silence`, `farewell`, `transcript`. They do not know each other; this module alone orders them.

No state may be left only by a peer's event: each machine has a limit for each of its waits, and the
least of them is `deadline`. No clock, no I/O, no asyncio, no randomness, no logging. `now` is in
milliseconds since the call's start and never goes back.
"""

from enum import Enum
from typing import assert_never

from prosaasil.words.farewell import closes, says_goodbye

from . import commands, events
from .agent import Agent
from .briefing import Briefing
from .caller import Caller
from .commands import Command, HangUpReason, Note
from .connecting import Connecting
from .events import Event
from .farewell import Farewell
from .keypad import Keypad
from .loops import Loops
from .policy import NEVER
from .replies import NICETIES, Purpose
from .silence import Patience, Silence
from .toolcalls import ToolCalls
from .transcript import Counters, Transcript
from .turns import Turn, Worth

# What the call itself decides to end; the other reasons only report that it has ended.
OUR_REASONS = {
    HangUpReason.USER_GOODBYE,
    HangUpReason.AGENT_GOODBYE,
    HangUpReason.SILENCE,
    HangUpReason.LONGEST_CALL,
    HangUpReason.ENGINE_FAILED,
}
ENDED = "Call ended externally (call_status_{}) - closing WebSocket immediately"
TOOLS = "tools"
"""Among the turns that an answer is for: what tools have answered."""


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
        self._transcript = Transcript(policy, self.counters)
        self._agent = Agent(policy, self.counters, self._transcript)
        self.playout = self._agent.playout
        self._replies = self._agent.replies
        self._connecting = Connecting(policy)
        self._caller = Caller(policy, self.counters, self._transcript, self.playout)
        self._turns = self._caller.turns
        self._floor = self._caller.floor
        self._keypad = Keypad(policy)
        self._tools = ToolCalls(policy)
        self._loops = Loops()
        self._silence = Silence(policy)
        self._farewell = Farewell(policy, briefing.goal)
        self._sentences = {
            Purpose.GREETING: briefing.greeting,
            Purpose.FOLLOW_UP: briefing.follow_up,
            Purpose.ONE_MOMENT: briefing.one_moment,
            Purpose.RECONNECTED: briefing.reconnected or briefing.follow_up,
        }
        self._answer_to: set[str] = set()
        """What the answer that is owed, made or waiting is for, as long as nobody has heard it."""
        self._words_from = 0  # when the latest turn began whose words were accepted
        self._gate_is_open = True
        self._deadline: int | None = self._next_deadline()

    def handle(self, event: Event, now: int) -> list[Command]:
        """Take one fact; return what to do about it. Never blocks; no peer can make it raise."""
        assert now >= self._now, "time went backwards"
        self._now = now
        out: list[Command] = []
        if self.phase is Phase.OVER:
            return out
        if self._agent.only_lengthens(event, now, out):
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
        return self._agent.is_heard(self._now)

    @property
    def wants_engine_paused(self) -> bool:
        return self._agent.is_far_ahead()

    def _take(self, event: Event, out: list[Command]) -> None:
        now = self._now
        match event:
            case events.ReplyAudio(reply_id, item_id, audio):
                self._agent.sounds(reply_id, item_id, audio, now, out)
            case events.DeadlineReached():
                pass  # `_settle` does the work
            case events.CallStarted():
                if self._connecting.started():
                    out.append(commands.ConnectEngine())
            case events.EngineOpened():
                if self._connecting.opened(now):
                    out.append(commands.ConfigureSession())
            case events.SessionConfigured():
                self._on_session_configured(out)
            case events.EngineRefused(code, message, event_id):
                self._agent.refused(code, message, event_id, now, out)
            case events.EngineLost(reason):
                self._on_engine_lost(reason, out)
            case events.CallerVoiceHeard(frames):
                is_sounding = self._agent.is_sounding(now)
                self._caller.voice_heard(frames, now, out, agent_is_sounding=is_sounding)
            case events.CallerVoiceEnded(frames):
                self._caller.voice_ended(frames, now)
            case events.CallerSpeechStarted(item_id):
                self._caller.turn_began(item_id, now)
            case events.CallerSpeechStopped(item_id):
                self._caller.turn_stopped(item_id, now)
            case events.CallerTurnCommitted(item_id):
                self._caller.turn_committed(item_id, now, out)
            case events.CallerTranscript(item_id, text):
                if turn := self._caller.judge(item_id, text, now, out):
                    self._on_judged(turn, text, out)
            case events.CallerTranscriptFailed(item_id, reason):
                if turn := self._caller.judge_without_words(item_id, reason, now, out):
                    self._on_judged(turn, "", out)
            case events.ReplyStarted(reply_id, request_id):
                self._on_reply_started(reply_id, request_id, out)
            case events.ReplyText(reply_id, item_id, text):
                self._agent.says(reply_id, item_id, text, now, out)
            case events.ToolCalled():
                self._on_tool_called(event, out)
            case events.ToolAnswered(tool_call_id, output):
                self._tools.answered(tool_call_id, output)
            case events.ReplyDone(reply_id, status, reason):
                has_failed = self._agent.ends(reply_id, status, reason, now, out)
                self._end = HangUpReason.ENGINE_FAILED if has_failed else self._end
            case events.MarkPlayed(name):
                self._agent.mark_played(name, now, out)
            case events.KeyPressed(key):
                self._on_key(key)
            case events.CallerHungUp():
                self._end = HangUpReason.CALLER_HUNG_UP
            case events.CallEnded(status):
                out.append(Note("CALL_END", ENDED.format(status)))
                self._end = HangUpReason.CALL_ENDED
            case events.ShutdownRequested():
                self._end = HangUpReason.SHUTDOWN
            case _:
                assert_never(event)

    # Event-triggered rules: the engine's session

    def _on_session_configured(self, out: list[Command]) -> None:
        is_new_engine = self._connecting.configured()
        if self.phase is Phase.CONNECTING:
            self.phase = Phase.TALKING
            self._replies.owe(Purpose.GREETING)
        elif is_new_engine:
            if said := self._transcript.so_far():
                out.append(commands.ReplayConversation(said))
            out += self._tools.replayed()

    def _on_engine_lost(self, reason: str, out: list[Command]) -> None:
        """What it was doing is lost with it; the caller hears a short word and goes on."""
        out.append(Note("ENGINE", "Lost", {"reason": reason}, is_error=True))
        was_ready = self._connecting.is_ready
        if not self._connecting.lost(self._now):
            self._end = HangUpReason.ENGINE_FAILED
            return
        self.counters.engine_reconnections += 1
        out.append(commands.ConnectEngine())
        if not was_ready:
            return
        was_silent = self._replies.is_idle and self._tools.is_empty
        self._agent.engine_lost()
        heard_something = self._turns.forget()
        self._floor.engine_lost()
        self._answer_to.clear()
        if (heard_something or not was_silent) and not self._replies.owes(Purpose.GREETING):
            self._replies.owe(Purpose.RECONNECTED)
            self._replies.owe(Purpose.ANSWER)

    # Event-triggered rules: the caller

    def _on_key(self, key: str) -> None:
        self.counters.keys_pressed += 1
        self._keypad.press(key, self._now)
        self._caller_is_here(self._now)

    def _on_judged(self, turn: Turn, text: str, out: list[Command]) -> None:
        """A filler, an echo, a noise leaves no trace: what was begun for it is undone."""
        if turn.worth is Worth.ACCEPTED:
            self._caller_said(text, turn, out)
            return
        self._need_no_answer(turn.item_id, out)
        if self._caller.is_claim_over(turn):
            self._claim_is_over(turn.reason, out)

    def _caller_is_here(self, since: int) -> None:
        """Real words or keys: whatever waited for the caller waits no more."""
        self._loops.caller_spoke(since)
        self._farewell.withdraw()
        self._silence.broken_by_caller()

    def _caller_said(self, text: str, turn: Turn, out: list[Command]) -> None:
        is_latest = turn.began_at >= self._words_from
        self._words_from = max(turn.began_at, self._words_from)
        if not says_goodbye(text) or not is_latest:  # a goodbye before other words is none
            self._caller_is_here(turn.began_at)
            return
        has_closed = self._farewell.is_under_way or self._farewell.forbids_speech
        self._loops.caller_spoke(turn.began_at)
        out += self._farewell.caller_said_goodbye()
        if self._farewell.forbids_speech:
            self._answer_to = {turn.item_id}  # whatever it was for: it is not given any more
        if has_closed or self._farewell.forbids_speech:
            turn.is_answered = True
            self._need_no_answer(turn.item_id, out)

    def _need_no_answer(self, item_id: str, out: list[Command]) -> None:
        if item_id not in self._answer_to:
            return
        self._answer_to.discard(item_id)
        if self._answer_to:
            return
        self._replies.forgive(Purpose.ANSWER)
        if self._agent.has_unheard and self._replies.coming in {None, Purpose.ANSWER}:
            self._agent.withdraw(self._now, out)

    # Event-triggered rules: the agent

    def _on_reply_started(self, reply_id: str, request_id: str | None, out: list[Command]) -> None:
        """An engine that speaks by itself is listened to, unless the agent has to be silent."""
        is_unasked = request_id is None and not self._replies.is_awaited()
        may_speak = not self._must_wait_for_caller() and self.playout.replies_waiting <= 1
        self._agent.begins(reply_id, request_id, self._now, out)
        if is_unasked and not may_speak and (making := self._replies.making):
            making.is_unwanted = making.is_unwanted or making.reply_id == reply_id

    def _on_tool_called(self, called: events.ToolCalled, out: list[Command]) -> None:
        tool = (called.tool_call_id, called.name, called.arguments)
        if not self._agent.calls_tool(called.reply_id, self._now, out):
            self._tools.called_in_vain(*tool)
        elif self._tools.called(*tool, self._now):
            self.counters.tools_called += 1
            out.append(commands.RunTool(*tool))

    # State-triggered rules

    def _settle(self, out: list[Command]) -> None:
        """The order matters: what is over, then who has the floor, then what is to be said."""
        if self._connecting.retries(self._now):
            out.append(commands.ConfigureSession())
        self._agent.settle(self._now, out)
        if self.playout.is_mid_reply and self._answer_to:
            self._answer_to.clear()  # it is being heard: too late to take it back
            self._silence.broken_by_caller()
        self._caller.end_overdue_turn(self._now)
        if self.phase is Phase.TALKING:
            self._mind_the_keys(out)
            self._mind_the_floor(out)
        self._mind_the_tools(out)
        self._mind_what_was_said(out)
        if self.phase is Phase.TALKING:
            self._speak(out)
            self._mind_the_silence(out)
        self._hold_or_resume(out)
        self._mind_the_gate(out)
        if self._now >= self._policy.call_ms_max:
            self._end = HangUpReason.LONGEST_CALL
        if self._connecting.has_failed(self._now) or self._replies.has_failed:
            self._end = HangUpReason.ENGINE_FAILED

    def _mind_the_keys(self, out: list[Command]) -> None:
        if self._connecting.is_ready and (typed := self._keypad.take(self._now)):
            out.append(commands.AddCallerText(typed.text))
            out.append(self._transcript.caller_typed(typed.item_id, typed.text, typed.began_at))
            self._owe_answer(typed.item_id, out)
        if self._keypad.is_open and (self._replies.is_interruptible or self.is_agent_speaking):
            self._agent.give_way(self._now, out)

    def _mind_the_floor(self, out: list[Command]) -> None:
        for turn in self._turns.unanswered:
            self._mind_the_turn(turn, out)
        if self._floor.is_overdue(self._now):
            self._claim_is_over("timeout", out)
        elif self._floor.is_claimed and not self._agent.has_more_to_say(self._now):
            self._claim_is_over("the agent had finished", out)
        self._agent.cancel_unwanted(self._now, out)

    def _mind_the_turn(self, turn: Turn, out: list[Command]) -> None:
        """What a turn that is not answered yet asks for: the floor, or its answer."""
        is_heard = self.playout.is_mid_reply
        if turn.worth is Worth.ACCEPTED and is_heard and turn.over_reply == self.playout.reply_id:
            out.append(Note("BARGE-IN", f"CONFIRMED: {turn.reason}"))
            self._floor.close()
            self._agent.give_way(self._now, out)
        if turn.ended_at is None or self.playout.is_mid_reply:
            return
        waited_ms = self._now - turn.ended_at
        is_clear = turn.worth is Worth.ACCEPTED or self._caller.is_strong(turn)
        needs_words = turn.is_over_speech or self._farewell.forbids_speech
        if turn.worth is Worth.REJECTED:
            turn.is_answered = True
        elif turn.worth is Worth.PENDING and needs_words:
            turn.is_answered = waited_ms >= self._policy.words_limit_ms
            if turn.is_answered and is_clear:
                self._owe_answer(turn.item_id, out)
        elif not self._agent.has_unheard:
            self._owe_answer(turn.item_id, out)
        elif is_clear or waited_ms >= self._policy.words_wait_ms:
            self._owe_answer(turn.item_id, out)
            self._agent.withdraw(self._now, out)

    def _owe_answer(self, item_id: str, out: list[Command]) -> None:
        if (turn := self._turns.find(item_id)) is not None:
            turn.is_answered = True
        if not (self._agent.has_unheard or self._replies.owes(Purpose.ANSWER)):
            self._answer_to.clear()
        self._answer_to.add(item_id)
        self._replies.owe(Purpose.ANSWER)
        self._replies.forgive(Purpose.FOLLOW_UP)
        if self._replies.owes(Purpose.GREETING):  # the caller was first
            self._replies.forgive(Purpose.GREETING)
            out += self._agent.greeting.ended()

    def _claim_is_over(self, why: str, out: list[Command]) -> None:
        self._floor.close()
        out.append(Note("BARGE-IN", f"NOT CONFIRMED: {why}"))

    def _mind_the_tools(self, out: list[Command]) -> None:
        if self._tools.is_empty:
            return
        self.counters.tools_failed += self._tools.give_up_overdue(self._now)
        if self._replies.making is None and self._connecting.is_ready:
            answers, wants_reply = self._tools.take_answers()
            out += answers
            if answers:
                self._replies.forgive(Purpose.ONE_MOMENT)
            if wants_reply:
                self._owe_answer(TOOLS, out)
        if self._may_bridge() and self._tools.take_time(self._now):
            self._replies.owe(Purpose.ONE_MOMENT)

    def _may_bridge(self) -> bool:
        """A tool's wait is silent, and the business has a sentence for it."""
        is_silent = not self.is_agent_speaking and not self._caller_acts()
        return is_silent and bool(self._briefing.one_moment)

    def _mind_what_was_said(self, out: list[Command]) -> None:
        """A reply has been made: whether it repeats the one before, or says goodbye."""
        reply = self._agent.take_finished()
        if reply is None:
            return
        notes = self._loops.agent_said(reply.text, reply.heard_from)
        self.counters.duplicate_questions += bool(notes)
        out += notes
        if reply.purpose is not Purpose.GREETING and closes(reply.text):
            self._farewell.agent_said_goodbye()

    def _speak(self, out: list[Command]) -> None:
        """Ask for the reply that is owed, when nobody is in the way."""
        if self._caller_acts() or self._floor.is_claimed or not self._connecting.is_ready:
            return
        if self._must_wait_for_caller() and self._answer_to <= {TOOLS}:
            self._replies.forgive(Purpose.ANSWER)
        only = None if self._tools.is_empty else NICETIES
        if (asked := self._replies.request(self._now, only=only)) is not None:
            request_id, purpose = asked
            out.append(commands.RequestReply(request_id, self._sentences.get(purpose)))
            if purpose is Purpose.ANSWER:
                self._answer_all_that_was_said()

    def _answer_all_that_was_said(self) -> None:
        """The engine answers its whole memory: turns that wait for their words are in it too."""
        for turn in self._turns.unanswered:
            turn.is_answered = True
            self._answer_to.add(turn.item_id)

    def _must_wait_for_caller(self) -> bool:
        return self._loops.is_waiting or self._farewell.forbids_speech

    def _mind_the_silence(self, out: list[Command]) -> None:
        if not self._nobody_speaks():
            self._silence.interrupted()
            self._farewell.somebody_speaks()
            return
        if (reason := self._farewell.nobody_speaks(self._now)) is not None:
            self._end = reason
            return
        may_ask = not self._farewell.is_under_way and not self._farewell.forbids_speech
        patience = self._silence.lasts(self._now, may_ask=may_ask)
        if patience is Patience.ASK:
            self.counters.follow_ups += 1
            self._replies.owe(Purpose.FOLLOW_UP)
            self._speak(out)
        elif patience is Patience.GIVE_UP:
            self._end = HangUpReason.SILENCE

    def _hold_or_resume(self, out: list[Command]) -> None:
        if self._wants_hold():
            self._agent.hold(self._now, out)
        else:
            self._agent.resume(self._now, out)

    def _wants_hold(self) -> bool:
        """What was begun is held for a claim; what nobody has heard yet, for much less."""
        if self.playout.is_mid_reply or self._floor.is_held:
            return self._floor.is_held
        waits_for_words = self._caller.waits_for_words(self._answer_to, self._now)
        return self._turns.is_open or waits_for_words or self._caller.voice_may_be_a_turn(self._now)

    def _mind_the_gate(self, out: list[Command]) -> None:
        """While the agent is heard and nobody claims the floor, the engine hears nothing."""
        opens = not self._agent.is_sounding(self._now) or self._floor.is_claimed
        if opens == self._gate_is_open:
            return
        self._gate_is_open = opens
        if not opens:
            self._caller.gate_closes(self._now)
        out.append(commands.OpenGate() if opens else commands.CloseGate())

    def _hang_up(self, reason: HangUpReason, out: list[Command]) -> None:
        self.phase = Phase.OVER
        out += self._transcript.cut(self._agent.drop(self._now))
        if reason in OUR_REASONS:
            out.append(Note("HANGUP", f"Triggering hangup: {reason.value}"))
        out.append(commands.HangUp(reason))

    # Questions about the state

    def _caller_acts(self) -> bool:
        return self._turns.is_open or self._keypad.is_open

    def _nobody_speaks(self) -> bool:
        if self._caller_acts() or self.is_agent_speaking or not self._connecting.is_ready:
            return False
        if self._floor.is_claimed or self._turns.is_worth_waiting:
            return False
        if self._caller.voice_delays_the_end(self._now):
            return False
        return self._replies.is_idle and self._agent.hearing.is_over and self._tools.is_empty

    def _next_deadline(self) -> int | None:
        if self.phase is Phase.OVER:
            return None
        due = min(
            self._policy.call_ms_max,
            self._connecting.deadline,
            self._agent.deadline(self._now),
            self._caller.deadline(self._answer_to, self._now),
            NEVER if self._tools.is_empty else self._tools.deadline(may_bridge=self._may_bridge()),
            self._silence.deadline,
            self._farewell.deadline,
        )
        return min(due, self._keypad.deadline) if self._connecting.is_ready else due
