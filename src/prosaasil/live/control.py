"""The calls of this worker, by id: who is here, ending one from outside, and their last work."""

import asyncio
from collections.abc import Iterator

from prosaasil.call import events
from prosaasil.kit import telemetry
from prosaasil.kit.telemetry import Log, note
from prosaasil.live import metrics
from prosaasil.live.backroom import Backroom
from prosaasil.live.ports import CallBook, CallOutcome
from prosaasil.live.session import Session
from prosaasil.live.writer import Files

TERMINAL_STATUSES = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
FILES_WAIT_S = 5.0
"""A disk that takes longer than this to take a recording's end does not hold up the outcome."""
FINISH_ATTEMPTS_MAX = 3
FINISH_LIMIT_S = 10.0
FINISH_RETRY_S = 1.0

_log = telemetry.logger("live.control")


class Calls:
    """Registry of the calls going on here, and of the outcomes not yet written down."""

    def __init__(self, book: CallBook, backroom: Backroom) -> None:
        self._book = book
        self._backroom = backroom
        self._sessions: dict[str, Session] = {}
        self._finishing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._sessions.values()))

    @property
    def finishing(self) -> int:
        return len(self._finishing)

    def add(self, session: Session) -> None:
        assert session.call_id not in self._sessions, "a ticket is good for one stream"
        self._sessions[session.call_id] = session
        metrics.CALLS_NOW.set(len(self._sessions))

    def end(self, call_id: str, status: str) -> bool:
        """The carrier reports a status of this call; whether it is here and that ends it.

        Unknown calls and statuses that are not terminal are none of our business (R-LIF-08).
        """
        session = self._sessions.get(call_id)
        if session is None or status not in TERMINAL_STATUSES:
            return False
        session.feed(events.CallEnded(status))
        return True

    def over(self, session: Session, outcome: CallOutcome, files: Files) -> None:
        """The call is over and its sockets are closed; what is left is to write it down."""
        self._sessions.pop(session.call_id, None)
        metrics.CALLS_NOW.set(len(self._sessions))
        self.write_down(outcome, files)

    def write_down(self, outcome: CallOutcome, files: Files | None = None) -> None:
        """Tell the book how a call ended, once its files are complete."""
        metrics.CALLS.labels(outcome.reason).inc()
        task = asyncio.get_running_loop().create_task(self._finish(outcome, files))
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def finished(self, seconds_max: float) -> bool:
        """Wait until every outcome is written down; whether that was so in time."""
        if not self._finishing:
            return True
        _, pending = await asyncio.wait(tuple(self._finishing), timeout=seconds_max)
        for task in pending:
            task.cancel()
        return not pending

    async def _finish(self, outcome: CallOutcome, files: Files | None) -> None:
        """What the threads beside the audio have left to do for a call (R-CON-02)."""
        log = _log.bind(call_id=outcome.call_id)
        if files is not None:
            note(log, "CLEANUP", "Waiting for 2 background threads...")
            closed = asyncio.wrap_future(files.closed)
            await asyncio.wait({closed}, timeout=FILES_WAIT_S)
            self._tell(log, 1, "writer", is_done=closed.done())
        is_written = await self._write(outcome)
        if files is not None:
            self._tell(log, 2, "backroom", is_done=is_written)
            if is_written and files.closed.done():
                note(log, "CLEANUP", "All background threads cleanup complete")

    @staticmethod
    def _tell(log: Log, number: int, name: str, *, is_done: bool) -> None:
        if is_done:
            note(log, "CLEANUP", f"Background thread {number} completed")
            return
        limit = f"{FILES_WAIT_S:.0f}s timeout"
        text = f"Background thread {number} ({name}) still running after {limit}"
        log.error(text, marker="F2 VIOLATION")

    async def _write(self, outcome: CallOutcome) -> bool:
        """Whether the outcome is in the book."""
        for attempt in range(1, FINISH_ATTEMPTS_MAX + 1):
            done = self._backroom.submit(self._book.finish(outcome))
            await asyncio.wait({done}, timeout=FINISH_LIMIT_S)
            if done.done() and not done.cancelled() and done.exception() is None:
                return True
            error = done.exception() if done.done() and not done.cancelled() else "took too long"
            done.cancel()
            metrics.FINISHES_FAILED.inc()
            _log.error(
                "outcome not written down",
                call_id=outcome.call_id,
                attempt=attempt,
                error=str(error),
            )
            if attempt < FINISH_ATTEMPTS_MAX:
                await asyncio.sleep(FINISH_RETRY_S)
        return False
