"""What our sockets share: whole messages, polite closing, and picows kept quiet.

picows reports a peer's protocol errors to a logger of its own and closes by itself; our listeners
make one record of ours from that, so picows gets a logger that goes nowhere.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from picows import WSCloseCode, WSFrame, WSMsgType, WSTransport

QUIET: Final = logging.Logger(  # noqa: LOG001 - not in the tree of loggers, on purpose
    "picows", logging.CRITICAL + 1
)
CLOSE_WAIT_MS: Final = 500
"""A peer that does not answer our close by then is cut off; keeps an ended call under 1 s."""


class Fragments:
    """Joins a message that a peer sent in several frames; nearly none does."""

    __slots__ = ("_bytes_max", "_parts")

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._parts: bytearray | None = None

    def add(self, frame: WSFrame) -> bytes | None:
        """The whole message once its last frame is here; one that grows too large is dropped.

        What is dropped ends as an oversized message of nothing but its beginning, which no decoder
        takes for a good one.
        """
        if frame.msg_type is not WSMsgType.CONTINUATION:
            self._parts = bytearray()
        if self._parts is None:
            return None
        if len(self._parts) <= self._bytes_max:
            self._parts += frame.get_payload_as_memoryview()
        if not frame.fin:
            return None
        whole, self._parts = bytes(self._parts), None
        return whole


class Closing:
    """Sockets that we have closed and whose peers have not answered yet; swept by the pacer.

    Reading goes on until then: closing a socket with unread data resets the connection, and the
    peer might lose our last words.
    """

    def __init__(self, clock_ms: Callable[[], int]) -> None:
        self._clock_ms = clock_ms
        self._until: dict[WSTransport, int] = {}
        self._emptied = asyncio.Event()

    async def all_gone(self) -> None:
        """Wait for the last of them, which the pacer's sweep bounds."""
        while self._until:
            self._emptied.clear()
            await self._emptied.wait()

    def __len__(self) -> int:
        return len(self._until)

    def close(self, transport: WSTransport, code: WSCloseCode, reason: str = "") -> bool:
        """Whether it was open; harmless when it is closed already."""
        if transport.is_disconnected or transport in self._until:
            return False
        transport.send_close(code, reason)
        self._until[transport] = self._clock_ms() + CLOSE_WAIT_MS
        return True

    def answered(self, transport: WSTransport) -> None:
        """The peer has sent its close: nothing more is to come."""
        if not transport.is_close_frame_sent:
            transport.send_close(WSCloseCode.OK)
        transport.disconnect()

    def gone(self, transport: WSTransport) -> None:
        self._until.pop(transport, None)
        if not self._until:
            self._emptied.set()

    def tick(self, now: int) -> None:
        if not self._until:
            return
        for transport, until in list(self._until.items()):
            if now >= until:
                transport.disconnect(graceful=False)  # `gone` follows
