"""The tones of a telephone's keypad, as a caller's line carries them."""

from math import pi, sin
from typing import Final

from . import mulaw

ROWS_HZ: Final = (697, 770, 852, 941)
COLUMNS_HZ: Final = (1_209, 1_336, 1_477, 1_633)
KEYS: Final = "123A456B789C*0#D"
"""Row by row."""
AMPLITUDE = 6_000
"""Of each of the two tones: -14.7 dB of full scale, well within what receivers accept."""
TONE_MS = 100
PAUSE_MS = 100
"""Receivers need 40 ms of each."""


def tone(key: str, *, tone_ms: int = TONE_MS) -> bytes:
    """The mu-law sound of one key of `KEYS`."""
    row_hz, column_hz = tones_hz(key)
    row, column = (2 * pi * hz / mulaw.SAMPLE_RATE for hz in (row_hz, column_hz))
    return mulaw.encode(
        int(AMPLITUDE * (sin(row * sample) + sin(column * sample)))
        for sample in range(tone_ms * mulaw.BYTES_PER_MS)
    )


def tones_hz(key: str) -> tuple[int, int]:
    """Its row's and its column's."""
    assert len(key) == 1, "one key at a time"
    assert key in KEYS, f"no key of a telephone: {key}"
    row, column = divmod(KEYS.index(key), 4)
    return ROWS_HZ[row], COLUMNS_HZ[column]


def dial(keys: str) -> bytes:
    """One key after the other, each followed by a pause."""
    pause = mulaw.SILENCE * (PAUSE_MS * mulaw.BYTES_PER_MS)
    return b"".join(tone(key) + pause for key in keys)
