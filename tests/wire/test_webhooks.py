"""The forms a carrier posts, also as the real one posts them: with gaps, aliases and garbage."""

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.wire import twilio_http as http
from prosaasil.wire.errors import BadForm, Oversized, WireError

CAPTURED = (
    "Called=%2B97235550100&ToState=&CallerCountry=IL&Direction=inbound&CallerState=&ToZip="
    "&CallSid=CA1&To=%2B97235550100&CallerZip=&ToCountry=IL&CalledZip=&ApiVersion=2010-04-01"
    "&CallStatus=ringing&AccountSid=AC1&CalledCity=&From=%2B972521234567&Caller=%2B972521234567"
)
STATUS = (
    "Called=%2B5511&ToState=SP&Direction=outbound-api"
    "&Timestamp=Sun%2C%2025%20Mar%202018%2009%3A53%3A19%20%2B0000"
    "&CallbackSource=call-progress-events&ToZip=&SequenceNumber=3&CallStatus=completed&Duration=1"
    "&CallDuration=49&AnsweredBy=human&CallSid=CA1&AccountSid=AC1&SipResponseCode=200"
)
KEYPAD = ("ABC2", "DEF3", "GHI4", "JKL5", "MNO6", "PQRS7", "TUV8", "WXYZ9")


def test_a_real_request_is_read() -> None:
    call = http.IncomingCall.of(http.parse_form(CAPTURED.encode()))

    assert call == http.IncomingCall(
        call_sid="CA1",
        account_sid="AC1",
        caller="+972521234567",
        called="+97235550100",
    )
    assert not call.is_withheld


def test_optional_fields_are_read() -> None:
    form = http.parse_form(CAPTURED + "&ForwardedFrom=%2B1&CallerName=Dana")
    call = http.IncomingCall.of(form)

    assert (call.forwarded_from, call.caller_name) == ("+1", "Dana")


@pytest.mark.parametrize(
    "caller",
    ["", "anonymous", "Anonymous", " RESTRICTED ", "unknown", "blocked", "Unavailable"]
    + [
        "+" + "".join(key[-1] for letter in word for key in KEYPAD if letter in key)
        for word in ("ANONYMOUS", "RESTRICTED", "BLOCKED", "UNKNOWN", "UNAVAILABLE")
    ],
)
def test_a_withheld_caller_id_is_a_call_like_any_other(caller: str) -> None:
    form = urlencode({"CallSid": "CA1", "AccountSid": "AC1", "To": "+1", "From": caller})
    assert http.IncomingCall.of(http.parse_form(form)).is_withheld


@pytest.mark.parametrize("caller", ["client:dana", "sip:a@b.example", "+972521234567", "12"])
def test_a_caller_need_not_be_a_number(caller: str) -> None:
    assert not http.IncomingCall("CA1", "AC1", caller, "+1").is_withheld


def test_a_missing_caller_is_withheld() -> None:
    call = http.IncomingCall.of([("CallSid", "CA1"), ("AccountSid", "AC1"), ("To", "+1")])
    assert call.is_withheld


@pytest.mark.parametrize("missing", ["CallSid", "AccountSid", "To"])
def test_a_call_without_its_names_is_refused(missing: str) -> None:
    form = [(name, value) for name, value in http.parse_form(CAPTURED) if name != missing]
    with pytest.raises(BadForm, match=missing):
        http.IncomingCall.of(form)
    with pytest.raises(BadForm, match=missing):
        http.IncomingCall.of([*form, (missing, "")])


def test_a_real_status_is_read() -> None:
    assert http.CallStatus.of(http.parse_form(STATUS)) == http.CallStatus(
        call_sid="CA1",
        status="completed",
        account_sid="AC1",
        duration_s=49,
        sequence=3,
        answered_by="human",
        sip_code=200,
    )


@pytest.mark.parametrize(
    ("status", "is_terminal"),
    [
        ("queued", False),
        ("initiated", False),
        ("ringing", False),
        ("in-progress", False),
        ("completed", True),
        ("busy", True),
        ("failed", True),
        ("no-answer", True),
        ("canceled", True),
        ("something-new", False),
    ],
)
def test_a_call_is_over_at_these_statuses(*, status: str, is_terminal: bool) -> None:
    assert http.CallStatus("CA1", status).is_terminal is is_terminal


@pytest.mark.parametrize(
    "duration", [None, "", "abc", "-1", "4.5", "٤٩", "²", "1" * 10, "1" * 5_000, " 49"]
)
def test_a_status_is_not_lost_over_its_duration(duration: str | None) -> None:
    form = [("CallSid", "CA1"), ("CallStatus", "busy")]
    if duration is not None:
        form.append(("CallDuration", duration))
    status = http.CallStatus.of(form)

    assert (status.status, status.duration_s) == ("busy", None)


def test_a_status_of_no_call_is_refused() -> None:
    with pytest.raises(BadForm, match="CallSid"):
        http.CallStatus.of([("CallStatus", "busy")])
    with pytest.raises(BadForm, match="CallStatus"):
        http.CallStatus.of([("CallSid", "CA1")])


@given(
    st.builds(
        http.IncomingCall,
        call_sid=st.text(min_size=1),
        account_sid=st.text(min_size=1),
        caller=st.text(),
        called=st.text(min_size=1),
        forwarded_from=st.none() | st.text(min_size=1),
        caller_name=st.none() | st.text(min_size=1),
    )
)
def test_an_incoming_call_survives_the_wire(call: http.IncomingCall) -> None:
    body = http.form_body(call.form())

    assert http.IncomingCall.of(http.parse_form(body)) == call
    assert b"FromCity=&" in body


COUNTS = st.none() | st.integers(0, 999_999_999)


@given(
    st.builds(
        http.CallStatus,
        call_sid=st.text(min_size=1),
        status=st.sampled_from(sorted(http.TERMINAL_STATUSES)),
        account_sid=st.text(),
        duration_s=COUNTS,
        sequence=COUNTS,
        answered_by=st.none() | st.just("human"),
        sip_code=COUNTS,
    )
)
def test_a_status_survives_the_wire(status: http.CallStatus) -> None:
    assert http.CallStatus.of(http.parse_form(http.form_body(status.form()))) == status


def test_a_forms_blank_and_repeated_values_are_kept_in_order() -> None:
    assert http.parse_form(b"a=1&b=&a=2&c&d=%D7%A9+x") == [
        ("a", "1"),
        ("b", ""),
        ("a", "2"),
        ("c", ""),
        ("d", "ש x"),
    ]


def test_a_form_without_end_is_refused() -> None:
    with pytest.raises(Oversized):
        http.parse_form(b"a" * (http.FORM_BYTES_MAX + 1))
    with pytest.raises(BadForm):
        http.parse_form("&".join(["a=1"] * (http.FORM_FIELDS_MAX + 1)))


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_no_body_breaks_the_readers(body: bytes | str) -> None:
    form = http.parse_form(body)
    for read in (http.IncomingCall.of, http.CallStatus.of):
        with suppress(WireError):
            read(form)
