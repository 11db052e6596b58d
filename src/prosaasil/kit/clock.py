"""The only reader of clocks; everything else is told the time."""

import time
from datetime import UTC, datetime


def now_ms() -> int:
    """Milliseconds of a clock that never goes back, good for differences only."""
    return time.monotonic_ns() // 1_000_000


def utc_now() -> datetime:
    """The time of day, always with its zone."""
    return datetime.now(UTC)
