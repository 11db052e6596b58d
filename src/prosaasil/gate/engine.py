"""PURE. An engine that follows a scenario in virtual time, and minds its protocol.

It finds turns as the simulator's engine does, in what the line lets through, so that a word whose
beginning was withheld is not understood. Its replies come as the rig's engine delivers them: both
are timed by `script.deltas`.
"""

from collections.abc import Callable

from msgspec import Struct

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.gate.scenario import Scenario
from prosaasil.gate.stage import TOOL, plan_of
from prosaasil.rig.script import BYTES_PER_MS, Delta, ReplyPlan, deltas
from prosaasil.sim.line import Line, Sound
from prosaasil.sim.listening import Listening, Turn
from prosaasil.sim.world import World

LATENCY_MS = 20
CANCELLED_AFTER_MS = 60
COMMITTED_AFTER_MS = 20
ORDERS = (
    commands.ConnectEngine,
    commands.ConfigureSession,
    commands.RequestReply,
    commands.CancelReply,
    commands.TruncateItem,
    commands.DeleteItem,
    commands.RunTool,
)


class Making(Struct, eq=False):
    """A reply that is being made."""

    number: int
    plan: ReplyPlan
    left: list[Delta]
    made: int = 0
    is_cancelled: bool = False
    is_done: bool = False

    @property
    def reply_id(self) -> str:
        return f"reply-{self.number}"

    @property
    def item_id(self) -> str:
        return f"item-{self.number}"


class Engine:
    def __init__(self, world: World, line: Line, scenario: Scenario) -> None:
        self._world = world
        self._scenario = scenario
        self._script = scenario.engine
        self.faults: list[str] = []
        self.heard_ms: dict[int, int] = {}
        """By the identity of each sound."""
        self._replies: list[Making] = []
        self._active: Making | None = None
        self._turns: set[str] = set()
        self._imagined = 0
        self._is_configured = False
        listening = Listening(world, line, self._turn_begun, self._turn_over)
        self._start_listening = listening.start
        self._listen: Callable[[list[Sound], int, int], None] = line.hears
        line.hears = self._hear
        world.on(ORDERS, self._react)

    def imagine_turn(self, text: str, lasts_ms: int) -> None:
        """A turn out of nothing, as real detectors find one now and then."""
        self._imagined += 1
        turn = Turn(f"imagined-{self._imagined}", self._world.now)
        turn.text = text
        self._turn_begun(turn)
        self._world.after(lasts_ms, lambda: self._turn_over(turn))

    # What the call orders

    def _react(self, command: Command) -> None:
        world = self._world
        match command:
            case commands.ConnectEngine():
                world.after(LATENCY_MS, events.EngineOpened())
            case commands.ConfigureSession() if self._script.configured_after_ms is not None:
                world.after(self._script.configured_after_ms, self._configure)
            case commands.RequestReply(request_id):
                self._make(request_id)
            case commands.CancelReply(reply_id):
                self._cancel(reply_id)
            case commands.TruncateItem(item_id, heard_ms):
                made = next((r.made for r in self._replies if r.item_id == item_id), 0)
                if heard_ms * BYTES_PER_MS > made:
                    self.faults.append(f"truncate {item_id} at {heard_ms} ms of {made} bytes")
            case commands.DeleteItem(item_id):
                if item_id not in self._turns and all(r.item_id != item_id for r in self._replies):
                    self.faults.append(f"delete unknown {item_id}")
            case commands.RunTool(tool_call_id):
                tool_ms = self._scenario.plan(len(self._replies) - 1).tool_ms or 0
                world.after(tool_ms, events.ToolAnswered(tool_call_id, "{}"))
            case _:
                pass

    def _configure(self) -> None:
        if not self._is_configured:
            self._is_configured = True
            self._start_listening()
        self._world.feed(events.SessionConfigured())

    def _make(self, request_id: str) -> None:
        if self._active is not None:
            self.faults.append(f"{request_id} asked for while {self._active.reply_id} is active")
            self._say(
                events.EngineRefused("conversation_already_has_active_response", "", request_id)
            )
            return
        number = len(self._replies)
        plan = plan_of(number, self._scenario.plan(number))
        making = Making(number, plan, list(deltas(plan)))
        self._replies.append(making)
        self._active = making
        self._say(events.ReplyStarted(making.reply_id, request_id))
        self._say(events.ReplyText(making.reply_id, making.item_id, plan.text))
        self._go_on(making)

    def _go_on(self, making: Making) -> None:
        if making.left:
            self._world.after(round(making.left[0].after_ms), lambda: self._deliver(making))
        elif not making.is_cancelled:
            self._finish(making)

    def _deliver(self, making: Making) -> None:
        if making.is_done or (making.is_cancelled and not making.plan.goes_on_ms):
            return
        audio = making.left.pop(0).audio
        making.made += len(audio)
        self._say(events.ReplyAudio(making.reply_id, making.item_id, audio))
        self._go_on(making)

    def _finish(self, making: Making) -> None:
        if self._scenario.plan(making.number).tool_ms is not None:
            call_id = f"tool-{making.number}"
            self._say(events.ToolCalled(making.reply_id, call_id, TOOL, "{}"))
        self._done(making, "completed", "")

    def _cancel(self, reply_id: str) -> None:
        making = self._active
        if making is None or making.reply_id != reply_id:
            self._say(events.EngineRefused("response_cancel_not_active", "", None))
            return
        self._end_early(making, making.plan.cancelled_as)

    def _end_early(self, making: Making, reason: str) -> None:
        if making.is_cancelled:
            return
        making.is_cancelled = True
        wait_ms = max(CANCELLED_AFTER_MS, making.plan.goes_on_ms)
        self._world.after(wait_ms, lambda: self._done(making, "cancelled", reason))

    def _done(self, making: Making, status: str, reason: str) -> None:
        making.is_done = True
        if self._active is making:
            self._active = None
        self._say(events.ReplyDone(making.reply_id, status, reason))

    # What the caller does

    def _hear(self, sounds: list[Sound], begins: int, ends: int) -> None:
        if self._is_configured:
            for sound in sounds:
                heard_ms = min(sound.ends, ends) - max(sound.starts, begins)
                if heard_ms > 0:
                    self.heard_ms[id(sound)] = self.heard_ms.get(id(sound), 0) + heard_ms
        self._listen(sounds, begins, ends)

    def _turn_begun(self, turn: Turn) -> None:
        self._say(events.CallerSpeechStarted(turn.item_id))
        if self._active is not None and self._script.interrupts_itself:
            self._end_early(self._active, "turn_detected")

    def _turn_over(self, turn: Turn) -> None:
        item_id, text = turn.item_id, turn.text
        self._turns.add(item_id)
        self._say(events.CallerSpeechStopped(item_id))
        self._world.after(
            COMMITTED_AFTER_MS, lambda: self._say(events.CallerTurnCommitted(item_id))
        )
        self._world.after(
            self._script.transcribed_after_ms,
            lambda: self._say(events.CallerTranscript(item_id, text)),
        )

    def _say(self, event: events.Event) -> None:
        self._world.after(LATENCY_MS, event)
