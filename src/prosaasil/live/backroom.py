"""Where everything runs that may be slow: the call book's SQL and the agent's tools.

An event loop of its own, in a thread of its own: a query, a password hash or a tool that blocks by
mistake must not make a caller's audio stutter. What is given here is awaited from the audio's loop.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Backroom:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="backroom", daemon=True)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """For what must share connections with the book or the tools."""
        return self._loop

    def start(self) -> None:
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run it there; the future belongs to the calling loop, and cancelling it cancels both."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def stop(self, seconds_max: float) -> None:
        """Cancel what still runs and end."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join, seconds_max)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.get_loop().run_forever()
