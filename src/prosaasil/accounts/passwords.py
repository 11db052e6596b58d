"""Passwords: argon2 hashes, made and checked in threads, never on an event loop."""

import asyncio
import secrets

from pwdlib import PasswordHash

HASHES_AT_ONCE_MAX = 2
"""A hash takes 64 MB and an eighth of a second of a core: more at once starve the others."""


class Passwords:
    """One for a process. What it checks against for an unknown user costs as much as a real one."""

    def __init__(self) -> None:
        self._argon2 = PasswordHash.recommended()
        self._turns = asyncio.Semaphore(HASHES_AT_ONCE_MAX)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._argon2.hash, password)

    async def is_right(self, password: str, password_hash: str | None) -> bool:
        """Whether the password fits; with no hash never, but after the same time."""
        if self._nobodys is None:
            self._nobodys = await self.hash(secrets.token_urlsafe())
        async with self._turns:
            fits = await asyncio.to_thread(
                self._argon2.verify, password, password_hash or self._nobodys
            )
        return fits and password_hash is not None
