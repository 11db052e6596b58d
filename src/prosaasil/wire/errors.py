"""What can be wrong with a peer's message, one class a fault.

WireError                   `.reason` is a short constant for counters and logs
 +- Oversized               larger than the named limit
 +- MalformedJson           not JSON, or not text
 +- UnknownEvent            JSON, but of no kind this protocol has
 +- BadField                a field is missing, extra, or of a wrong type or value
 +- BadBase64               audio that is not base64
 +- EmptyFrame              audio of no bytes
 +- UnsupportedAudio        a format other than the one asked for
 +- OutOfOrder              fine by itself, but not now:
 |   +- BeforeStart, SecondConnected, SecondStart, AfterStop, ForeignStream, LateMessage
 +- BadForm                 a webhook body that is not the form it should be
 +- BadTwiml                a document no carrier would carry out

A message of these is refused or survived; none of them ends a process (the shell counts it).
"""

# ruff: noqa: N818 - a name says what is wrong; that it is an error, its family says
from typing import ClassVar

DETAIL_CHARS_MAX = 200


class WireError(ValueError):
    """A peer sent something that its protocol does not allow."""

    reason: ClassVar[str] = "wire_error"

    def __init__(self, detail: str = "") -> None:
        self.detail = detail[:DETAIL_CHARS_MAX]
        super().__init__(f"{self.reason}: {self.detail}" if detail else self.reason)


class Oversized(WireError):
    """The message is larger than anything the protocol needs."""

    reason = "oversized"


class MalformedJson(WireError):
    """The message is not JSON."""

    reason = "malformed_json"


class UnknownEvent(WireError):
    """The message names no event that this protocol has."""

    reason = "unknown_event"

    def __init__(self, event: str = "") -> None:
        super().__init__(event)
        self.event = self.detail


class BadField(WireError):
    """A field is missing, extra, or of a wrong type or value; the detail says which."""

    reason = "bad_field"


class BadBase64(WireError):
    """The audio is not base64."""

    reason = "bad_base64"


class EmptyFrame(WireError):
    """The audio has no bytes."""

    reason = "empty_frame"


class UnsupportedAudio(WireError):
    """The stream is not 8 kHz mono mu-law."""

    reason = "unsupported_audio"


class OutOfOrder(WireError):
    """The message is fine by itself, but not at this point of its stream."""

    reason = "out_of_order"


class BeforeStart(OutOfOrder):
    """The stream has not been introduced yet."""

    reason = "before_start"


class SecondConnected(OutOfOrder):
    """A socket is connected once, before its stream starts."""

    reason = "second_connected"


class SecondStart(OutOfOrder):
    """A socket carries one stream."""

    reason = "second_start"


class AfterStop(OutOfOrder):
    """The stream has ended."""

    reason = "after_stop"


class ForeignStream(OutOfOrder):
    """The message names another stream than this socket's."""

    reason = "foreign_stream"


class LateMessage(OutOfOrder):
    """A message with a higher number has been here before: a repetition or a straggler."""

    reason = "late_message"


class BadForm(WireError):
    """The body is not the form that this webhook has; the detail says why."""

    reason = "bad_form"


class BadTwiml(WireError):
    """The document is not TwiML that a carrier would carry out; `code` is the carrier's own."""

    reason = "bad_twiml"

    def __init__(self, detail: str, code: int) -> None:
        super().__init__(f"{detail} ({code})")
        self.code = code
