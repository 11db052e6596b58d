"""Whether a request or a WebSocket upgrade was signed by the holder of the account's token.

The signed text is the URL exactly as the carrier was given it, then each form name with each of
its values, both sorted, without separators. The URL must come from configuration, never from a
request's own headers. Twilio is inconsistent about naming the default port, so both spellings are
tried. Signatures are compared in constant time.
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha1, sha256
from typing import Final
from urllib.parse import parse_qsl

SIGNATURE_HEADER = "X-Twilio-Signature"
SETTINGS_HEADER = "X-Twilio-Webhooks-Signature-Settings"
"""Says with which shared key and algorithm a webhook is signed; absent for the auth token."""
HMAC_SHA1 = "HMAC_SHA1"
HMAC_SHA256 = "HMAC_SHA256"
BODY_HASH_NAME = "bodySHA256"
"""The URL parameter that stands for a body that is no form."""

Params = Mapping[str, str] | Iterable[tuple[str, str]]

_HASHES: Final = {HMAC_SHA1: sha1, HMAC_SHA256: sha256}
_DEFAULT_PORTS: Final = {"https": "443", "wss": "443", "http": "80", "ws": "80"}
_URL: Final = re.compile(r"([a-z]+)://([^/?#]*?)(:[0-9]*)?(?=[/?#]|\Z)([^#]*)", re.IGNORECASE)
_SOCKET_SCHEMES: Final = {"https": "wss", "http": "ws"}


def algorithm_of(settings_header: str | None) -> str:
    """The algorithm named by a `SETTINGS_HEADER`; the one of the auth token without it."""
    for part in (settings_header or "").split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return HMAC_SHA1


def signature(secret: str, url: str, params: Params = (), algorithm: str = HMAC_SHA1) -> str:
    """What the carrier puts into `SIGNATURE_HEADER`."""
    pairs = params.items() if isinstance(params, Mapping) else params
    assert algorithm in _HASHES, f"no such algorithm: {algorithm}"
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.digest(secret.encode(), text.encode("utf-8", "surrogatepass"), _HASHES[algorithm])
    return b64encode(digest).decode()


def is_signed(
    secret: str, url: str, params: Params, given: str | None, settings_header: str | None = None
) -> bool:
    """Whether a form POST (a GET has no `params`) to `url` is signed with `secret`.

    `url` includes the query, byte for byte; `params` are the form's pairs, blank values included.
    """
    algorithm = algorithm_of(settings_header)
    if not secret or not given or algorithm not in _HASHES:
        return False
    pairs = list(params.items() if isinstance(params, Mapping) else params)
    claimed = given.encode("utf-8", "surrogatepass")
    matches = [
        hmac.compare_digest(signature(secret, spelling, pairs, algorithm).encode(), claimed)
        for spelling in spellings(url)
    ]
    return any(matches)


def is_signed_body(
    secret: str, url: str, body: bytes, given: str | None, settings_header: str | None = None
) -> bool:
    """Whether a POST of something else than a form is signed: its URL vouches for the body."""
    query = url.partition("#")[0].partition("?")[2]
    hashes = [value for name, value in parse_qsl(query) if name == BODY_HASH_NAME]
    if len(hashes) != 1:
        return False
    claimed = hashes[0].encode("utf-8", "surrogatepass")
    is_same_body = hmac.compare_digest(body_hash(body).encode(), claimed)
    return is_signed(secret, url, (), given, settings_header) and is_same_body


def body_hash(body: bytes) -> str:
    return sha256(body).hexdigest()


def is_signed_upgrade(
    secret: str, url: str, given: str | None, settings_header: str | None = None
) -> bool:
    """Whether a WebSocket upgrade is signed; an `https` url is taken for the stream's `wss`."""
    scheme, separator, rest = url.partition("://")
    socket_url = _SOCKET_SCHEMES.get(scheme, scheme) + separator + rest
    return is_signed(secret, socket_url, (), given, settings_header)


def spellings(url: str) -> tuple[str, ...]:
    """How the carrier may have written `url`: as it is, and with or without the port."""
    whole = url.partition("#")[0]
    parts = _URL.match(whole)
    if parts is None:
        return (whole,)
    scheme, host, port, rest = parts.groups()
    default = _DEFAULT_PORTS.get(scheme.lower())
    bare = f"{scheme}://{host}{rest}"
    if port or default is None:
        return (whole, bare)
    return (whole, f"{scheme}://{host}:{default}{rest}")
