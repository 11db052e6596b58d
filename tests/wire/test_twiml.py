"""TwiML, held against the carrier's own builder and read back."""

from contextlib import suppress
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

from prosaasil.wire import twilio_http as http
from prosaasil.wire.errors import BadTwiml

MEDIA_URL = "wss://voice.example.com/media"
XML_TEXT = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"),
    max_size=60,
)


def same(ours: str, theirs: VoiceResponse) -> bool:
    return ET.canonicalize(ours) == ET.canonicalize(str(theirs))


def test_a_stream_is_connected_as_the_carriers_builder_writes_it() -> None:
    theirs = VoiceResponse()
    stream = theirs.connect().stream(
        url=MEDIA_URL, name="ai", status_callback="https://a.example/status?x=1&y=2"
    )
    stream.parameter(name="ticket", value="<\"&'>")
    stream.parameter(name="direction", value="inbound")
    theirs.redirect("https://a.example/resume/1?a=1&b=2", method="POST")

    assert same(
        http.connect_stream(
            MEDIA_URL,
            {"ticket": "<\"&'>", "direction": "inbound"},
            then="https://a.example/resume/1?a=1&b=2",
            name="ai",
            status_callback="https://a.example/status?x=1&y=2",
        ),
        theirs,
    )


def test_other_answers_are_as_the_carriers_builder_writes_them() -> None:
    say = VoiceResponse()
    say.say("שלום & <ברוכים>", language="he-IL", voice="Google.he-IL-Wavenet-A")
    say.hangup()
    hang_up = VoiceResponse()
    hang_up.hangup()
    redirect = VoiceResponse()
    redirect.redirect("https://a.example/?a=1&b=2", method="POST")

    spoken = http.say_and_hang_up(
        "שלום & <ברוכים>", language="he-IL", voice="Google.he-IL-Wavenet-A"
    )
    assert same(spoken, say)
    assert same(http.hang_up(), hang_up)
    assert same(http.redirect("https://a.example/?a=1&b=2"), redirect)
    assert same(http.nothing(), VoiceResponse())


@given(
    st.dictionaries(XML_TEXT.filter(bool), XML_TEXT, max_size=4),
    XML_TEXT,
    st.none() | st.just("https://a.example/next?x=1&y=%20"),
)
def test_what_is_written_is_read_back(
    parameters: dict[str, str], text: str, then: str | None
) -> None:
    connect = http.parse_twiml(http.connect_stream(MEDIA_URL, parameters, then=then))
    spoken = http.parse_twiml(http.say_and_hang_up(text, language="en-US"))

    assert connect[0] == http.ConnectStream(MEDIA_URL, parameters)
    assert connect[1:] == (() if then is None else (http.Redirect(then),))
    assert spoken == (http.Say(text, "en-US"), http.Hangup())


@given(st.text(max_size=40))
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    """Also one with control characters, which XML cannot carry."""
    assert len(http.parse_twiml(http.say_and_hang_up(text, language="en-US"))) == 2


def test_a_document_with_everything_is_read() -> None:
    verbs = http.parse_twiml(
        b'<?xml version="1.0" encoding="UTF-8"?><Response>'
        b'<Connect action="https://a.example/after"><Stream url="ws://127.0.0.1:1/media" name="n"'
        b' statusCallback="https://a.example/s"><Parameter name="a" value=""/></Stream></Connect>'
        b'<Redirect method="GET"> https://a.example/ </Redirect><Redirect/><Say/><Hangup/>'
        b"</Response>"
    )
    assert verbs == (
        http.ConnectStream(
            "ws://127.0.0.1:1/media",
            {"a": ""},
            name="n",
            status_callback="https://a.example/s",
            action="https://a.example/after",
        ),
        http.Redirect("https://a.example/", "GET"),
        http.Redirect(""),
        http.Say(""),
        http.Hangup(),
    )


def connect(inner: str) -> str:
    return f"<Response><Connect>{inner}</Connect></Response>"


LONG = "x" * 499


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("", 12100),
        ("hello", 12100),
        ("<Response>", 12100),
        (b"\xff\xfe<\x00R\x00", 12100),
        ("<Response>\ud800</Response>", 12100),
        ("<Response>&nothing;</Response>", 12100),
        ('<!DOCTYPE r [<!ENTITY a "b">]><Response><Say>&a;</Say></Response>', 12100),
        ("<Request/>", 12102),
        ("<response/>", 12102),
        ("<Response><Dial/></Response>", 12200),
        (connect(""), 12200),
        (connect("<Room>x</Room>"), 12200),
        (connect(f'<Stream url="{MEDIA_URL}"/><Stream url="{MEDIA_URL}"/>'), 12200),
        (connect(f'<Stream url="{MEDIA_URL}"><Other name="a" value="b"/></Stream>'), 12200),
        (connect(f'<Stream url="{MEDIA_URL}"><Parameter name="a"/></Stream>'), 12200),
        (connect(f'<Stream url="{MEDIA_URL}"><Parameter value="a"/></Stream>'), 12200),
        (
            connect(f'<Stream url="{MEDIA_URL}"><Parameter name="a" value="{LONG}"/></Stream>'),
            12200,
        ),
        (connect("<Stream/>"), 31923),
        (connect('<Stream url="https://a.example/"/>'), 31923),
        (connect(f'<Stream url="{MEDIA_URL}?token=x"/>'), 31923),
        ("<Response>" + " " * 70_000 + "</Response>", 11750),
    ],
)
def test_what_the_carrier_would_refuse_is_refused_with_its_code(
    document: str | bytes, code: int
) -> None:
    with pytest.raises(BadTwiml) as caught:
        http.parse_twiml(document)
    assert caught.value.code == code
    assert caught.value.reason == "bad_twiml"


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_document_breaks_the_reader(document: str | bytes) -> None:
    with suppress(BadTwiml):
        http.parse_twiml(document)


def test_a_parameter_that_the_carrier_would_not_pass_along_is_our_mistake() -> None:
    http.connect_stream(MEDIA_URL, {"a": "x" * 498})
    with pytest.raises(AssertionError, match="too long"):
        http.connect_stream(MEDIA_URL, {"a": LONG})
