"""The rig's own clock, in microseconds.

It is not the product's `kit.clock`: an instrument shares nothing with what it measures. The clock
is the machine's monotonic one, which all processes share, so that a frame stamped in one process
can be timed in another.
"""

from time import monotonic_ns


def now_us() -> int:
    return monotonic_ns() // 1_000
