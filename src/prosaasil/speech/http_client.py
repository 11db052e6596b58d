"""What the three HTTP ports share: one client each, and errors as faults."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx2

from prosaasil.kit.errors import Fault

CONNECT_S: Final = 5.0
ANSWER_S: Final = 20.0
"""A caller who waits longer than this has hung up."""
CONNECTIONS_MAX: Final = 64
ERROR_CHARS_MAX: Final = 200


class PeerFailed(Fault):
    """A speech service on the network did not answer as it should.

    Look at its address, key and model in the SPEECH_ settings, and at its own log.
    """


class SpeechPeer:
    """One OpenAI-compatible service: a base address, a key, a model."""

    def __init__(self, base: str, key: str, model: str, *, answer_s: float = ANSWER_S) -> None:
        self.model = model
        self._client = httpx2.AsyncClient(
            base_url=base.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx2.Timeout(answer_s, connect=CONNECT_S),
            limits=httpx2.Limits(max_connections=CONNECTIONS_MAX),
        )

    @asynccontextmanager
    async def posting(self, path: str, **content: Any) -> AsyncIterator[httpx2.Response]:
        """The answer to a POST, its body unread; every failure on the way is a `PeerFailed`."""
        try:
            async with self._client.stream("POST", path, **content) as response:
                if response.status_code >= 400:
                    body = (await response.aread()).decode(errors="replace")
                    raise PeerFailed(
                        f"{path} answered {response.status_code}: {body[:ERROR_CHARS_MAX]}"
                    )
                yield response
        except httpx2.HTTPError as error:
            raise PeerFailed(f"{path} failed: {type(error).__name__} {error}") from error

    async def close(self) -> None:
        await self._client.aclose()
