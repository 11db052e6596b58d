"""The caller's audio on its way to the engine: on at once, kept for later, or silence in its place.

Whether the gate is closed is the call's decision, and whether the engine is ready is the engine's;
here is only where a frame goes in each of these states. `put` is that place itself, so that a frame
asks no question on its way.
"""

from binascii import b2a_base64
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from prosaasil.audio.mulaw import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE

KEPT_MS_MAX: Final = 2_000
"""The caller's audio kept for an engine that is not configured yet."""
KEPT_FRAMES_MAX: Final = KEPT_MS_MAX // FRAME_MS
FRAME_OF_SILENCE: Final = b2a_base64(SILENCE * FRAME_BYTES, newline=False)

Append = Callable[[bytes], None]


class Uplink:
    __slots__ = (
        "_append",
        "_is_gated",
        "_kept",
        "frames_dropped",
        "frames_gated",
        "put",
        "withheld",
    )

    def __init__(self) -> None:
        self.put: Callable[[bytes], None] = self._keep
        """Takes the caller's next audio, mu-law."""
        self.frames_dropped = 0
        """Kept for an engine that was not ready in time."""
        self.frames_gated = 0
        """Frames that the engine never gets: silence went in their place (C-06)."""
        self.withheld = 0
        """Frames since the gate was closed."""
        self._append: Append | None = None
        self._is_gated = False
        self._kept: deque[bytes] = deque(maxlen=KEPT_FRAMES_MAX)

    @property
    def is_ready(self) -> bool:
        """Whether there is an engine that listens."""
        return self._append is not None

    def connect(self, append: Append) -> None:
        """The engine listens: `append` takes base64. First it hears what was kept."""
        self._append = append
        self._settle()
        while self._kept:
            self._forward(self._kept.popleft())

    def disconnect(self) -> None:
        """The engine does not listen any more; the next one hears what is kept from now on."""
        self._append = None
        self._settle()

    def close_gate(self) -> None:
        self._is_gated = True
        self.withheld = 0
        self._settle()

    def open_gate(self, pre_roll: Sequence[bytes]) -> None:
        """`pre_roll`, of what was withheld, goes first."""
        self._is_gated = False
        self._settle()
        self.frames_gated -= len(pre_roll)
        self.withheld = 0
        for audio in pre_roll:
            self.put(audio)

    def fill_gap(self, gap_ms: int) -> None:
        """The engine's clock counts the audio it gets: what was lost is made up for by silence."""
        silence = SILENCE * (gap_ms * BYTES_PER_MS)
        if self._append is not None:
            self._forward(silence)
        elif not self._is_gated:
            self._keep(silence)

    def totals(self, frames_in: int) -> dict[str, int | float]:
        """Every frame that came was forwarded, gated, dropped, or is kept for an engine that never
        was ready.
        """
        lost = self.frames_gated + self.frames_dropped + len(self._kept)
        return {
            "frames_forwarded": max(0, frames_in - lost),
            "frames_dropped": self.frames_dropped,
            "frames_gated": self.frames_gated,
        }

    def _settle(self) -> None:
        if self._is_gated:
            self.put = self._withhold
        else:
            self.put = self._keep if self._append is None else self._forward

    def _forward(self, audio: bytes) -> None:
        assert self._append is not None
        self._append(b2a_base64(audio, newline=False))

    def _keep(self, audio: bytes) -> None:
        if len(self._kept) == KEPT_FRAMES_MAX:
            self.frames_dropped += 1
        self._kept.append(audio)

    def _withhold(self, audio: bytes) -> None:
        """An engine that is not ready yet has no clock to be kept going."""
        self.frames_gated += 1
        size = len(audio)
        self.withheld += -(-size // FRAME_BYTES)
        if self._append is not None:
            self._append(
                FRAME_OF_SILENCE
                if size == FRAME_BYTES
                else b2a_base64(SILENCE * size, newline=False)
            )
