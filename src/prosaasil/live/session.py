"""One live call: facts go into its `Call`, orders come out and are carried out at once.

Everything happens in callbacks of the event loop: the carrier's and the engine's sockets and the
process-wide tick. A session has no task, queue or timer of its own. All decisions are made in
`Call`; an `if` about the conversation does not belong here.

The caller's frames do not pass through the core: they are listened to and go to the engine one by
one as they come, or are withheld while the agent speaks. The agent's frames leave in `tick`, the
only place that sends one.

This is one of the boundaries where any exception is caught: a mistake of ours ends this call, says
so once, and leaves the others alone.
"""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import assert_never

from msgspec import structs

from prosaasil.call import commands, events
from prosaasil.call.commands import Command
from prosaasil.call.core import Call
from prosaasil.call.events import Event
from prosaasil.call.policy import CallPolicy
from prosaasil.call.trace import Line
from prosaasil.kit.onnx.silero import VoiceModel
from prosaasil.kit.telemetry import Log
from prosaasil.live import metrics
from prosaasil.live.carrier import Carrier
from prosaasil.live.detector import Detector
from prosaasil.live.engine import Engine
from prosaasil.live.meter import SECOND_MS, Fields, Meter
from prosaasil.live.pacer import TICK_MS
from prosaasil.live.ports import CallOutcome, Turn
from prosaasil.live.recorder import Recording
from prosaasil.live.toolbox import Toolbox
from prosaasil.live.uplink import Uplink
from prosaasil.live.writer import Marker
from prosaasil.wire.twilio_media import Media

GAP_MS_MIN = 60
"""A jump of the carrier's clock beyond this is lost audio; below, it is jitter."""
GAP_FILLED_MS_MAX = 2_000
BYTES_PER_MS = 8
NOTHING_YET = 1 << 62
"""Where the caller's audio ends before there is any: no frame can be later."""
CRASHED = "crashed"


class Session:
    """`start` begins it; `feed`, `media` and `tick` drive it; `is_over` once it has ended."""

    __slots__ = (
        "__weakref__",
        "_agent_ends_at",
        "_agent_run",
        "_backlog",
        "_call",
        "_caller_ends_at",
        "_caller_run",
        "_carrier",
        "_clock_ms",
        "_detector",
        "_due",
        "_engine",
        "_has_blocked_sound",
        "_is_engine_paused",
        "_is_feeding",
        "_is_gated",
        "_is_held",
        "_log",
        "_meter",
        "_next_frame",
        "_on_over",
        "_playout",
        "_recording",
        "_second_at",
        "_started_at",
        "_toolbox",
        "_turns",
        "_uplink",
        "call_id",
        "is_over",
    )

    def __init__(
        self,
        call_id: str,
        call: Call,
        *,
        policy: CallPolicy,
        voice_model: VoiceModel,
        carrier: Carrier,
        recording: Recording,
        toolbox: Toolbox,
        clock_ms: Callable[[], int],
        started_at: int,
        on_over: "Callable[[Session, CallOutcome], None]",
        log: Log,
    ) -> None:
        self.call_id = call_id
        self.is_over = False
        self._call = call
        self._playout = call.playout
        self._next_frame = call.playout.next_frame
        self._carrier = carrier
        self._engine: Engine | None = None
        self._recording = recording
        self._toolbox = toolbox
        self._clock_ms = clock_ms
        self._started_at = started_at
        self._on_over = on_over
        self._log = log
        self._meter = Meter()
        self._detector = Detector(voice_model, policy)
        self._uplink = Uplink()
        self._is_gated = False
        self._is_held = False
        self._has_blocked_sound = False
        self._due: int | None = None
        self._second_at = SECOND_MS
        self._backlog: deque[Event] = deque()
        self._is_feeding = False
        self._is_engine_paused = False
        self._caller_ends_at = NOTHING_YET
        # Frames that follow one another wait here as they are, to be recorded together: to touch
        # the recording for each of them would be a tenth of a call's cost.
        self._caller_run: list[bytes] = []
        self._agent_run: list[bytes] = []
        self._agent_ends_at = NOTHING_YET
        self._turns: list[Turn] = []

    def start(self, engine: Engine) -> None:
        """The engine was made with this session's `feed`, so it cannot be given earlier."""
        self._engine = engine
        self._mark("AUDIO_TX_LOOP", "started", {"frame_pacing": f"{TICK_MS}ms"})
        self.feed(events.CallStarted())

    @property
    def frames_in(self) -> int:
        """How many of the caller's audio messages have come."""
        return self._meter.frames_in + len(self._caller_run)

    @property
    def waiting_ms(self) -> int:
        """How much of the agent's speech has not been sent yet."""
        return self._playout.waiting_ms

    # What drives it

    def feed(self, event: Event) -> None:
        """Something has happened. A fact that comes of carrying out an order waits its turn."""
        if self.is_over:
            return
        self._backlog.append(event)
        if self._is_feeding:
            return
        self._is_feeding = True
        try:
            while self._backlog:
                self._handle(self._backlog.popleft())
        except Exception as error:  # noqa: BLE001 - the boundary of one call
            self._crash(error)
        finally:
            self._is_feeding = False

    def media(self, message: Media) -> None:
        """The caller's audio: listened to, recorded, on to the engine; then what was heard is told.

        Runs fifty times a second for each call, so it calls little and asks no clock: when the
        current second ends is near enough to tell a timestamp that cannot be.
        """
        if self.is_over:
            return
        try:
            frame = message.frame
            audio = frame.audio
            at_ms = frame.timestamp_ms
            told = self._detector.add(audio)
            if at_ms != self._caller_ends_at:
                self._caller_jumped(at_ms)
            self._caller_run.append(audio)
            self._caller_ends_at = at_ms + len(audio) // BYTES_PER_MS
            self._uplink.put(audio)
            if self._is_gated and self._detector.is_loud:
                self._has_blocked_sound = True
            for event in told:
                self.feed(event)
        except Exception as error:  # noqa: BLE001 - the boundary of one call
            self._crash(error)

    def tick(self, now: int) -> None:
        """The process-wide 20 ms tick; `now` is the process clock."""
        if self.is_over:
            return
        try:
            now -= self._started_at
            frame = self._next_frame(now)
            if frame is not None:
                self._send(frame, now)
            due = self._due
            if due is not None and now >= due:
                self.feed(events.DeadlineReached())
            if now >= self._second_at and not self.is_over:
                self._on_second(now)
        except Exception as error:  # noqa: BLE001 - the boundary of one call
            self._crash(error)

    # The data plane

    def _caller_jumped(self, at_ms: int) -> None:
        """A frame that does not begin where the one before it ended."""
        self._record_caller()
        if at_ms - self._caller_ends_at > GAP_MS_MIN:
            self._uplink.fill_gap(min(at_ms - self._caller_ends_at, GAP_FILLED_MS_MAX))

    def _record_caller(self) -> None:
        run = self._caller_run
        if run:
            audio = b"".join(run)
            self._meter.frames_in += len(run)
            at_ms = self._caller_ends_at - len(audio) // BYTES_PER_MS
            self._recording.caller(at_ms, self._second_at, audio)
            run.clear()

    def _record_agent(self) -> None:
        run = self._agent_run
        if run:
            self._recording.agent(self._agent_ends_at - len(run) * TICK_MS, b"".join(run))
            run.clear()

    def _send(self, frame: bytes, now: int) -> None:
        playout = self._playout
        self._carrier.send_frame(frame)
        ends_at = playout.ends_at
        if ends_at - TICK_MS != self._agent_ends_at:
            self._record_agent()
        self._agent_run.append(frame)
        self._agent_ends_at = ends_at
        self._meter.sent(now)
        if playout.drained:
            self._meter.fell_silent()
            self._settle_strictness()
            self.feed(events.DeadlineReached())

    def _on_second(self, now: int) -> None:
        self._second_at += SECOND_MS
        if self._second_at <= now:  # after a stall
            self._second_at = now + SECOND_MS
        self._mark("TX_METRICS", "", self._meter.second(now, self._playout.waiting_ms))
        if self._has_blocked_sound:
            self._has_blocked_sound = False
            self._mark("HALF-DUPLEX", "Blocking audio to OpenAI - AI speaking", {})
        self._record_caller()
        self._record_agent()
        self._recording.flush(now)
        self._settle_engine_pause()

    # The control plane

    def _handle(self, event: Event) -> None:
        now = self._now()
        playout = self._playout
        frames_sent, ear_ends_at = playout.frames_sent, playout.ends_at
        orders = self._call.handle(event, now)
        self._recording.line(Line(now, frames_sent, ear_ends_at, event, orders))
        self._due = self._call.deadline
        if type(event) is events.CallerSpeechStopped:
            self._meter.caller_turn_ended(now)
        if type(event) is events.EngineLost:
            self._uplink.disconnect()
            self._settle_engine_pause()
        for order in orders:
            self._perform(order, now)
        if type(event) is events.SessionConfigured and self._engine is not None:
            self._uplink.connect(self._engine.append)
        if type(event) is events.ReplyAudio:
            self._settle_engine_pause()

    def _perform(self, order: Command, now: int) -> None:
        engine = self._engine
        assert engine is not None
        match order:
            case commands.SendMark(name):
                self._carrier.send_mark(name)
            case commands.ClearAudio():
                self._carrier.clear()
                self._record_agent()
                self._recording.cut(now)
                self._meter.fell_silent()
                self._is_held = False
                self._settle_strictness()
            case commands.ConnectEngine():
                engine.connect()
            case (
                commands.CloseGate()
                | commands.OpenGate()
                | commands.HoldSpeech()
                | commands.ResumeSpeech()
            ):
                self._give_the_floor(order, now)
            case (
                commands.ConfigureSession()
                | commands.RequestReply()
                | commands.CancelReply()
                | commands.TruncateItem()
                | commands.DeleteItem()
                | commands.AddCallerText()
                | commands.AddSystemNote()
                | commands.ReplayConversation()
                | commands.ReplayToolCall()
                | commands.AnswerTool()
            ):
                engine.order(order)
            case commands.RunTool():
                self._toolbox.run(order, self.feed)
            case commands.PublishTranscript():
                self._carrier.publish(order)
                if order.final:
                    self._turns.append(Turn(order.role, order.item_id, order.text, order.at_ms))
            case commands.Note(marker, text, fields, is_error):
                self._recording.marker(Marker(now, marker, text, fields, is_error))
            case commands.HangUp(reason):
                self._end(reason.value, now)
            case _:
                assert_never(order)

    def _give_the_floor(
        self,
        order: commands.CloseGate | commands.OpenGate | commands.HoldSpeech | commands.ResumeSpeech,
        now: int,
    ) -> None:
        match order:
            case commands.CloseGate():
                self._is_gated = True
                self._detector.restart()
                self._uplink.close_gate()
            case commands.OpenGate():
                self._is_gated = False
                self._uplink.open_gate(self._detector.pre_roll(self._uplink.withheld))
            case commands.HoldSpeech():
                self._is_held = True
                self._meter.held()
            case commands.ResumeSpeech():
                self._is_held = False
                self._meter.resumed(now)
        self._settle_strictness()

    def _settle_strictness(self) -> None:
        """Strict from the closing of the gate until there is no agent left to interrupt: a voice
        that has opened the gate must not become one of hum and breath before the agent is held.
        """
        self._detector.is_strict = self._is_gated or self._is_held or (self._playout.waiting_ms > 0)

    def _settle_engine_pause(self) -> None:
        """Back-pressure: an engine far ahead is not read until the caller has heard some of it."""
        wanted = self._call.wants_engine_paused and self._uplink.is_ready
        if wanted != self._is_engine_paused:
            self._is_engine_paused = wanted
            assert self._engine is not None
            self._engine.pause(paused=wanted)

    # The end

    def _crash(self, error: Exception) -> None:
        self._log.error("call crashed", exc_info=error)
        if not self.is_over:
            self._end(CRASHED, self._now())

    def _end(self, reason: str, now: int) -> None:
        """The one way out: playout, engine, carrier, recording, then whoever keeps the calls."""
        self.is_over = True
        self._backlog.clear()
        outcome = CallOutcome(self.call_id, reason, now, {}, self._turns)
        engine, self._engine = self._engine, None
        self._uplink.disconnect()
        steps: list[Callable[[], None]] = [] if engine is None else [engine.close]
        steps += [
            partial(self._close_carrier, reason),
            self._toolbox.close,
            self._record_caller,
            self._record_agent,
            partial(self._say_goodbye, reason, outcome.metrics),
            partial(self._recording.close, now, self._turns),
        ]
        for step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001 - an end that fails must still end
                self._log.error("call did not end cleanly", exc_info=error)
        self._on_over(self, outcome)

    def _close_carrier(self, reason: str) -> None:
        was_open = self._carrier.close(reason)
        closed = "WebSocket closed successfully"
        self._mark("F3", closed if was_open else "Websocket already closed (expected)", {})

    def _say_goodbye(self, reason: str, totals: dict[str, int | float]) -> None:
        totals.update(self._totals())
        sent, flushed = totals["frames_out"], totals["frames_flushed"]
        self._mark(
            "AUDIO_TX_LOOP", "exiting", {"frames_enqueued": sent + flushed, "frames_sent": sent}
        )
        self._mark("CALL_METRICS", "", {**totals, "reason": reason})
        if totals["frames_dropped"]:
            self._log.warning("caller frames dropped", frames=totals["frames_dropped"])
        self._mark("CLEANUP", "Resetting all state flags...", {})
        self._mark("CLEANUP", "All state flags reset successfully", {})

    def _totals(self) -> dict[str, int | float]:
        counters: dict[str, int] = structs.asdict(self._call.counters)
        counters["frames_flushed"] += self._playout.waiting_ms // TICK_MS
        totals = (
            self._meter.totals()
            | self._uplink.totals(self._meter.frames_in)
            | counters
            | self._detector.totals()
        )
        for way in ("in", "forwarded", "gated", "dropped", "out", "flushed"):
            metrics.FRAMES.labels(way).inc(totals[f"frames_{way}"])
        return totals

    def _mark(self, marker: str, text: str, fields: Fields) -> None:
        self._recording.marker(Marker(self._now(), marker, text, fields, is_shells=True))

    def _now(self) -> int:
        return self._clock_ms() - self._started_at
