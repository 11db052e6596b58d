"""JSON messages as values, and whatever is wrong with one as a `WireError`.

A protocol makes one `Reader` per direction, of a union of tagged structs. The way of a good message
is one call into msgspec; why a bad one is bad is found out afterwards, slowly, in `Reader.fault`.
"""

from binascii import a2b_base64
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, get_args

import msgspec

from .errors import (
    BadBase64,
    BadField,
    EmptyFrame,
    MalformedJson,
    Oversized,
    UnknownEvent,
    WireError,
)

Message = bytes | bytearray | memoryview | str
T = TypeVar("T")

NOT_DECODED = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Everything msgspec raises for input: bad JSON or types, bad UTF-8, nesting without end."""


_encoder: Final = msgspec.json.Encoder()


def encode(event: msgspec.Struct) -> bytes:
    return _encoder.encode(event)


class Reader(Generic[T]):
    """Decodes the messages of one direction of one protocol.

    `audio` is where a message keeps its audio, so that a fault in it can be named: the path of keys
    from the message to the base64 text, by event.
    """

    def __init__(
        self,
        union: Any,
        *,
        tag: str,
        bytes_max: int,
        audio: dict[str, tuple[str, ...]],
        audio_bytes_max: int,
        strict: bool,
    ) -> None:
        self._decode: Callable[[Message], T] = msgspec.json.Decoder(union, strict=strict).decode
        self._tag = tag
        self._events = frozenset(kind.__struct_config__.tag for kind in get_args(union))
        self._bytes_max = bytes_max
        self._audio = audio
        self._audio_bytes_max = audio_bytes_max

    def read(self, message: Message) -> T:
        if len(message) > self._bytes_max:
            raise Oversized(f"more than {self._bytes_max} bytes")
        try:
            return self._decode(message)
        except NOT_DECODED as error:
            raise self.fault(message, error) from error

    def fault(self, message: Message, error: Exception) -> WireError:
        """Why a message that does not decode is refused."""
        try:
            fields = msgspec.json.decode(message)
        except NOT_DECODED as not_json:
            return MalformedJson(str(not_json))
        if not isinstance(fields, dict):
            return BadField("the message is not an object")
        event = fields.get(self._tag)
        if not isinstance(event, str):
            return BadField(f"`{self._tag}` is missing or not a text")
        if event not in self._events:
            return UnknownEvent(event)
        return self._audio_fault(fields, self._audio.get(event, ())) or BadField(str(error))

    def _audio_fault(self, fields: Any, path: tuple[str, ...]) -> WireError | None:
        for key in path:
            fields = fields.get(key) if isinstance(fields, dict) else None
        if not path or not isinstance(fields, str):
            return None
        try:
            audio = a2b_base64(fields, strict_mode=True)
        except ValueError as not_base64:
            return BadBase64(str(not_base64))
        if not audio:
            return EmptyFrame()
        if len(audio) > self._audio_bytes_max:
            return Oversized(f"audio of more than {self._audio_bytes_max} bytes")
        return None
