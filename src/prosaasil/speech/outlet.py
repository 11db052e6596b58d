"""The way to the client: events with ids, and no more of them than the client reads."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from prosaasil.wire.openai_realtime import ServerEvent, Unknown, encode

ID_BYTES: Final = 10


def new_id(kind: str) -> str:
    """An identifier such as the real service's: `item_` and letters."""
    return f"{kind}_{secrets.token_hex(ID_BYTES)}"


class Outlet:
    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._is_open = True
        self._writable = asyncio.Event()
        self._writable.set()

    def say(self, event: ServerEvent) -> None:
        assert not isinstance(event, Unknown)
        self.say_bytes(encode(replace(event, event_id=new_id("event"))))

    def say_bytes(self, message: bytes) -> None:
        """After the client has gone, what was still to be said is not said."""
        if self._is_open:
            self._send(message)

    def pause(self) -> None:
        """The client does not read as fast as we speak."""
        self._writable.clear()

    def resume(self) -> None:
        self._writable.set()

    async def writable(self) -> None:
        await self._writable.wait()

    def close(self) -> None:
        self._is_open = False
        self._writable.set()
