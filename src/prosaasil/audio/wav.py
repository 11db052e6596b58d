"""WAV files as bytes: 16-bit PCM and mu-law, one or two channels. No file is touched here.

A recording that grows is written as `header` with the length left open, then blocks of samples; and
`header` once more over the first bytes when the length is known.
"""

import struct
from enum import IntEnum
from typing import Final

from msgspec import Struct

from . import mulaw


class BadWav(ValueError):  # noqa: N818 - it says what is wrong
    """The file is no WAV that can be read here: 16-bit PCM or mu-law, one or two channels."""


class Encoding(IntEnum):
    """The format tag of a WAV file."""

    PCM16 = 1
    MULAW = 7

    @property
    def sample_bytes(self) -> int:
        return 2 if self is Encoding.PCM16 else 1


EXTENSIBLE = 0xFFFE
"""The format tag that says the real one is in the extension."""
OPEN_LENGTH = 0xFFFF_FFFF - 64
"""The length of a file that is still being written."""
CHANNELS_MAX = 2


class Wav(Struct, frozen=True):
    """Audio and how to read it; two channels are interleaved sample by sample."""

    audio: bytes
    encoding: Encoding = Encoding.PCM16
    channels: int = 1
    sample_rate: int = 8_000

    @property
    def duration_ms(self) -> int:
        samples = len(self.audio) // (self.channels * self.encoding.sample_bytes)
        return samples * 1_000 // self.sample_rate

    @property
    def pcm16(self) -> bytes:
        """The audio as 16-bit little-endian samples."""
        return self.audio if self.encoding is Encoding.PCM16 else mulaw.to_pcm16(self.audio)

    def channel(self, index: int) -> bytes:
        """One channel's samples, in this file's encoding."""
        width = self.encoding.sample_bytes
        step = width * self.channels
        one = bytearray(len(self.audio) // self.channels)
        for byte in range(width):
            one[byte::width] = self.audio[index * width + byte :: step]
        return bytes(one)


def header(
    audio_bytes: int | None,
    *,
    encoding: Encoding = Encoding.PCM16,
    channels: int = 1,
    sample_rate: int = 8_000,
) -> bytes:
    """What stands before `audio_bytes` bytes of audio, or before an unknown number of them.

    Always `HEADER_BYTES` long, so that it can be written again over itself.
    """
    length = OPEN_LENGTH if audio_bytes is None else audio_bytes
    block = channels * encoding.sample_bytes
    fields = struct.pack(
        "<HHIIHHH",
        encoding,
        channels,
        sample_rate,
        sample_rate * block,
        block,
        8 * encoding.sample_bytes,
        0,
    )
    pad = length & 1
    return b"RIFF%bWAVEfmt %b%bdata%b" % (
        struct.pack("<I", 4 + 8 + len(fields) + 8 + length + pad),
        struct.pack("<I", len(fields)),
        fields,
        struct.pack("<I", length),
    )


HEADER_BYTES: Final = len(header(0))


def write_wav(wav: Wav) -> bytes:
    """The whole file."""
    head = header(
        len(wav.audio),
        encoding=wav.encoding,
        channels=wav.channels,
        sample_rate=wav.sample_rate,
    )
    return head + wav.audio + b"\0" * (len(wav.audio) & 1)


def interleave(left: bytes, right: bytes) -> bytes:
    """Two channels of 16-bit samples as one; the shorter is followed by silence."""
    length = max(len(left), len(right)) & ~1
    stereo = bytearray(2 * length)
    for channel, samples in enumerate((left, right)):
        padded = samples.ljust(length, b"\0")
        stereo[2 * channel :: 4] = padded[0::2]
        stereo[2 * channel + 1 :: 4] = padded[1::2]
    return bytes(stereo)


def read_wav(file: bytes) -> Wav:
    """The audio of a file; of one that was cut off, what there is. Raises `BadWav`."""
    if file[:4] != b"RIFF" or file[8:12] != b"WAVE":
        raise BadWav("no RIFF WAVE header")
    form: tuple[Encoding, int, int] | None = None
    at = 12
    while at + 8 <= len(file):
        name = file[at : at + 4]
        (length,) = struct.unpack_from("<I", file, at + 4)
        body = file[at + 8 : at + 8 + length]
        if name == b"fmt ":
            form = _form(body)
        elif name == b"data":
            if form is None:
                raise BadWav("audio before its format")
            return _wav(body, form)
        at += 8 + length + (length & 1)
    raise BadWav("no audio in it")


def _form(fields: bytes) -> tuple[Encoding, int, int]:
    if len(fields) < 16:
        raise BadWav("the format is cut off")
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fields)
    if tag == EXTENSIBLE and len(fields) >= 26:
        (tag,) = struct.unpack_from("<H", fields, 24)
    if (tag, bits) not in ((Encoding.PCM16, 16), (Encoding.MULAW, 8)):
        raise BadWav(f"format {tag} with {bits} bits")
    if not 1 <= channels <= CHANNELS_MAX or rate == 0:
        raise BadWav(f"{channels} channels at {rate} Hz")
    return Encoding(tag), channels, rate


def _wav(audio: bytes, form: tuple[Encoding, int, int]) -> Wav:
    encoding, channels, rate = form
    whole = len(audio) - len(audio) % (channels * encoding.sample_bytes)
    return Wav(audio[:whole], encoding, channels, rate)
