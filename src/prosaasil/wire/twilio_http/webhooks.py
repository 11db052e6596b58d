"""What the carrier tells us by HTTP: an incoming call, and how a call is doing.

Forms keep blank and repeated values, because the signature covers them. A caller id may be
withheld or anything but a telephone number; numbers that are missing or garbage are None, because a
status must never be lost over its duration.
"""

from collections.abc import Iterable
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode

from msgspec import Struct

from prosaasil.wire.errors import BadForm, Oversized

Form = list[tuple[str, str]]

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_BYTES_MAX = 64 * 1024
FORM_FIELDS_MAX = 300
IDEMPOTENCY_HEADER = "I-Twilio-Idempotency-Token"
"""The same for each delivery of one webhook."""
DIGITS_MAX = 9

TERMINAL_STATUSES: Final = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
WITHHELD: Final = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "blocked",
        "unknown",
        "unavailable",
        # The same words as keypad digits: how they arrive where only digits can be carried.
        "+266696687",
        "+7378742833",
        "+2562533",
        "+8656696",
        "+86282452253",
    }
)


def parse_form(body: bytes | str) -> Form:
    """The pairs of a form body (or of a query), in order, blank ones included."""
    if len(body) > FORM_BYTES_MAX:
        raise Oversized(f"a form of more than {FORM_BYTES_MAX} bytes")
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX)
    except ValueError as too_many:
        raise BadForm(str(too_many)) from too_many


def form_body(form: Iterable[tuple[str, str]]) -> bytes:
    return urlencode(list(form)).encode()


def _required(fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "")
    if not value:
        raise BadForm(f"`{name}` is missing")
    return value


def _count(text: str | None) -> int | None:
    return (
        int(text)
        if text and text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX
        else None
    )


class IncomingCall(Struct, frozen=True):
    """Somebody calls one of our numbers; answered with TwiML."""

    call_sid: str
    account_sid: str
    caller: str
    """As the carrier wrote it: a number, a client, a SIP address or a word for "withheld"."""
    called: str
    status: str = "ringing"
    direction: str = "inbound"
    forwarded_from: str | None = None
    caller_name: str | None = None

    @classmethod
    def of(cls, form: Iterable[tuple[str, str]]) -> Self:
        fields = dict(form)
        return cls(
            call_sid=_required(fields, "CallSid"),
            account_sid=_required(fields, "AccountSid"),
            caller=fields.get("From", ""),
            called=_required(fields, "To"),
            status=fields.get("CallStatus", "ringing"),
            direction=fields.get("Direction", "inbound"),
            forwarded_from=fields.get("ForwardedFrom") or None,
            caller_name=fields.get("CallerName") or None,
        )

    @property
    def is_withheld(self) -> bool:
        """Whether the caller does not say who calls."""
        return self.caller.strip().lower() in WITHHELD

    def form(self) -> Form:
        """What a carrier posts, with the aliases and blank values of the real one."""
        return [
            ("CallSid", self.call_sid),
            ("AccountSid", self.account_sid),
            ("From", self.caller),
            ("To", self.called),
            ("Caller", self.caller),
            ("Called", self.called),
            ("CallStatus", self.status),
            ("Direction", self.direction),
            ("ApiVersion", "2010-04-01"),
            ("FromCity", ""),
            ("ToZip", ""),
            *([("ForwardedFrom", self.forwarded_from)] if self.forwarded_from else []),
            *([("CallerName", self.caller_name)] if self.caller_name else []),
        ]


class CallStatus(Struct, frozen=True):
    """How a call is doing; may come late, twice or out of order."""

    call_sid: str
    status: str
    account_sid: str = ""
    duration_s: int | None = None
    sequence: int | None = None
    """Counts the callbacks of a call from 0, in the order of the facts, not of delivery."""
    answered_by: str | None = None
    sip_code: int | None = None

    @classmethod
    def of(cls, form: Iterable[tuple[str, str]]) -> Self:
        fields = dict(form)
        return cls(
            call_sid=_required(fields, "CallSid"),
            status=_required(fields, "CallStatus"),
            account_sid=fields.get("AccountSid", ""),
            duration_s=_count(fields.get("CallDuration")),
            sequence=_count(fields.get("SequenceNumber")),
            answered_by=fields.get("AnsweredBy") or None,
            sip_code=_count(fields.get("SipResponseCode")),
        )

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL_STATUSES

    def form(self) -> Form:
        """What a carrier posts."""
        optional = {
            "CallDuration": self.duration_s,
            "SequenceNumber": self.sequence,
            "AnsweredBy": self.answered_by,
            "SipResponseCode": self.sip_code,
        }
        return [
            ("CallSid", self.call_sid),
            ("AccountSid", self.account_sid),
            ("CallStatus", self.status),
            ("CallbackSource", "call-progress-events"),
            ("ToZip", ""),
            *((name, str(value)) for name, value in optional.items() if value is not None),
        ]
