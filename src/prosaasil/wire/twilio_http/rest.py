"""The carrier's REST API as far as calls need it, both sides: forms, answers and errors."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from prosaasil.wire.errors import BadField, MalformedJson, Oversized
from prosaasil.wire.reader import NOT_DECODED

from .webhooks import Form

API_BASE_URL = "https://api.twilio.com"
INLINE_TWIML_CHARS_MAX = 4_000
ANSWER_BYTES_MAX = 256 * 1024
RING_SECONDS_MAX = 600
STATUS_EVENTS = ("initiated", "ringing", "answered", "completed")
NOT_IN_PROGRESS = 21220
NOT_FOUND = 20404
TOO_MANY_REQUESTS = 20429


def calls_path(account_sid: str) -> str:
    return f"/2010-04-01/Accounts/{account_sid}/Calls.json"


def call_path(account_sid: str, call_sid: str) -> str:
    return f"/2010-04-01/Accounts/{account_sid}/Calls/{call_sid}.json"


def create_call_form(
    *,
    caller: str,
    called: str,
    url: str,
    status_callback: str | None = None,
    status_events: Sequence[str] = STATUS_EVENTS,
    ring_seconds: int = 60,
    longest_seconds: int | None = None,
) -> Form:
    """Dial `called` showing `caller`; `url` gives the TwiML once somebody answers."""
    assert 0 < ring_seconds <= RING_SECONDS_MAX
    form = [("To", called), ("From", caller), ("Url", url), ("Method", "POST")]
    if status_callback is not None:
        form += [("StatusCallback", status_callback), ("StatusCallbackMethod", "POST")]
        # A list is a repeated name; one text with spaces is refused with 21626.
        form += [("StatusCallbackEvent", event) for event in status_events]
    form.append(("Timeout", str(ring_seconds)))
    if longest_seconds is not None:
        form.append(("TimeLimit", str(longest_seconds)))
    return form


def hang_up_form() -> Form:
    """End a call, also one that is still ringing."""
    return [("Status", "completed")]


def instruct_form(twiml: str) -> Form:
    """Replace what a running call does; its stream ends with `stop`."""
    assert len(twiml) <= INLINE_TWIML_CHARS_MAX
    return [("Twiml", twiml)]


class CallResource(Struct, frozen=True):
    """A call as the API shows it."""

    sid: str
    status: str
    direction: str | None = None
    answered_by: str | None = None
    duration: str | None = None


class RestError(Struct, frozen=True):
    """Why the API refused; `code` is None when it could not say."""

    status: int
    code: int | None = None
    message: str = ""

    @property
    def is_already_over(self) -> bool:
        """Nothing is left to hang up: as good as success for who wanted that."""
        return self.code in (NOT_IN_PROGRESS, NOT_FOUND) or self.status == 404

    @property
    def is_passing(self) -> bool:
        """The same request may succeed later."""
        return self.status == 429 or self.status >= 500 or self.code == TOO_MANY_REQUESTS


def decode_call(body: bytes) -> CallResource:
    if len(body) > ANSWER_BYTES_MAX:
        raise Oversized(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
    try:
        return msgspec.json.decode(body, type=CallResource)
    except msgspec.ValidationError as wrong:
        raise BadField(str(wrong)) from wrong
    except NOT_DECODED as not_json:
        raise MalformedJson(str(not_json)) from not_json


def decode_rest_error(status: int, body: bytes) -> RestError:
    """What an answer of 400 or more says; never fails, since proxies answer in HTML too."""
    try:
        fields: Any = msgspec.json.decode(body[:ANSWER_BYTES_MAX])
    except NOT_DECODED:
        fields = None
    if not isinstance(fields, dict):
        return RestError(status)
    code, message = fields.get("code"), fields.get("message")
    return RestError(
        status,
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        message if isinstance(message, str) else "",
    )


def encode_call(call: CallResource) -> bytes:
    return msgspec.json.encode(call)


def encode_rest_error(error: RestError) -> bytes:
    more = None if error.code is None else f"https://www.twilio.com/docs/errors/{error.code}"
    return msgspec.json.encode(
        {
            "code": error.code,
            "message": error.message,
            "more_info": more,
            "status": error.status,
        }
    )
