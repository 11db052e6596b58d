"""PURE. Frames of mu-law audio that carry a small number, inaudibly.

A load run needs to know of single frames when they were sent and which reply they belong to, after
they have passed through the product as plain audio. The number is written in the lowest segment of
mu-law (0xF0 to 0xFF: at most 120 of 32,768), four bits a byte, behind a magic word; the rest of the
frame is whatever sound the frame should have.
"""

from base64 import b64encode
from enum import IntEnum

from msgspec import Struct

FRAME_BYTES = 160
SILENCE = b"\xff" * FRAME_BYTES

MAGIC = b"\xf5\xfa\xf3\xfc\xf1\xfe"
MAGIC_BASE64 = b64encode(MAGIC).decode()
"""Six bytes are eight whole base64 characters: a cue is recognised before anything is decoded."""
VALUE_DIGITS = 13
HEADER_BYTES = len(MAGIC) + 1 + VALUE_DIGITS

_DIGITS = b"0123456789abcdef"
_TO_QUIET = bytes.maketrans(_DIGITS, bytes(range(0xF0, 0x100)))
_FROM_QUIET = bytes.maketrans(bytes(range(0xF0, 0x100)), _DIGITS)
_REPLY_FRAMES_MAX = 1 << 20


class Kind(IntEnum):
    SENT_AT = 0
    """Value: the microsecond at which the frame was sent."""
    SPEECH_STARTED = 1
    SPEECH_STOPPED = 2
    REPLY_FRAME = 3
    """Value: see `stamp_reply`."""
    FILLER_STARTED = 4
    """Speech starts that is no more than a "mm"."""


class Cue(Struct, frozen=True):
    kind: Kind
    value: int


class ReplyFrame(Struct, frozen=True):
    """Which frame of which reply of its call an agent's frame is."""

    reply: int
    index: int


def stamp(kind: Kind, value: int, sound: bytes = SILENCE) -> bytes:
    """One frame of `sound` whose first bytes are the cue."""
    digits = b"%x%013x" % (kind, value)
    return MAGIC + digits.translate(_TO_QUIET) + sound[HEADER_BYTES:FRAME_BYTES]


def read(frame: bytes) -> Cue | None:
    """The cue at the start of `frame`, if there is one."""
    if not frame.startswith(MAGIC) or len(frame) < HEADER_BYTES:
        return None
    digits = frame[len(MAGIC) : HEADER_BYTES].translate(_FROM_QUIET)
    try:
        return Cue(Kind(int(digits[:1], 16)), int(digits[1:], 16))
    except ValueError:
        return None


def stamp_reply(reply: int, index: int, sound: bytes = SILENCE) -> bytes:
    return stamp(Kind.REPLY_FRAME, reply * _REPLY_FRAMES_MAX + index, sound)


def read_reply(frame: bytes) -> ReplyFrame | None:
    cue = read(frame)
    if cue is None or cue.kind is not Kind.REPLY_FRAME:
        return None
    return ReplyFrame(*divmod(cue.value, _REPLY_FRAMES_MAX))
