"""A speech engine with its protocol, its speed and its faults (protocols, B3-B6 and D2).

It speaks several times faster than life, makes one reply at a time, and refuses what its protocol
forbids. Each item it makes consists of a byte of its own, so that whoever hears it knows whose it
is. What it may not be asked is kept in `violations`.
"""

from collections.abc import Iterator

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.call.events import Event
from prosaasil.sim.world import World

VOICES = 250  # bytes that are neither silence (0xFF) nor likely to be confused with it
BUSY = "conversation_already_has_active_response"
NOT_ACTIVE = "response_cancel_not_active"


class EngineTraits(Struct):
    """Probabilities are for each reply, unless said otherwise."""

    open_ms: int = 200
    configure_ms: int = 80
    think_ms: tuple[int, int] = (200, 900)
    reply_ms: tuple[int, int] = (300, 12_000)
    cancel_ms: tuple[int, int] = (20, 150)
    chunk_bytes: tuple[int, int] = (1, 3_000)
    chunk_gap_ms: tuple[int, int] = (0, 60)
    names_requests: bool = True
    """It says which request a reply answers."""
    answers_by_itself: bool = False
    never_opens: float = 0.0
    ignores_settings: float = 0.0
    """For each time the settings are sent."""
    never_starts: float = 0.0
    starts_late: float = 0.0
    never_ends: float = 0.0
    pauses: float = 0.0
    """For each 200 ms: 0.3 to 3 s."""
    says_nothing: float = 0.0
    fails: float = 0.0
    cancels_itself: float = 0.0
    has_two_items: float = 0.0
    calls_tools: float = 0.0
    fails_tools: float = 0.0
    """Tools that never answer."""
    loses_socket: float = 0.0


class _Making(Struct):
    reply_id: str
    request_id: str | None
    steps: Iterator[int]
    """Makes the next piece, and says how long that takes."""
    is_cancelled: bool = False


class Engine:
    def __init__(self, world: World, traits: EngineTraits) -> None:
        self._world = world
        self._traits = traits
        self.violations: list[str] = []
        self.requests_refused = 0
        self.tools_open: set[str] = set()
        self._is_configured = False
        self._is_closed = False
        self._making: _Making | None = None
        self._made: dict[str, int] = {}
        self._replies = 0
        self._voices = 0
        self._tools = 0
        self._heard = 0
        self._last_said_at = 0
        world.on_command.append(self.react)

    # What the call orders

    def react(self, command: Command) -> None:
        world, traits = self._world, self._traits
        match command:
            case commands.ConnectEngine():
                if not world.chance(traits.never_opens):
                    self._say(events.EngineOpened(), traits.open_ms)
            case commands.ConfigureSession():
                if not world.chance(traits.ignores_settings):
                    world.after(traits.configure_ms, self._configure)
            case commands.RequestReply(request_id):
                self._on_request(request_id)
            case commands.CancelReply(reply_id):
                self._on_cancel(reply_id)
            case commands.TruncateItem(item_id, heard_ms):
                if not 0 < heard_ms * 8 <= self._made.get(item_id, 0):
                    made = self._made.get(item_id)
                    self.violations.append(f"truncate {item_id} to {heard_ms} ms of {made} bytes")
            case commands.DeleteItem(item_id):
                if self._made.pop(item_id, None) is None:
                    self.violations.append(f"delete unknown item {item_id}")
            case commands.AnswerTool(tool_call_id):
                if tool_call_id not in self.tools_open:
                    self.violations.append(f"answer to unknown tool call {tool_call_id}")
                self.tools_open.discard(tool_call_id)
            case commands.RunTool(tool_call_id):
                if not world.chance(traits.fails_tools):
                    answer = events.ToolAnswered(tool_call_id, "{}")
                    world.after(world.between(50, 3_000), answer)
            case _:
                pass

    def _on_request(self, request_id: str) -> None:
        if not self._is_configured:
            self.violations.append("a reply was asked for before the session was configured")
        if self._making is not None:
            self.requests_refused += 1
            self._refuse(BUSY, request_id)
        elif not self._world.chance(self._traits.never_starts):
            self._make(request_id if self._traits.names_requests else None)

    def _on_cancel(self, reply_id: str) -> None:
        making = self._making
        if making is None or making.reply_id != reply_id:
            self._refuse(NOT_ACTIVE, None)
            return
        making.is_cancelled = True
        for _ in range(self._world.between(0, 5)):
            next(making.steps, 0)  # already on its way
        cancel_ms = self._world.between(*self._traits.cancel_ms)
        done = ("cancelled", "client_cancelled")
        self._world.after(cancel_ms, lambda: self._done(making, *done))

    def _refuse(self, code: str, event_id: str | None) -> None:
        self._say(events.EngineRefused(code, "refused", event_id))

    # What the caller does

    def hear(self, speech_ms: int, *, understood: str | None) -> None:
        """The caller begins to speak; `understood` is None when recognition fails."""
        if not self._is_configured or self._is_closed:
            return
        self._heard += 1
        item_id = f"heard-{self._heard}"
        self._say(events.CallerSpeechStarted(item_id), 200)

        def over() -> None:
            self._say(events.CallerSpeechStopped(item_id))
            self._say(events.CallerTurnCommitted(item_id), self._world.between(10, 50))
            transcript: Event = events.CallerTranscriptFailed(item_id, "unclear")
            if understood is not None:
                transcript = events.CallerTranscript(item_id, understood)
            self._world.after(self._world.between(300, 1_500), lambda: self._say(transcript))
            if self._traits.answers_by_itself and self._making is None:
                self._make(None)

        self._world.after(speech_ms + 500, over)

    # What it makes

    def _configure(self) -> None:
        self._is_configured = True
        self._say(events.SessionConfigured())

    def _make(self, request_id: str | None) -> None:
        world, traits = self._world, self._traits
        self._replies += 1
        reply_id = f"answer-{self._replies}"
        making = _Making(reply_id, request_id, iter(()))
        making.steps = self._steps(reply_id)
        self._making = making
        think_ms = world.between(*traits.think_ms)
        if world.chance(traits.starts_late):
            think_ms += world.between(5_000, 12_000)
        if world.chance(traits.loses_socket):
            world.after(think_ms + 100, self._lose)

        def begin() -> None:
            if not making.is_cancelled:
                self._say(events.ReplyStarted(reply_id, request_id))
                self._go_on(making)

        world.after(think_ms, begin)

    def _go_on(self, making: _Making) -> None:
        if making.is_cancelled:
            return
        wait_ms = next(making.steps, None)
        if wait_ms is not None:
            self._world.after(wait_ms, lambda: self._go_on(making))
        elif not self._world.chance(self._traits.never_ends):
            traits = self._traits
            status, reason = "completed", ""
            if self._world.chance(traits.cancels_itself):
                status, reason = "cancelled", "turn_detected"
            elif self._world.chance(traits.fails):
                status, reason = "failed", "server_error"
            self._done(making, status, reason)

    def _steps(self, reply_id: str) -> Iterator[int]:
        world, traits = self._world, self._traits
        if world.chance(traits.says_nothing) or world.chance(traits.fails):
            return
        items = 2 if world.chance(traits.has_two_items) else 1
        for item in range(items):
            item_id = f"{reply_id}.{item}"
            voice = bytes([1 + self._voices % VOICES])
            self._voices += 1
            self._made[item_id] = 0
            left = 8 * world.between(*traits.reply_ms)
            while left > 0:
                size = min(left, world.between(*traits.chunk_bytes))
                left -= size
                self._say(events.ReplyText(reply_id, item_id, "word "))
                self._made[item_id] = self._made.get(item_id, 0) + size
                self._say(events.ReplyAudio(reply_id, item_id, voice * size))
                pause = world.chance(traits.pauses * size / 1_600)
                yield world.between(300, 3_000) if pause else world.between(*traits.chunk_gap_ms)
        while world.chance(traits.calls_tools):
            self._tools += 1
            self.tools_open.add(f"tool-{self._tools}")
            self._say(events.ToolCalled(reply_id, f"tool-{self._tools}", "look", "{}"))
            yield 5

    def _done(self, making: _Making, status: str, reason: str) -> None:
        if self._making is making:
            self._making = None
        self._say(events.ReplyDone(making.reply_id, status, reason))

    def _lose(self) -> None:
        self._say(events.EngineLost("closed"))
        self._is_closed = True

    def _say(self, event: Event, delay_ms: int = 0) -> None:
        """One socket: what is said first arrives first."""
        if self._is_closed:
            return
        world = self._world
        at = max(self._last_said_at, world.now + delay_ms + world.between(5, 30))
        self._last_said_at = at
        world.after(at - world.now, event)
