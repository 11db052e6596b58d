"""The voice process: a media server whose calls are kept in the database.

The audio has the main event loop for itself. Everything here that speaks to the database runs in
the worker's back room: claiming and finishing calls, the lease, and listening for statuses.
"""

import asyncio
import contextlib
import signal
from uuid import UUID

import msgspec
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from prosaasil.apps.database import open_database
from prosaasil.kit import clock, ids, telemetry
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database, Signal
from prosaasil.kit.secrets import Secrets, engine_key, twilio_auth_token
from prosaasil.live.engine import EngineAddress
from prosaasil.live.media_server import MEDIA_PATH, SOFTPHONE_PATH
from prosaasil.live.ports import CallOutcome, ClaimedCall
from prosaasil.live.worker import VoiceWorker, tune_process
from prosaasil.records import service as records
from prosaasil.records import workers
from prosaasil.records.call import Ending, Kind, SpokenTurn
from prosaasil.records.workers import VoiceWorker as Lease

LEAVE_LIMIT_S = 2.0
"""A database that does not answer does not hold up the end of this process."""

log = telemetry.logger(__name__)


class Told(msgspec.Struct, frozen=True):
    """A terminal status, as it travels on the channel."""

    call_id: str
    status: str


class RecordedCalls:
    """The call book over the database; lives in the back room."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets
        self._going_on: dict[str, UUID] = {}

    async def claim(
        self, ticket: str, *, carrier_call_sid: str, stream_sid: str, softphone: bool
    ) -> ClaimedCall:
        async with self._database.system() as tx:
            claimed = await records.claim(
                tx,
                self._secrets,
                ticket,
                Kind.SOFTPHONE if softphone else Kind.CARRIER,
                carrier_call_sid=carrier_call_sid,
                stream_sid=stream_sid,
                now=clock.utc_now(),
            )
        call_id = str(claimed.call_id)
        self._going_on[call_id] = claimed.business_id
        return ClaimedCall(call_id, claimed.briefing)

    async def finish(self, outcome: CallOutcome) -> None:
        ending = Ending(
            reason=outcome.reason,
            duration_ms=outcome.duration_ms,
            metrics=dict(outcome.metrics),
            turns=[
                SpokenTurn(turn.role.value, turn.item_id, turn.text, turn.at_ms)
                for turn in outcome.turns
            ],
        )
        async with self._database.tenant(self._going_on[outcome.call_id]) as tx:
            await records.finish(tx, UUID(outcome.call_id), ending)
        del self._going_on[outcome.call_id]

    async def ended(self) -> dict[UUID, str]:
        """Those calls going on here that are over by the carrier's account."""
        call_ids = [UUID(call_id) for call_id in self._going_on]
        if not call_ids:
            return {}
        async with self._database.system() as tx:
            return await records.ended_of(tx, call_ids)


class Voice:
    """The worker and what ties it to the database. `start` it, then `stop` it."""

    def __init__(self, settings: Settings) -> None:
        own = Secrets.load(settings)
        address = settings.media_url_of(settings.media_port)
        self._settings = settings
        self._database = open_database(settings)
        self._book = RecordedCalls(self._database, own)
        self._lease = Lease(ids.uuid7(), address + MEDIA_PATH, address + SOFTPHONE_PATH)
        self._tasks: list[asyncio.Future[None]] = []
        self._is_stopping = False
        self.worker = VoiceWorker(
            book=self._book,
            engine_factory=EngineAddress(
                base_url=settings.engine_url(),
                key=engine_key(settings, own),
                model=settings.openai_realtime_model,
                is_azure=bool(settings.azure_openai_endpoint),
            ),
            recordings=settings.data_dir / "calls",
            signed_url=address + MEDIA_PATH,
            auth_token=twilio_auth_token(settings, own),
        )

    async def start(self) -> None:
        port = await self.worker.start(self._settings.media_host, self._settings.media_port)
        backroom = self.worker.backroom
        self._tasks = [backroom.submit(self._listen()), backroom.submit(self._keep_lease())]
        for task in self._tasks:
            task.add_done_callback(_tell_if_broken)
        log.info("ready for calls", port=port)

    async def stop(self) -> None:
        """No more calls; those going on are ended and written down. Twice is no harm."""
        if self._is_stopping:
            return
        self._is_stopping = True
        self.worker.drain()
        for task in self._tasks:
            task.cancel()
        left = self.worker.backroom.submit(self._leave())
        await asyncio.wait({left, *self._tasks}, timeout=LEAVE_LIMIT_S)
        await self.worker.stop()
        await self._database.close()

    async def _listen(self) -> None:
        await self._database.listen(
            [records.CHANNEL], on_signal=self._on_signal, on_listening=self._end_ended
        )

    async def _on_signal(self, told: Signal) -> None:
        try:
            status = msgspec.json.decode(told.payload, type=Told)
        except msgspec.DecodeError:
            log.warning("a signal was not understood", channel=told.channel)
            return
        self.worker.end_call(status.call_id, status.status)

    async def _end_ended(self) -> None:
        """What a lost connection, or a signal between claim and start, may have kept from us."""
        for call_id, status in (await self._book.ended()).items():
            self.worker.end_call(str(call_id), status)

    async def _keep_lease(self) -> None:
        while True:
            try:
                async with self._database.system() as tx:
                    await workers.beat(tx, self._lease, len(self.worker.calls))
                await self._end_ended()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the lease could not be renewed", error=str(error).strip())
            await asyncio.sleep(workers.BEAT_S)

    async def _leave(self) -> None:
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._database.system() as tx:
                await workers.leave(tx, self._lease.id)


def _tell_if_broken(task: asyncio.Future[None]) -> None:
    """Calls go on without the database; that new ones do not come should have a reason."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("this worker has lost its tie to the database", exc_info=error)


def run(settings: Settings) -> None:
    """Carry calls until SIGTERM or SIGINT."""
    text = telemetry.is_text(settings.log_format)
    telemetry.configure("voice", level=settings.log_level, text=text)
    uvloop.run(serve(settings))


async def serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, stopping.set)
    voice = Voice(settings)
    await voice.start()
    tune_process()
    await stopping.wait()
    log.info("stopping", calls=len(voice.worker.calls))
    await voice.stop()
