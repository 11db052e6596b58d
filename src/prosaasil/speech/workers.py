"""Inference off the event loop: a few threads, and a queue that serves all sessions in turn.

Each session has a lane; a free thread takes the oldest job of the next lane. So a session that asks
for much waits behind its own jobs only, and the wait of any job is bounded by one job of each other
session for each job before it in its lane.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prosaasil.kit.errors import Fault

T = TypeVar("T")

JOBS_WAITING_MAX = 256
"""More waiting jobs than this would be answered too late to be of use to a caller."""


class EngineOverloaded(Fault):
    """The speech engine has more to do than it can do in time.

    Take fewer calls at once, give it more cores, or configure a faster recogniser.
    """


class InferenceFailed(Fault):
    """A speech model failed on what it was given.

    The log's record of it names the error; restart the engine if it happens again.
    """


class _Job:
    __slots__ = ("future", "work")

    def __init__(self, work: Callable[[], object], future: asyncio.Future[object]) -> None:
        self.work = work
        self.future = future


class Workers:
    def __init__(self, name: str, threads: int, *, waiting_max: int = JOBS_WAITING_MAX) -> None:
        self._free = threads
        self._waiting_max = waiting_max
        self._waiting = 0
        self._lanes: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._under_way: set[asyncio.Future[object]] = set()

    @property
    def waiting(self) -> int:
        return self._waiting

    async def run(self, lane: str, work: Callable[[], T]) -> T:
        """Do the work in a thread, in this lane's turn. A cancelled wait gives up its place."""
        if self._waiting >= self._waiting_max:
            raise EngineOverloaded
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._lanes.setdefault(lane, deque()).append(job)
        self._waiting += 1
        self._dispatch()
        return await job.future  # type: ignore[return-value]  # the job's own result

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _dispatch(self) -> None:
        while self._free and self._lanes:
            lane, jobs = self._lanes.popitem(last=False)
            job = jobs.popleft()
            self._waiting -= 1
            if jobs:
                self._lanes[lane] = jobs  # behind all other lanes
            if job.future.cancelled():
                continue
            self._free -= 1
            running = asyncio.get_running_loop().run_in_executor(self._threads, job.work)
            self._under_way.add(running)
            running.add_done_callback(lambda done, job=job: self._finish(job, done))  # type: ignore[misc]

    def _finish(self, job: _Job, done: asyncio.Future[object]) -> None:
        self._under_way.discard(done)
        self._free += 1
        if not job.future.cancelled():
            if done.cancelled():
                job.future.cancel()
            elif (error := done.exception()) is not None:
                # Whatever a model raises is a failure of this turn, not of the session.
                fault = error if isinstance(error, Fault) else InferenceFailed()
                fault.__cause__ = error if fault is not error else None
                job.future.set_exception(fault)
            else:
                job.future.set_result(done.result())
        elif not done.cancelled():
            done.exception()  # nobody waits for it any more
        self._dispatch()
