"""Everything around one voice worker: its book, its engine and its carriers."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live_fakes import TOKEN, WAIT_S, FakeBook, FakeCarrier, FakeEngine, Softphone

from prosaasil.kit import clock
from prosaasil.live.engine import EngineAddress
from prosaasil.live.pacer import TICK_MS
from prosaasil.live.worker import VoiceWorker


class World:
    """Everything around one voice worker."""

    def __init__(self, recordings: Path) -> None:
        self.recordings = recordings
        self.book = FakeBook()
        self.engine = FakeEngine()
        self.skipped_ms = 0
        self.worker: VoiceWorker
        self.url = ""
        self._carriers: list[FakeCarrier] = []

    def clock_ms(self) -> int:
        """Real time, and what a test has skipped of it."""
        return clock.now_ms() + self.skipped_ms

    async def open(self) -> None:
        engine_port = await self.engine.listen()
        # The address of the media socket contains the port, which is not known before.
        self.worker = VoiceWorker(
            book=self.book,
            engine_factory=EngineAddress(f"ws://127.0.0.1:{engine_port}/v1", "key", "model-1"),
            recordings=self.recordings,
            signed_url="wss://voice.example.com/media",
            auth_token=TOKEN,
            clock_ms=self.clock_ms,
        )
        port = await self.worker.start("127.0.0.1", 0)
        self.url = f"ws://127.0.0.1:{port}"

    async def close(self) -> None:
        await self.worker.stop()
        for carrier in self._carriers:
            carrier.drop()
        await self.engine.close()

    async def dial(self, path: str = "/media") -> FakeCarrier:
        """A carrier whose socket is open and who has said nothing yet."""
        carrier = FakeCarrier() if path == "/media" else Softphone()
        self._carriers.append(carrier)
        await carrier.connect(self.url + path)
        return carrier

    async def call(self, call_id: str = "call-1", **briefing: Any) -> FakeCarrier:
        """A carrier whose call has begun."""
        ticket = self.book.issue(call_id, **briefing)
        carrier = await self.dial()
        carrier.start(ticket)
        return carrier

    async def play(self, ms: int) -> None:
        """Let so much time pass at once: a tick each 20 ms, as if it had been waited for."""
        for _ in range(0, ms, TICK_MS):
            self.skipped_ms += TICK_MS
            self.worker.pacer.tick(self.clock_ms())
            await asyncio.sleep(0)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the event loop run until it is so."""
        async with asyncio.timeout(WAIT_S):
            while not holds():  # noqa: ASYNC110 - what it waits for has no event
                await asyncio.sleep(0)

    async def over(self, call_id: str = "call-1") -> None:
        """Wait until the call's outcome is in the book."""
        await self.book.outcomes.until(lambda all_: any(o.call_id == call_id for o in all_))
