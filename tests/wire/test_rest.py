"""The carrier's REST API: what is asked, and what is made of any answer."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.wire import twilio_http as http
from prosaasil.wire.errors import BadField, MalformedJson, Oversized, WireError


def test_a_call_is_created_with_repeated_event_names() -> None:
    assert http.create_call_form(
        caller="+97235550100",
        called="+972521234567",
        url="https://a.example/twiml",
        status_callback="https://a.example/status",
        ring_seconds=25,
        longest_seconds=1_800,
    ) == [
        ("To", "+972521234567"),
        ("From", "+97235550100"),
        ("Url", "https://a.example/twiml"),
        ("Method", "POST"),
        ("StatusCallback", "https://a.example/status"),
        ("StatusCallbackMethod", "POST"),
        ("StatusCallbackEvent", "initiated"),
        ("StatusCallbackEvent", "ringing"),
        ("StatusCallbackEvent", "answered"),
        ("StatusCallbackEvent", "completed"),
        ("Timeout", "25"),
        ("TimeLimit", "1800"),
    ]


def test_the_least_that_a_call_needs() -> None:
    form = http.create_call_form(caller="+1", called="+2", url="https://a.example/")
    assert [name for name, _ in form] == ["To", "From", "Url", "Method", "Timeout"]


@pytest.mark.parametrize("ring_seconds", [0, 601])
def test_ringing_without_end_is_our_mistake(ring_seconds: int) -> None:
    with pytest.raises(AssertionError):
        http.create_call_form(caller="+1", called="+2", url="u", ring_seconds=ring_seconds)


def test_a_running_call_is_ended_or_told_something_else() -> None:
    assert http.hang_up_form() == [("Status", "completed")]
    assert http.instruct_form(http.hang_up()) == [("Twiml", http.hang_up())]
    with pytest.raises(AssertionError):
        http.instruct_form("x" * 4_001)


def test_paths_are_those_of_the_api() -> None:
    assert http.calls_path("AC1") == "/2010-04-01/Accounts/AC1/Calls.json"
    assert http.call_path("AC1", "CA1") == "/2010-04-01/Accounts/AC1/Calls/CA1.json"


def test_a_call_is_read_whatever_else_the_api_says_of_it() -> None:
    body = b'{"sid":"CA1","status":"queued","direction":"outbound-api","price":null,"new":[1]}'
    assert http.decode_call(body) == http.CallResource("CA1", "queued", "outbound-api")


def test_a_call_survives_the_wire() -> None:
    call = http.CallResource("CA1", "completed", "outbound-api", "human", "49")
    assert http.decode_call(http.encode_call(call)) == call


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"<html>", MalformedJson),
        (b"", MalformedJson),
        (b'{"sid":"\xff","status":"queued"}', MalformedJson),
        (b"[]", BadField),
        (b'{"sid":"CA1"}', BadField),
        (b" " * (http.ANSWER_BYTES_MAX + 1), Oversized),
    ],
)
def test_an_answer_that_is_no_call_is_named(body: bytes, error: type[WireError]) -> None:
    with pytest.raises(error):
        http.decode_call(body)


def test_an_error_survives_the_wire() -> None:
    error = http.RestError(400, 21211, "Invalid 'To' Phone Number")
    body = http.encode_rest_error(error)

    assert http.decode_rest_error(400, body) == error
    assert json.loads(body)["more_info"] == "https://www.twilio.com/docs/errors/21211"
    assert json.loads(http.encode_rest_error(http.RestError(503)))["more_info"] is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (503, b"<html>Bad gateway</html>", http.RestError(503)),
        (
            500,
            b'{"code":null,"message":"Internal","status":500}',
            http.RestError(500, None, "Internal"),
        ),
        (
            429,
            b'{"code":20429,"message":"Too Many Requests"}',
            http.RestError(429, 20429, "Too Many Requests"),
        ),
        (400, b'{"code":true,"message":7}', http.RestError(400)),
        (400, b"[]", http.RestError(400)),
        (401, b"", http.RestError(401)),
    ],
)
def test_an_error_is_read_from_anything(status: int, body: bytes, expected: http.RestError) -> None:
    assert http.decode_rest_error(status, body) == expected


@pytest.mark.parametrize(
    ("error", "is_already_over", "is_passing"),
    [
        (http.RestError(400, 21220), True, False),
        (http.RestError(404, 20404), True, False),
        (http.RestError(404), True, False),
        (http.RestError(400, 21211), False, False),
        (http.RestError(401, 20003), False, False),
        (http.RestError(429), False, True),
        (http.RestError(400, 20429), False, True),
        (http.RestError(500), False, True),
        (http.RestError(503), False, True),
    ],
)
def test_errors_say_whether_anything_is_left_to_do(
    *, error: http.RestError, is_already_over: bool, is_passing: bool
) -> None:
    assert (error.is_already_over, error.is_passing) == (is_already_over, is_passing)


@given(st.binary(max_size=200), st.integers(400, 599))
def test_no_answer_breaks_the_readers(body: bytes, status: int) -> None:
    assert http.decode_rest_error(status, body).status == status
    with suppress(WireError):
        http.decode_call(body)
