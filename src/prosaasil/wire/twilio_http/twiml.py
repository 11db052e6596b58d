"""TwiML: the documents we answer webhooks with, and a reader of them for the fake carrier."""

from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct

from prosaasil.wire.errors import BadTwiml

TWIML_TYPE = "text/xml"
TWIML_BYTES_MAX = 64 * 1024
PARAMETER_CHARS_MAX = 499
"""Name and value of a `<Parameter>` together stay under 500 characters."""
CODE_TOO_LARGE = 11750
CODE_NOT_XML = 12100
CODE_NOT_RESPONSE = 12102
CODE_SCHEMA = 12200
CODE_BAD_STREAM_URL = 31923

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NOT_IN_XML: Final = {
    code: "�"
    for code in (*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
    if code not in (0x09, 0x0A, 0x0D)
}
"""XML has no way to write these, not even as references."""


def _text(text: str) -> str:
    return escape(text.translate(_NOT_IN_XML))


def _attributes(attributes: Mapping[str, str | None]) -> str:
    return "".join(
        f" {name}={quoteattr(value.translate(_NOT_IN_XML))}"
        for name, value in attributes.items()
        if value is not None
    )


def _document(*verbs: str) -> str:
    return f"{_DECLARATION}<Response>{''.join(verbs)}</Response>"


def connect_stream(
    url: str,
    parameters: Mapping[str, str],
    *,
    then: str | None = None,
    name: str | None = None,
    status_callback: str | None = None,
) -> str:
    """Connect the call to our media socket; when the stream is over, ask `then` what to do next."""
    for key, value in parameters.items():
        assert len(key) + len(value) <= PARAMETER_CHARS_MAX, f"stream parameter {key} is too long"
    passed = "".join(
        f"<Parameter{_attributes({'name': key, 'value': value})}/>"
        for key, value in parameters.items()
    )
    stream = _attributes({"url": url, "name": name, "statusCallback": status_callback})
    return _document(
        f"<Connect><Stream{stream}>{passed}</Stream></Connect>",
        "" if then is None else f'<Redirect method="POST">{_text(then)}</Redirect>',
    )


def say_and_hang_up(text: str, *, language: str, voice: str | None = None) -> str:
    """Tell the caller something in the carrier's own voice, then end the call."""
    attributes = _attributes({"language": language, "voice": voice})
    return _document(f"<Say{attributes}>{_text(text)}</Say>", "<Hangup/>")


def hang_up() -> str:
    return _document("<Hangup/>")


def redirect(url: str) -> str:
    """Ask `url` what to do."""
    return _document(f'<Redirect method="POST">{_text(url)}</Redirect>')


def nothing() -> str:
    """The answer to a callback that asks for no instructions."""
    return _document()


class ConnectStream(Struct, frozen=True, tag=True):
    url: str
    parameters: dict[str, str]
    name: str | None = None
    status_callback: str | None = None
    action: str | None = None


class Redirect(Struct, frozen=True, tag=True):
    url: str
    method: str = "POST"


class Say(Struct, frozen=True, tag=True):
    text: str
    language: str | None = None
    voice: str | None = None


class Hangup(Struct, frozen=True, tag=True):
    """The call ends here."""


Verb = ConnectStream | Redirect | Say | Hangup


def parse_twiml(document: str | bytes) -> tuple[Verb, ...]:
    """The verbs of a document, in order; raises `BadTwiml` with the code that Twilio would log."""
    if len(document) > TWIML_BYTES_MAX:
        raise BadTwiml(f"more than {TWIML_BYTES_MAX} bytes", CODE_TOO_LARGE)
    try:
        # One known encoding, so that no other can hide what is looked for next.
        text = document if isinstance(document, str) else document.decode("utf-8")
        if "<!" in text:
            # TwiML has no use for a DTD, and entities that expand without end come in one.
            raise BadTwiml("a document type, comment or CDATA", CODE_NOT_XML)
        root = ET.fromstring(text)  # noqa: S314 - without a DTD there are no entities
    except (ET.ParseError, UnicodeError) as not_xml:
        raise BadTwiml(str(not_xml), CODE_NOT_XML) from not_xml
    if root.tag != "Response":
        raise BadTwiml(f"the root is <{root.tag}>", CODE_NOT_RESPONSE)
    return tuple(_verb(element) for element in root)


def _verb(element: ET.Element) -> Verb:
    match element.tag:
        case "Connect":
            return _connect_stream(element)
        case "Redirect":
            return Redirect((element.text or "").strip(), element.get("method", "POST"))
        case "Say":
            return Say(element.text or "", element.get("language"), element.get("voice"))
        case "Hangup":
            return Hangup()
        case other:
            raise BadTwiml(f"the verb <{other}> is not used here", CODE_SCHEMA)


def _connect_stream(connect: ET.Element) -> ConnectStream:
    stream = _only_stream(connect)
    url = stream.get("url", "")
    if not url.startswith(("wss://", "ws://")) or "?" in url:
        raise BadTwiml("a stream's url is wss:// and has no query", CODE_BAD_STREAM_URL)
    parameters: dict[str, str] = {}
    for parameter in stream:
        key, value = parameter.get("name"), parameter.get("value")
        if parameter.tag != "Parameter" or key is None or value is None:
            raise BadTwiml("a stream holds <Parameter name value> only", CODE_SCHEMA)
        if len(key) + len(value) > PARAMETER_CHARS_MAX:
            raise BadTwiml(f"the parameter {key} is too long", CODE_SCHEMA)
        parameters[key] = value
    return ConnectStream(
        url,
        parameters,
        name=stream.get("name"),
        status_callback=stream.get("statusCallback"),
        action=connect.get("action"),
    )


def _only_stream(connect: ET.Element) -> ET.Element:
    nouns: Sequence[ET.Element] = list(connect)
    if len(nouns) != 1 or nouns[0].tag != "Stream":
        raise BadTwiml("<Connect> holds one <Stream>", CODE_SCHEMA)
    return nouns[0]
