"""Twilio Media Streams: the JSON text messages of a call's media socket, both directions.

The carrier sends `connected`, `start`, `media`, `dtmf`, `mark` and `stop`; `decode_carrier` reads
them and does not mind new fields. The platform (we) answers with `media`, `mark` and `clear`;
`decode_platform` reads those as strictly as Twilio does, for the fake carrier.

A caller's `media` is the hot path: one message per 20 ms and call. Measured for a frame of 160
bytes (CPython 3.11, microseconds):

    decode_carrier, the payload decoded by msgspec     0.48   (as cheap from a memoryview)
    the payload as text and then a2b_base64            0.27 + 0.43
    stdlib json and a2b_base64                         2.10 + 0.43
    Media.payload, base64 again for the engine         0.21
    finding the payload's place in the message         0.25
    StreamEncoder.media, an agent's frame              0.24

The text for the engine is made anew from the validated audio, not cut out of the message: that is
cheaper, and nothing that a peer wrote is ever spliced into what we send.
"""

from binascii import b2a_base64
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from .errors import ForeignStream, UnsupportedAudio
from .reader import Message, Reader

BYTES_PER_MS = 8

AUDIO_BYTES_MAX = 64 * 1024
"""8 seconds of caller audio in one message; Twilio's own messages carry 160 bytes."""
MESSAGE_BYTES_MAX = 128 * 1024
"""Base64 of `AUDIO_BYTES_MAX` is 87,384 bytes; the rest is ample for any `start`."""
PLATFORM_AUDIO_BYTES_MAX = 10 * 60 * 8_000
"""The ten minutes that the carrier buffers; a message may have any length within them."""
PLATFORM_MESSAGE_BYTES_MAX = 7 * 1024 * 1024
"""Base64 of `PLATFORM_AUDIO_BYTES_MAX` is 6,400,000 bytes."""
NAME_CHARS_MAX = 512

_encode: Final = msgspec.json.Encoder().encode
"""Of bytes: base64 in quotes, a little faster than `b2a_base64`; of text: escaped, in quotes."""

Audio = Annotated[bytes, Meta(min_length=1, max_length=AUDIO_BYTES_MAX)]
Count = Annotated[int, Meta(ge=0)]
Sid = Annotated[str, Meta(min_length=1, max_length=64)]
Name = Annotated[str, Meta(max_length=NAME_CHARS_MAX)]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"]


# --- from the carrier ---


class Connected(Struct, frozen=True, tag="connected", tag_field="event"):
    """The socket speaks this protocol; nothing is known of the call yet."""

    protocol: str = "Call"
    version: str = "1.0.0"


class MediaFormat(Struct, frozen=True, rename="camel"):
    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8_000
    channels: int = 1


class StreamFacts(Struct, frozen=True, rename="camel"):
    account_sid: str
    stream_sid: Sid
    call_sid: str
    media_format: MediaFormat = MediaFormat()
    tracks: tuple[str, ...] = ()
    custom_parameters: dict[str, str] = {}


class Start(
    Struct,
    frozen=True,
    tag="start",
    tag_field="event",
    rename={"sequence": "sequenceNumber", "stream_sid": "streamSid", "facts": "start"},
):
    """The stream begins: whose it is and what its TwiML passed along."""

    sequence: Count
    stream_sid: Sid
    facts: StreamFacts

    @property
    def call_sid(self) -> str:
        return self.facts.call_sid

    @property
    def account_sid(self) -> str:
        return self.facts.account_sid

    @property
    def parameters(self) -> dict[str, str]:
        return self.facts.custom_parameters


class CallerFrame(
    Struct, frozen=True, gc=False, rename={"audio": "payload", "timestamp_ms": "timestamp"}
):
    audio: Audio
    timestamp_ms: Count


class Media(
    Struct,
    frozen=True,
    gc=False,
    tag="media",
    tag_field="event",
    rename={"sequence": "sequenceNumber", "stream_sid": "streamSid", "frame": "media"},
):
    """Caller audio, usually one frame."""

    sequence: Count
    stream_sid: Sid
    frame: CallerFrame

    @property
    def audio(self) -> bytes:
        """G.711 mu-law."""
        return self.frame.audio

    @property
    def payload(self) -> bytes:
        """The audio in base64, for the engine."""
        return b2a_base64(self.frame.audio, newline=False)

    @property
    def timestamp_ms(self) -> int:
        """When the audio was spoken, counted from the stream's start."""
        return self.frame.timestamp_ms


class Marked(Struct, frozen=True):
    name: Name


class Mark(
    Struct,
    frozen=True,
    tag="mark",
    tag_field="event",
    rename={"sequence": "sequenceNumber", "stream_sid": "streamSid", "mark": "mark"},
):
    """Everything sent before our mark of this name has been played, or cleared."""

    sequence: Count
    stream_sid: Sid
    mark: Marked

    @property
    def name(self) -> str:
        return self.mark.name


class Pressed(Struct, frozen=True):
    digit: Digit


class Dtmf(
    Struct,
    frozen=True,
    tag="dtmf",
    tag_field="event",
    rename={"sequence": "sequenceNumber", "stream_sid": "streamSid", "pressed": "dtmf"},
):
    """The caller has pressed a key."""

    sequence: Count
    stream_sid: Sid
    pressed: Pressed

    @property
    def digit(self) -> str:
        return self.pressed.digit


class StopFacts(Struct, frozen=True, rename="camel"):
    account_sid: str = ""
    call_sid: str = ""


class Stop(
    Struct,
    frozen=True,
    tag="stop",
    tag_field="event",
    rename={"sequence": "sequenceNumber", "stream_sid": "streamSid", "facts": "stop"},
):
    """The stream or the call has ended; the carrier closes the socket next."""

    sequence: Count
    stream_sid: Sid
    facts: StopFacts = StopFacts()

    @property
    def call_sid(self) -> str:
        return self.facts.call_sid


CarrierMessage = Connected | Start | Media | Mark | Dtmf | Stop

_carrier: Final = Reader[CarrierMessage](
    CarrierMessage,
    tag="event",
    bytes_max=MESSAGE_BYTES_MAX,
    audio={"media": ("media", "payload")},
    audio_bytes_max=AUDIO_BYTES_MAX,
    strict=False,  # Twilio writes its numbers as strings
)


def decode_carrier(message: Message) -> CarrierMessage:
    """What the carrier said; raises a `WireError` for anything that it never says."""
    said = _carrier.read(message)
    if type(said) is Start:
        _check_start(said)
    return said


def _check_start(start: Start) -> None:
    if start.facts.stream_sid != start.stream_sid:
        raise ForeignStream("`streamSid` and `start.streamSid` differ")
    audio = start.facts.media_format
    if (audio.encoding, audio.sample_rate, audio.channels) != ("audio/x-mulaw", 8_000, 1):
        raise UnsupportedAudio(
            f"{audio.encoding}, {audio.sample_rate} Hz, {audio.channels} channels"
        )


def connected() -> bytes:
    return b'{"event":"connected","protocol":"Call","version":"1.0.0"}'


def start(
    stream_sid: str, call_sid: str, *, account_sid: str = "", parameters: dict[str, str]
) -> bytes:
    """The first message of a stream; `CarrierEncoder` makes all later ones."""
    return _encode(
        {
            "event": "start",
            "sequenceNumber": "1",
            "streamSid": stream_sid,
            "start": {
                "accountSid": account_sid,
                "streamSid": stream_sid,
                "callSid": call_sid,
                "tracks": ["inbound"],
                "mediaFormat": MediaFormat(),
                "customParameters": parameters,
            },
        }
    )


class CarrierEncoder:
    """Says what a carrier says of one stream after its `start`, counting as Twilio counts."""

    def __init__(self, stream_sid: str, call_sid: str, *, account_sid: str = "") -> None:
        self._stream_sid = stream_sid
        self._call_sid = call_sid
        self._account_sid = account_sid
        self._sequence = 1
        self._chunk = 0
        self._spoken_ms = 0
        self._media_middle = b'","streamSid":%b,"media":{"track":"inbound","chunk":"' % (
            _encode(stream_sid)
        )

    def media(self, audio: bytes, timestamp_ms: int | None = None) -> bytes:
        """Caller audio, spoken right after the last or at `timestamp_ms`."""
        at_ms = self._spoken_ms if timestamp_ms is None else timestamp_ms
        self._spoken_ms = at_ms + len(audio) // BYTES_PER_MS
        self._sequence += 1
        self._chunk += 1
        return b'{"event":"media","sequenceNumber":"%d%b%d","timestamp":"%d","payload":%b}}' % (
            self._sequence,
            self._media_middle,
            self._chunk,
            at_ms,
            _encode(audio),
        )

    def mark(self, name: str) -> bytes:
        return self._other("mark", {"name": name})

    def dtmf(self, digit: str) -> bytes:
        return self._other("dtmf", {"track": "inbound_track", "digit": digit})

    def stop(self) -> bytes:
        return self._other("stop", {"accountSid": self._account_sid, "callSid": self._call_sid})

    def _other(self, event: str, body: dict[str, str]) -> bytes:
        self._sequence += 1
        return _encode(
            {
                "event": event,
                "sequenceNumber": str(self._sequence),
                "streamSid": self._stream_sid,
                event: body,
            }
        )


# --- from the platform ---


class Payload(Struct, frozen=True, forbid_unknown_fields=True):
    payload: Annotated[bytes, Meta(min_length=1, max_length=PLATFORM_AUDIO_BYTES_MAX)]


class PlatformMedia(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag="media",
    tag_field="event",
    rename={"stream_sid": "streamSid"},
):
    """Agent audio to be played after everything sent before."""

    stream_sid: Sid
    media: Payload

    @property
    def audio(self) -> bytes:
        """G.711 mu-law."""
        return self.media.payload


class PlatformMarked(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name


class PlatformMark(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag="mark",
    tag_field="event",
    rename={"stream_sid": "streamSid"},
):
    """A wish to be told when everything sent before has been played or cleared."""

    stream_sid: Sid
    mark: PlatformMarked

    @property
    def name(self) -> str:
        return self.mark.name


class PlatformClear(
    Struct,
    frozen=True,
    forbid_unknown_fields=True,
    tag="clear",
    tag_field="event",
    rename={"stream_sid": "streamSid"},
):
    """Drop what is buffered and not yet played; every pending mark is echoed at once."""

    stream_sid: Sid


PlatformMessage = PlatformMedia | PlatformMark | PlatformClear

_platform: Final = Reader[PlatformMessage](
    PlatformMessage,
    tag="event",
    bytes_max=PLATFORM_MESSAGE_BYTES_MAX,
    audio={"media": ("media", "payload")},
    audio_bytes_max=PLATFORM_AUDIO_BYTES_MAX,
    strict=True,
)


def decode_platform(message: Message, stream_sid: str | None = None) -> PlatformMessage:
    """What the platform said, as strictly as Twilio reads it (warning 31951 for what is refused).

    With `stream_sid`, a message for another stream is refused too.
    """
    said = _platform.read(message)
    if stream_sid is not None and said.stream_sid != stream_sid:
        raise ForeignStream(f"this stream is {stream_sid}")
    return said


class StreamEncoder:
    """Says what the platform says on one stream, by template."""

    def __init__(self, stream_sid: str) -> None:
        sid = _encode(stream_sid)
        escaped = sid.replace(b"%", b"%%")
        self._media = b'{"event":"media","streamSid":' + escaped + b',"media":{"payload":%b}}'
        self._mark = b'{"event":"mark","streamSid":' + escaped + b',"mark":{"name":%b}}'
        self._clear = b'{"event":"clear","streamSid":' + sid + b"}"

    def media(self, frame: bytes) -> bytes:
        return self._media % _encode(frame)

    def mark(self, name: str) -> bytes:
        return self._mark % _encode(name)

    def clear(self) -> bytes:
        return self._clear
