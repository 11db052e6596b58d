"""The stage on real sockets: a voice worker, the rig's engine and phones, in real time.

Many scenarios are played at once on one worker, in one process: what a scenario asks of time is
measured where the caller is, and a busy machine makes the figures worse, never better.
"""

import asyncio
import gc
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
from msgspec import Struct
from msgspec.json import Decoder
from numpy.typing import NDArray

from prosaasil.call import trace
from prosaasil.call.briefing import Briefing
from prosaasil.call.commands import Note
from prosaasil.call.events import Event
from prosaasil.gate.scenario import SOUNDS, Act, Case
from prosaasil.gate.stage import (
    FRAME_MS,
    TOOL,
    Frame,
    Performance,
    Prompter,
    Remark,
    briefing_for,
    frames_in,
    plan_of,
    remarks_of,
)
from prosaasil.kit.telemetry import Log
from prosaasil.live.engine import Engine, EngineAddress
from prosaasil.live.ports import CallOutcome, ClaimedCall
from prosaasil.live.sockets import Closing
from prosaasil.live.worker import VoiceWorker
from prosaasil.rig.cues import SILENCE
from prosaasil.rig.ear import Ear
from prosaasil.rig.engine_session import EngineSession
from prosaasil.rig.metronome import Metronome
from prosaasil.rig.phone import CallIds, Phone, open_stream
from prosaasil.rig.script import ReplyPlan, Script
from prosaasil.rig.scripted_engine import ScriptedEngine
from prosaasil.rig.sound import RATE, decode, encode, frames_of, quiet_room
from prosaasil.rig.stopwatch import now_us
from prosaasil.rig.voices import Voice

SIGNED_URL = "wss://voice.example.com/media"
TOKEN = "gate"  # noqa: S105 - both ends of it are here
CALLS_AT_ONCE_MAX = 32
ENGINE_CLOSED_WITHIN_S = 1.0
WRITTEN_WITHIN_S = 10.0
LATE_START_S = 5.0
BREATH_RMS = 500
FRAMES_UNDER_WAY_MAX = 3
"""At the end of a call some frames are on the wire: sent, and not received any more."""
CHORD = (261.63, 329.63, 392.0)

Speech = Callable[[str, int], bytes]
"""So many ms of real speech, mu-law, for the act of this name."""


class _ShellLine(Struct):
    at: int
    commands: list[Note]


_decode_shell_line = Decoder(_ShellLine).decode


class _CastScript(Script, frozen=True):
    """A script whose turns and replies are the scenario's."""

    cast: Any = None

    def reply(self, number: int) -> ReplyPlan:
        cast: Cast = self.cast
        cast.prompter.asked(cast.now())
        return plan_of(number, cast.case.scenario.plan(number))

    def transcript(self, number: int) -> str | None:
        del number
        cast: Cast = self.cast
        return cast.understood()


class Cast(Voice):
    """Caller, line and carrier of one call: a frame each 20 ms, and whatever else is due."""

    def __init__(self, case: Case, speech: Speech) -> None:
        self.case = case
        self.prompter = Prompter(case.scenario)
        self.frames: list[Frame] = []
        self.sounds: dict[str, set[bytes]] = defaultdict(set)
        """The frames of each act, as they were sent."""
        self.begin: Callable[[Act], None]
        """What is not sound is done elsewhere."""
        self.started_us = 0
        self._speech = speech
        self._room = quiet_room(50, seed=len(case.name))
        self._index = 0
        self._playing: list[tuple[Act, deque[bytes]]] = []
        self._unheard: list[tuple[int, str]] = []

    def now(self) -> int:
        return (now_us() - self.started_us) // 1_000 if self.started_us else 0

    def heard(self, at_us: int, audio: bytes) -> None:
        for frame in frames_in(audio, (at_us - self.started_us) // 1_000):
            self.frames.append(frame)
            self.prompter.heard(frame)

    def next_frame(self, now_us: int) -> bytes:
        now = (now_us - self.started_us) // 1_000
        for _, act in self.prompter.due(now + 1):
            self.prompter.begins(act, now)
            if act.does in SOUNDS:
                self._playing.append((act, deque(frames_of(sound_of(act, self._speech)))))
            if act.says:
                self._unheard.append((now, act.says))
            self.begin(act)
        return self._mixed()

    def understood(self) -> str:
        """What was said since the last turn, as a recogniser would have it."""
        said, self._unheard = self._unheard, []
        return " ".join(text for _, text in said)

    def _mixed(self) -> bytes:
        self._index += 1
        parts = [(act, frames.popleft()) for act, frames in self._playing]
        self._playing = [(act, frames) for act, frames in self._playing if frames]
        if not parts:
            return self._room[self._index % len(self._room)]
        frame = parts[0][1] if len(parts) == 1 else _sum(frame for _, frame in parts)
        for act, _ in parts:
            self.sounds[act.name].add(frame)
        return frame


def sound_of(act: Act, speech: Speech) -> bytes:
    """What an act sounds like, mu-law."""
    if act.does == "voice":
        return speech(act.name, act.ms)
    size = act.ms * RATE // 1_000
    match act.does:
        case "murmur":
            samples = decode(speech(act.name, act.ms)).astype(np.float64)
        case "music":
            time = np.arange(size) / RATE
            samples = np.sum([np.sin(2 * np.pi * tone * time) for tone in CHORD], axis=0)
        case "breath":
            samples = _noise(act, size) * np.sin(np.linspace(0, np.pi, size))
        case _:
            samples = _noise(act, size)
    loudness = float(np.sqrt((samples**2).mean()))
    return encode((samples / loudness * (act.rms or BREATH_RMS)).astype(np.int16))


def _noise(act: Act, size: int) -> NDArray[np.float64]:
    return np.random.default_rng(len(act.name) + act.ms).normal(0, 1, size)


def _sum(frames: Iterable[bytes]) -> bytes:
    total = np.sum([decode(frame).astype(np.int32) for frame in frames], axis=0)
    return encode(np.clip(total, -32_000, 32_000).astype(np.int16))


class GatePhone(Phone):
    """Tells the cast what it hears; a carrier may stop sending the caller's sound."""

    def __init__(self, ids: CallIds, ticket: str, cast: Cast) -> None:
        super().__init__(ids, {"ticket": ticket}, cast, Ear(keeps_sound=False))
        self.is_mute = False
        self.frames_sent = 0
        self.engine_appends = 0
        """What the engine had got when the carrier reported the call's end."""
        self.closed_at: int | None = None
        self.cast = cast

    def send_start(self) -> None:
        self.cast.started_us = now_us()
        super().send_start()

    def heard_from(self, at_us: int, audio: bytes) -> None:
        super().heard_from(at_us, audio)
        self.cast.heard(at_us, audio)

    def on_ws_disconnected(self, transport: Any) -> None:
        self.closed_at = self.cast.now()
        super().on_ws_disconnected(transport)

    def tick(self, at_us: int) -> None:
        if not self.is_mute and self.has_started and not self.closed.is_set():
            self.frames_sent += 1
            super().tick(at_us)


class Book:
    """Calls in memory: what each is told, and how it went."""

    def __init__(self) -> None:
        self.calls: dict[str, ClaimedCall] = {}
        self.outcomes: dict[str, asyncio.Future[CallOutcome]] = {}

    def issue(self, call: ClaimedCall) -> None:
        self.calls[call.call_id] = call
        self.outcomes[call.call_id] = asyncio.get_running_loop().create_future()

    async def claim(
        self, ticket: str, *, carrier_call_sid: str, stream_sid: str, softphone: bool
    ) -> ClaimedCall:
        del carrier_call_sid, stream_sid, softphone
        return self.calls[ticket]

    async def finish(self, outcome: CallOutcome) -> None:
        """In the back room's thread: the outcome is wanted on the event loop."""
        future = self.outcomes[outcome.call_id]
        future.get_loop().call_soon_threadsafe(future.set_result, outcome)


class Rig:
    """A worker and everything around it. Use as an async context manager."""

    def __init__(self, recordings: Path, speech: Speech) -> None:
        self._recordings = recordings
        self._speech = speech
        self._book = Book()
        self._addresses: dict[str, EngineAddress] = {}
        self._metronome = Metronome(phases=10)
        self._numbers = 0
        self.worker = VoiceWorker(
            book=self._book,
            engine_factory=self._engine_for,
            recordings=recordings,
            signed_url=SIGNED_URL,
            auth_token=TOKEN,
        )
        self._url = ""

    async def __aenter__(self) -> Self:
        port = await self.worker.start("127.0.0.1", 0)
        self._url = f"ws://127.0.0.1:{port}/media"
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.worker.stop()
        self._metronome.stop()

    async def play_all(self, cases: Sequence[Case]) -> list[Performance]:
        """Many at once; what comes back is in the order of the cases."""
        free = asyncio.Semaphore(CALLS_AT_ONCE_MAX)

        async def one(case: Case) -> Callable[[], Performance]:
            async with free:
                return await self._play(case)

        for case in cases:
            for number in range(case.scenario.turns + 1):
                plan_of(number, case.scenario.plan(number))  # made before anybody listens
        gc.collect()
        gc.disable()  # a collection stops every caller's ear
        try:
            played = await asyncio.gather(*(one(case) for case in cases))
        finally:
            gc.enable()
        return [account() for account in played]

    async def _play(self, case: Case) -> Callable[[], Performance]:
        """Play a call; what is answered reads what was written of it, which may take a while."""
        self._numbers += 1
        call_id = f"gate-{self._numbers}"
        cast = Cast(case, self._speech)
        async with ScriptedEngine(_script(cast)) as engine:
            self._addresses[call_id] = EngineAddress(engine.url, "no-key", "scripted")
            self._book.issue(_claimed(call_id, case))
            phone = GatePhone(CallIds("AC1", f"CA{call_id}", f"MZ{call_id}"), call_id, cast)
            cast.begin = _doer(phone, engine, self.worker, call_id)
            await open_stream(phone, self._url, TOKEN, signed_url=SIGNED_URL)
            self._metronome.add(phone)
            try:
                faults = await _to_the_end(phone, engine, case.scenario.lasts_ms_max)
                outcome = await asyncio.wait_for(self._book.outcomes[call_id], WRITTEN_WITHIN_S)
            finally:
                self._metronome.remove(phone)
                phone.drop()
        return partial(self._performance, cast, phone, engine, outcome, faults)

    def _engine_for(
        self, briefing: Briefing, feed: Callable[[Event], None], log: Log, closing: Closing
    ) -> Engine:
        return self._addresses[briefing.business_id](briefing, feed, log, closing)

    def _performance(
        self,
        cast: Cast,
        phone: GatePhone,
        engine: ScriptedEngine,
        outcome: CallOutcome,
        faults: list[str],
    ) -> Performance:
        text = (self._recordings / outcome.call_id / "trace.jsonl").read_bytes()
        lines = trace.load(text).lines
        cast.prompter.moments.begin("closed", phone.closed_at or 0)
        cast.prompter.close(cast.frames)
        refused = [code for session in engine.sessions for code in session.refusals]
        refused = [code for code in refused if code != "response_cancel_not_active"]
        faults += [f"the engine refused: {code}" for code in refused]
        appends = sum(session.appends for session in engine.sessions)
        if phone.engine_appends and appends - phone.engine_appends > FRAMES_UNDER_WAY_MAX:
            faults.append(f"the engine got {appends - phone.engine_appends} frames after the end")
        faults += [f"the carrier objected: {what.name}" for what in phone.line.objections]
        faults += _miscounted(outcome.metrics, phone, len(cast.frames))
        return Performance(
            case=cast.case,
            moments=cast.prompter.moments,
            lines=lines,
            frames=cast.frames,
            remarks=_remarks(lines, text),
            counters=outcome.metrics,
            engine_heard_ms=_heard_ms(cast, engine),
            ended=outcome.reason,
            is_on_rig=True,
            faults=[*faults, *cast.prompter.left_out],
        )


def _script(cast: Cast) -> Script:
    says = cast.case.scenario.engine
    return _CastScript(
        configured_after_ms=says.configured_after_ms,
        transcribed_after_ms=says.transcribed_after_ms,
        interrupts_itself=says.interrupts_itself,
        keeps_audio=True,
        cast=cast,
    )


def _claimed(call_id: str, case: Case) -> ClaimedCall:
    """The business's id is the way from a briefing to its engine."""
    briefing = briefing_for(case)
    tool_ms = max((reply.tool_ms or 0 for reply in case.scenario.reply.values()), default=0)

    async def look(arguments: object, /) -> object:
        del arguments
        await asyncio.sleep(tool_ms / 1_000)
        return {}

    fields = {name: getattr(briefing, name) for name in briefing.__struct_fields__}
    return ClaimedCall(call_id, Briefing(**(fields | {"business_id": call_id})), {TOOL: look})


def _doer(
    phone: GatePhone, engine: ScriptedEngine, worker: VoiceWorker, call_id: str
) -> Callable[[Act], None]:
    def do(act: Act) -> None:
        match act.does:
            case "hang_up":
                phone.hang_up()
            case "drop":
                phone.drop()
            case "status":
                phone.engine_appends = sum(session.appends for session in engine.sessions)
                phone.is_mute = not phone.cast.case.scenario.has_media
                worker.end_call(call_id, act.value)
            case "phantom":
                engine.sessions[-1].imagine_turn(act.ms)
            case "key":
                phone.press(act.value)
            case _:
                pass  # a sound

    return do


async def _to_the_end(phone: GatePhone, engine: ScriptedEngine, limit_ms: int) -> list[str]:
    """Wait until both sockets are closed; what was late about it."""
    faults = []
    try:
        await asyncio.wait_for(phone.closed.wait(), limit_ms / 1_000 + LATE_START_S)
    except TimeoutError:
        faults.append("the call did not end by itself")
        phone.hang_up()
        await phone.closed.wait()
    for socket in engine.sockets:
        try:
            await asyncio.wait_for(socket.closed.wait(), ENGINE_CLOSED_WITHIN_S)
        except TimeoutError:
            faults.append("the engine's socket was left open")
        phone.cast.prompter.moments.put("engine_closed", phone.cast.now())
        faults += _settings_wrong(socket.session)
    return faults


def _settings_wrong(session: EngineSession) -> list[str]:
    """R-VAD-10: whether to answer and what to interrupt is the call's to decide."""
    described = session.settings.described("", expires_at=0)
    detection = described["audio"]["input"]["turn_detection"]
    return [
        f"the engine was told {name}={detection.get(name)}"
        for name in ("interrupt_response", "create_response")
        if detection.get(name) is not False
    ]


def _miscounted(counters: dict[str, int | float], phone: GatePhone, heard: int) -> list[str]:
    """R-RX-11: what the product counted, against what the carrier sent and got.

    What was kept for an engine that never listened went nowhere, and is in no count.
    """
    differs = {
        "frames_in": phone.frames_sent - counters["frames_in"],
        "frames_out": heard - counters["frames_out"],
        "frames_forwarded": counters["frames_in"]
        - sum(counters[f"frames_{way}"] for way in ("forwarded", "gated", "dropped")),
    }
    return [
        f"{name} is {counters[name]}, {by} less than there were"
        for name, by in differs.items()
        if abs(by) > FRAMES_UNDER_WAY_MAX and counters["frames_forwarded"]
    ]


def _remarks(lines: list[trace.Line], text: bytes) -> list[Remark]:
    remarks = remarks_of(lines)
    for line in text.splitlines()[1:]:
        if b'"event":' not in line:
            told = _decode_shell_line(line)
            remarks += [Remark(told.at, note) for note in told.commands]
    remarks.sort(key=_at)
    return remarks


def _at(remark: Remark) -> int:
    return remark.at


def _heard_ms(cast: Cast, engine: ScriptedEngine) -> dict[str, int]:
    audio = b"".join(bytes(session.audio) for session in engine.sessions)
    heard = set(frames_of(audio)) - {SILENCE}
    return {name: len(sent & heard) * FRAME_MS for name, sent in cast.sounds.items()}
