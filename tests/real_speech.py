"""Real speech of any length for the acts of scenarios, from the recordings of the tests."""

from pathlib import Path
from zlib import crc32

from prosaasil.rig.sound import read_wav, trim

BYTES_PER_MS = 8
RECORDINGS = Path(__file__).parent / "recordings"
NAMES = ("conf-onlyperson", "dir-nomatch", "pbx-invalid", "transfer", "vm-intro")
"""They begin with a voice at once, as an act does."""


class RealSpeech:
    """Each act is another piece, so that what reaches the engine can be told apart."""

    def __init__(self) -> None:
        self._recordings = [trim(read_wav(RECORDINGS / f"{name}.wav")) for name in NAMES]

    def __call__(self, act: str, ms: int) -> bytes:
        recording = self._recordings[crc32(act.encode()) % len(self._recordings)]
        size = ms * BYTES_PER_MS
        return (recording * (1 + size // len(recording)))[:size]
