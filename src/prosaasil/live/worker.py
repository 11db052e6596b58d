"""One voice worker: the media server, the engines' sockets, the tick and the threads beside them.

Needs no database: whatever keeps the calls is behind `CallBook`. Everything of a call is in this
process and on this event loop; everything that may be slow is in the back room or at the writer.
"""

import asyncio
import gc
import resource
from collections.abc import Callable
from functools import cache
from pathlib import Path

from msgspec import Struct

from prosaasil.call import events, trace
from prosaasil.call.commands import HangUpReason
from prosaasil.call.core import Call
from prosaasil.kit import clock, telemetry
from prosaasil.kit.onnx.runtime import keep_to_ourselves
from prosaasil.kit.onnx.silero import VoiceModel
from prosaasil.live.backroom import Backroom
from prosaasil.live.carrier import Carrier
from prosaasil.live.control import Calls
from prosaasil.live.engine import EngineFactory
from prosaasil.live.media_server import START_LIMIT_MS, Door
from prosaasil.live.pacer import Pacer
from prosaasil.live.ports import CallBook, CallOutcome, ClaimedCall
from prosaasil.live.recorder import Recording
from prosaasil.live.session import Session
from prosaasil.live.sockets import Closing
from prosaasil.live.toolbox import Toolbox
from prosaasil.live.writer import Writer

STOP_LIMIT_S = 5.0
"""What the threads and the last outcomes may take when the worker stops; sockets take 1 s."""
GC_THRESHOLDS = (50_000, 20, 100)
"""Frames make no cycles; collecting rarely keeps the loop's longest pause short."""

_log = telemetry.logger("live.worker")


@cache
def voice_model() -> VoiceModel:
    """One for all calls: it takes 20 MB and a tenth of a second to load."""
    keep_to_ourselves()
    return VoiceModel()


class Census(Struct, frozen=True):
    """What is there now; all zeros, but for the worker's own tasks, when no call is."""

    calls: int
    carrier_sockets: int
    sockets_closing: int
    outcomes_pending: int
    tasks: int


def tune_process() -> None:
    """Settings of the whole process that suit a voice worker; for its composition root to call."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:  # four files a call: two sockets, the recording and the trace
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class VoiceWorker:
    """`start` it, `drain` or `stop` it; `calls` are the calls it carries."""

    def __init__(
        self,
        *,
        book: CallBook,
        engine_factory: EngineFactory,
        recordings: Path,
        signed_url: str,
        auth_token: str,
        clock_ms: Callable[[], int] = clock.now_ms,
        start_limit_ms: int = START_LIMIT_MS,
    ) -> None:
        """`signed_url` is the media socket's address as the carrier was given it, path included."""
        self._engine_factory = engine_factory
        self._clock_ms = clock_ms
        self.backroom = Backroom()
        self.calls = Calls(book, self.backroom)
        self.pacer = Pacer(clock_ms)
        self._writer = Writer(recordings)
        self._closing = Closing(clock_ms)
        self._door = Door(
            signed_url=signed_url,
            auth_token=auth_token,
            book=book,
            backroom=self.backroom,
            closing=self._closing,
            begin=self._begin,
            abandon=self._abandon,
            clock_ms=clock_ms,
            start_limit_ms=start_limit_ms,
        )
        self._server: asyncio.Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; the port is the one given, or one of the system's choice for 0."""
        telemetry.note(
            _log,
            "AUDIO_MODE",
            "simple_mode=True, audio_guard_enabled=False, music_mode_enabled=False, "
            "noise_gate_min_frames=0",
        )
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(voice_model)  # before the first call needs it
        self._server = await self._door.listen(host, port)
        self.backroom.start()
        self._writer.start()
        self.pacer.add(self._door)
        self.pacer.add(self._closing)
        self.pacer.start()
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def end_call(self, call_id: str, status: str) -> None:
        """The carrier reports a call's status; may be called from any thread."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.calls.end, call_id, status)

    def drain(self) -> None:
        """Take no more calls; those going on go on."""
        self._door.is_closed = True
        if self._server is not None:
            self._server.close()

    async def stop(self) -> None:
        """End all calls within a second, then write everything down."""
        self.drain()
        for session in self.calls:
            session.feed(events.ShutdownRequested())
        self._door.close_all()
        await self._closing.all_gone()
        if not await self.calls.finished(STOP_LIMIT_S):
            _log.error("outcomes not written down in time")
        self.pacer.stop()
        if not await asyncio.to_thread(self._writer.stop, STOP_LIMIT_S):
            _log.error("recordings not written in time")
        await self.backroom.stop(STOP_LIMIT_S)

    def census(self) -> Census:
        return Census(
            calls=len(self.calls),
            carrier_sockets=len(self._door.sockets),
            sockets_closing=len(self._closing),
            outcomes_pending=self.calls.finishing,
            tasks=len(asyncio.all_tasks(self._loop)),
        )

    def _begin(
        self,
        claimed: ClaimedCall,
        carrier: Carrier,
        *,
        call_sid: str,
        stream_sid: str,
        started_at: int,
    ) -> Session:
        log = telemetry.logger(
            "live.call", call_id=claimed.call_id, call_sid=call_sid, stream_sid=stream_sid
        )
        briefing = claimed.briefing
        files = self._writer.open(claimed.call_id, log, trace.encode_opening(briefing))

        def over(session: Session, outcome: CallOutcome) -> None:
            self.pacer.remove(session)
            self.calls.over(session, outcome, files)

        session = Session(
            claimed.call_id,
            Call(briefing),
            policy=briefing.policy,
            voice_model=voice_model(),
            carrier=carrier,
            recording=Recording(self._writer, files),
            toolbox=Toolbox(
                claimed.tools,
                backroom=self.backroom,
                limit_ms=briefing.policy.tool_limit_ms,
                log=log,
            ),
            clock_ms=self._clock_ms,
            started_at=started_at,
            on_over=over,
            log=log,
        )
        self.calls.add(session)
        self.pacer.add(session)
        session.start(self._engine_factory(briefing, session.feed, log, self._closing))
        return session

    def _abandon(self, claimed: ClaimedCall) -> None:
        """The ticket was good, but its socket is gone: the call is over before it began."""
        reason = HangUpReason.CALLER_HUNG_UP.value
        self.calls.write_down(CallOutcome(claimed.call_id, reason, 0, {}, []))
