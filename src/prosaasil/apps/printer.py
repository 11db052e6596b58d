"""The one log of a supervisor, written by a thread of its own.

A terminal may be paused (Ctrl-S) and a pipe may not be read. Waiting for it would stop the reading
of the children's logs, then their writing, and with it their calls. So lines wait here, and when
too many wait the newest are left out and counted.
"""

import queue
import threading
from types import TracebackType
from typing import Self, TextIO

LINES_MAX = 10_000
CLOSE_LIMIT_S = 2.0


class Printer:
    """Give it lines with `write`; leaving its context waits, for a while, until all are out."""

    def __init__(self, stream: TextIO, *, lines_max: int = LINES_MAX) -> None:
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(lines_max)
        self._left_out = 0
        self._thread = threading.Thread(target=self._print, name="printer", daemon=True)

    def write(self, text: str) -> int:
        """Take a line, or several, with their ends; never waits."""
        try:
            if self._left_out:
                self._lines.put_nowait(f"({self._left_out} lines of log were left out)\n")
                self._left_out = 0
            self._lines.put_nowait(text)
        except queue.Full:
            self._left_out += 1
        return len(text)

    def flush(self) -> None:
        """For those who take this for a file."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self._lines.put(None, timeout=CLOSE_LIMIT_S)
        except queue.Full:
            return
        self._thread.join(CLOSE_LIMIT_S)

    def _print(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):  # nobody reads it any more
                continue
