"""Identifiers that sort by their time of making, so that they are kind to a database index."""

import secrets
from uuid import UUID

from prosaasil.kit import clock


def uuid7() -> UUID:
    """A new UUID of version 7 (RFC 9562): 48 bits of milliseconds, then randomness."""
    milliseconds = int(clock.utc_now().timestamp() * 1_000)
    return uuid7_of(milliseconds, secrets.randbits(74))


def uuid7_of(milliseconds: int, randomness: int) -> UUID:
    """The UUID of version 7 made of these milliseconds since 1970 and these 74 random bits."""
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 7 << 76
    value |= (randomness >> 62 & 0xFFF) << 64
    value |= 0b10 << 62
    value |= randomness & (1 << 62) - 1
    return UUID(int=value)
