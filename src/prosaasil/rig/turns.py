"""PURE. How a scripted engine notices the caller's turns, without a model."""

from binascii import Error, a2b_base64
from enum import Enum

from .cues import FRAME_BYTES, HEADER_BYTES, MAGIC_BASE64, Cue, Kind, read
from .ear import FRAME_MS
from .sound import is_audible

ONSET_FRAMES = 4
"""80 ms of sound in a row is speech: shorter is a click."""
APPEND_START = b'{"type":"input_audio_buffer.append","audio":"'
_CUE_START = APPEND_START + MAGIC_BASE64.encode()
_CUE_BASE64_CHARS = -(-HEADER_BYTES // 3) * 4
_CUE_END = len(APPEND_START) + _CUE_BASE64_CHARS


class Turn(Enum):
    STARTED = "started"
    FILLER_STARTED = "filler_started"
    STOPPED = "stopped"


_TURNS = {
    Kind.SPEECH_STARTED: Turn.STARTED,
    Kind.FILLER_STARTED: Turn.FILLER_STARTED,
    Kind.SPEECH_STOPPED: Turn.STOPPED,
}


class Level:
    """By loudness: a turn ends after `silence_ms` without sound, as with the real detector."""

    def __init__(self, silence_ms: int = 500) -> None:
        self.silence_ms = silence_ms
        self.is_speech = False
        self._loud_frames = 0
        self._quiet_ms = 0

    def hear(self, audio: bytes) -> list[Turn]:
        turns = []
        for at in range(0, len(audio), FRAME_BYTES):
            turn = self._hear_frame(audio[at : at + FRAME_BYTES])
            if turn is not None:
                turns.append(turn)
        return turns

    def _hear_frame(self, frame: bytes) -> Turn | None:
        if is_audible(frame):
            self._loud_frames += 1
            self._quiet_ms = 0
            if not self.is_speech and self._loud_frames >= ONSET_FRAMES:
                self.is_speech = True
                return Turn.STARTED
            return None
        self._loud_frames = 0
        self._quiet_ms += FRAME_MS
        if self.is_speech and self._quiet_ms >= self.silence_ms:
            self.is_speech = False
            return Turn.STOPPED
        return None


def cue_in(message: bytes) -> Cue | None:
    """The cue in an `append` as it came off the wire, found without decoding the message."""
    if not message.startswith(_CUE_START):
        return None
    try:
        return read(a2b_base64(message[len(APPEND_START) : _CUE_END]))
    except Error:
        return None


def appended_bytes(message: bytes) -> int:
    """How much audio an `append` of the usual shape carries; 0 when it is not of that shape."""
    if not message.startswith(APPEND_START) or not message.endswith(b'"}'):
        return 0
    chars = len(message) - len(APPEND_START) - 2
    padding = message.count(b"=", len(message) - 4)
    return chars // 4 * 3 - padding


def turn_of(cue: Cue) -> Turn | None:
    return _TURNS.get(cue.kind)
