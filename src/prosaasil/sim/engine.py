"""A speech engine with its protocol, its speed and its faults (protocols, B3-B8 and D2).

It speaks several times faster than life, makes one reply at a time, and refuses what its protocol
forbids. Each item it makes consists of a byte of its own, so that whoever hears it knows whose it
is. What it may not be asked is kept in `violations`.

A lost socket is followed by a session that knows nothing of the one before: no items, no replies,
no tool calls, and no words until they are replayed.
"""

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.call.events import Event
from prosaasil.sim.engine_traits import EngineTraits
from prosaasil.sim.line import Line
from prosaasil.sim.listening import Listening, Turn
from prosaasil.sim.phrases import Meaning
from prosaasil.sim.speaking import Making, Speaker
from prosaasil.sim.world import World

BUSY = "conversation_already_has_active_response"
NOT_ACTIVE = "response_cancel_not_active"
EXPIRED = "session_expired"
ORDERS = (
    commands.ConnectEngine,
    commands.ConfigureSession,
    commands.RequestReply,
    commands.CancelReply,
    commands.TruncateItem,
    commands.DeleteItem,
    commands.RunTool,
    commands.AnswerTool,
    commands.AddCallerText,
    commands.AddSystemNote,
    commands.ReplayConversation,
    commands.ReplayToolCall,
    commands.PublishTranscript,
)
PIECES_AHEAD_MAX = 5
AHEAD_MS_MAX = 100
"""So much of a reply is on its way when it is cancelled."""


class Heard(Struct):
    """A turn and what became of it."""

    turn: Turn
    session: int
    begun_at: int
    committed_at: int = -1


class Engine:
    def __init__(self, world: World, line: Line, traits: EngineTraits) -> None:
        self._world = world
        self._traits = traits
        self.violations: list[str] = []
        self.requests_refused = 0
        self.speaker = Speaker(world, traits, self._say_piece)
        self.turns: dict[str, Heard] = {}
        self.session = 0
        self.tools_open = self.speaker.tools_open
        self._is_open = False
        self._is_configured = False
        self._knows_the_conversation = True
        self._was_said = False
        self._making: Making | None = None
        self._turns_known: set[str] = set()
        self._last_heard = Meaning.NOTHING
        self._last_words = ""
        self._latency_ms = world.between(5, 40)
        self._ahead_ms = 0
        self._loss_told_at = -1
        self._listening = Listening(world, line, self._turn_begun, self._turn_over)
        world.on(ORDERS, self.react)
        if traits.session_ms:
            world.after(traits.session_ms, self._expire)

    # What the call orders

    def react(self, command: Command) -> None:
        match command:
            case commands.ConnectEngine():
                self._connect()
            case commands.RunTool(tool_call_id):
                self._run_tool(tool_call_id)
            case commands.PublishTranscript(final=final):
                self._was_said = self._was_said or final
            case _:
                if self._is_open:
                    self._obey(command)
                elif self._world.now > self._loss_told_at:
                    self.violations.append(f"{type(command).__name__} to no engine")

    def _obey(self, command: Command) -> None:
        if not self._is_configured and not isinstance(command, commands.ConfigureSession):
            self.violations.append(f"{type(command).__name__} before the session was configured")
        match command:
            case commands.ConfigureSession():
                if not self._world.goes_wrong(self._traits.ignores_settings):
                    session = self.session
                    self._world.after(self._traits.configure_ms, lambda: self._configure(session))
            case commands.RequestReply(request_id, say):
                self._on_request(request_id, say)
            case commands.CancelReply(reply_id):
                self._on_cancel(reply_id)
            case commands.TruncateItem(item_id, heard_ms):
                made = self.speaker.made.get(item_id)
                if made is None or not 0 < heard_ms * 8 <= made:
                    self.violations.append(f"truncate {item_id} to {heard_ms} ms of {made} bytes")
            case commands.DeleteItem(item_id):
                if item_id in self._turns_known:
                    self._turns_known.discard(item_id)
                elif self.speaker.made.pop(item_id, None) is None:
                    self.violations.append(f"delete unknown item {item_id}")
            case commands.AnswerTool(tool_call_id):
                if tool_call_id not in self.tools_open:
                    self.violations.append(f"answer to unknown tool call {tool_call_id}")
                self.tools_open.discard(tool_call_id)
            case commands.ReplayConversation():
                self._knows_the_conversation = True
            case commands.ReplayToolCall(tool_call_id):
                self.tools_open.add(tool_call_id)
            case _:
                pass

    def _on_request(self, request_id: str, say: str | None) -> None:
        if not self._knows_the_conversation:
            self.violations.append("a reply was asked for before the conversation was replayed")
        if self._making is not None:
            self.requests_refused += 1
            self._refuse(BUSY, request_id)
        elif self._world.goes_wrong(self._traits.refuses):
            self._refuse("rate_limit_exceeded", request_id)
        elif not self._world.goes_wrong(self._traits.never_starts):
            self._make(request_id if self._traits.names_requests else None, say)

    def _on_cancel(self, reply_id: str) -> None:
        making = self._making
        if making is None or making.reply_id != reply_id:
            if reply_id not in self.speaker.replies:
                self.violations.append(f"cancel unknown reply {reply_id}")
            self._refuse(NOT_ACTIVE, None)
            return
        making.is_cancelled = True
        cancel_ms = self._world.between(*self._traits.cancel_ms)
        self._world.after(cancel_ms, lambda: self._done(making, "cancelled", "client_cancelled"))

    def _refuse(self, code: str, event_id: str | None) -> None:
        self._say(events.EngineRefused(code, "refused", event_id))

    def _run_tool(self, tool_call_id: str) -> None:
        world, traits = self._world, self._traits
        if world.goes_wrong(traits.fails_tools):
            return
        slow = world.chance(traits.slow_tools)
        wait_ms = world.between(*traits.slow_tool_ms) if slow else world.between(50, 1_200)
        world.after(wait_ms, events.ToolAnswered(tool_call_id, "{}"))

    # The session

    def _connect(self) -> None:
        world, traits = self._world, self._traits
        self.session += 1
        session = self.session
        if world.goes_wrong(traits.never_opens):
            if world.chance(0.5):
                world.after(traits.open_ms, events.EngineLost("refused"))
            return

        def opened() -> None:
            if session == self.session:
                self._is_open = True
                self._say(events.EngineOpened())

        world.after(traits.open_ms, opened)

    def _configure(self, session: int) -> None:
        if session != self.session or not self._is_open:
            return
        if not self._is_configured:
            self._is_configured = True
            self._listening.start()
        self._say(events.SessionConfigured())

    def _expire(self) -> None:
        if self._is_open and self._world.goes_wrong(1.0):
            self._say(events.EngineRefused(EXPIRED, "Your session hit its maximum duration."))
            self._lose()

    def _lose(self) -> None:
        """The socket is gone, and with it everything the session knew."""
        if not self._is_open or not self._world.goes_wrong(1.0):
            return
        making = self._making
        wait_ms = 0 if making is None else max(0, making.sent_at - self._world.now)
        self._say(events.EngineLost("closed"), wait_ms)
        self._loss_told_at = self._world.now + self._latency_ms + wait_ms
        self._is_open = self._is_configured = False
        self._listening.stop()
        if making is not None:
            making.is_cancelled = True
        self._making = None
        self.speaker.forget()
        self.tools_open.clear()
        self._turns_known.clear()
        self._knows_the_conversation = not self._was_said

    # What the caller does

    def _turn_begun(self, turn: Turn) -> None:
        turn.item_id = f"{turn.item_id}.{self.session}"
        self.turns[turn.item_id] = Heard(turn, self.session, self._world.now)
        self._say(events.CallerSpeechStarted(turn.item_id), 20)
        making = self._making
        if making is not None and self._world.goes_wrong(self._traits.interrupts_itself):
            making.is_cancelled = True
            self._done(making, "cancelled", "turn_detected")

    def _turn_over(self, turn: Turn) -> None:
        world, traits = self._world, self._traits
        item_id = turn.item_id
        self._say(events.CallerSpeechStopped(item_id))
        is_understood = not world.goes_wrong(traits.mishears)
        self._last_heard = turn.meaning
        self._last_words = turn.text if turn.meaning is Meaning.WORDS else ""
        if not is_understood:
            transcript: Event = events.CallerTranscriptFailed(item_id, "unclear")
        else:
            transcript = events.CallerTranscript(item_id, turn.text)
        if world.goes_wrong(traits.transcribes_first):
            self._say(transcript)
        elif not world.goes_wrong(traits.never_transcribes):
            late = world.goes_wrong(traits.transcribes_late)
            wait_ms = world.between(2_000, 6_000) if late else world.between(*traits.transcript_ms)
            session = self.session
            world.after(wait_ms, lambda: self._say_in(session, transcript))
        self._turns_known.add(item_id)
        self.turns[item_id].committed_at = world.now
        self._say(events.CallerTurnCommitted(item_id), world.between(10, 50))
        if world.goes_wrong(traits.answers_by_itself) and self._making is None:
            self._make(None, None)

    # What it makes

    def _make(self, request_id: str | None, say: str | None) -> None:
        world, traits = self._world, self._traits
        ends_call = self._last_heard is Meaning.GOODBYE or world.chance(traits.says_goodbye)
        making = self.speaker.make(say, answers=self._last_words, ends_call=ends_call)
        self._making = making
        think_ms = world.between(*traits.think_ms)
        if world.goes_wrong(traits.starts_late):
            think_ms += world.between(5_000, 12_000)
        if world.goes_wrong(traits.loses_socket):
            world.after(think_ms + world.between(0, 1_500), self._lose)

        def begin() -> None:
            if not making.is_cancelled:
                self._say(events.ReplyStarted(making.reply_id, request_id))
                self._go_on(making)

        world.after(think_ms, begin)

    def _go_on(self, making: Making) -> None:
        """Make some pieces, all but the first of them ahead of their time."""
        if making.is_cancelled:
            return
        self._ahead_ms = 0
        for _ in range(PIECES_AHEAD_MAX):
            pause_ms = next(making.steps, None)
            making.sent_at = self._world.now + self._ahead_ms
            if pause_ms is None:
                break
            self._ahead_ms += pause_ms
            if self._ahead_ms > AHEAD_MS_MAX:
                break
        go_on = self._finish if pause_ms is None else self._go_on
        self._world.after(self._ahead_ms, lambda: go_on(making))

    def _finish(self, making: Making) -> None:
        if making.is_cancelled:
            return
        if not self._world.goes_wrong(self._traits.never_ends):
            status, reason = "completed", ""
            if self._world.goes_wrong(self._traits.cancels_itself):
                status, reason = "cancelled", "turn_detected"
            elif self._world.goes_wrong(self._traits.fails):
                status, reason = "failed", "server_error"
            self._done(making, status, reason)
            if self._world.goes_wrong(self._traits.speaks_up):
                self._world.after(self._world.between(300, 6_000), self._speak_up)

    def _speak_up(self) -> None:
        if self._is_configured and self._making is None:
            self._make(None, None)

    def _done(self, making: Making, status: str, reason: str) -> None:
        if self._making is making:
            self._making = None
            wait_ms = max(0, making.sent_at - self._world.now)
            self._say(events.ReplyDone(making.reply_id, status, reason), wait_ms)

    def _say_in(self, session: int, event: Event) -> None:
        if session == self.session:
            self._say(event)

    def _say_piece(self, event: Event) -> None:
        self._say(event, self._ahead_ms)

    def _say(self, event: Event, delay_ms: int = 0) -> None:
        """One socket: what is said first arrives first."""
        if self._is_open:
            self._world.after(self._latency_ms + delay_ms, event)
