"""Signatures, held against published vectors and the carrier's own package."""

from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from prosaasil.wire import twilio_http as http

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
SHA1 = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
SHA256 = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="
MEDIA_URL = "wss://voice.example.com/media"
MEDIA_SHA1 = "jFDHVhI8XO69C49uXR3xmdZPylY="
SHARED_KEY = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
NAMES = st.text(max_size=12)
PAIRS = st.lists(st.tuples(NAMES, NAMES), max_size=8)


class MultiDict(dict[str, list[str]]):
    """A form as web frameworks hand it to the carrier's validator."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def multi(pairs: list[tuple[str, str]]) -> MultiDict:
    form = MultiDict()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def test_the_published_vectors_hold() -> None:
    assert http.signature(TOKEN, URL, FORM) == SHA1
    assert http.signature(TOKEN, URL, list(FORM.items()), http.HMAC_SHA256) == SHA256
    assert http.signature(TOKEN, MEDIA_URL) == MEDIA_SHA1


def test_a_signed_form_is_accepted() -> None:
    assert http.is_signed(TOKEN, URL, FORM, SHA1)
    assert http.is_signed(TOKEN, URL, FORM, SHA256, SHARED_KEY)


@pytest.mark.parametrize(
    ("secret", "url", "form", "given_signature", "settings"),
    [
        ("12346", URL, FORM, SHA1, None),
        ("", URL, FORM, SHA1, None),
        (TOKEN, URL, FORM, "", None),
        (TOKEN, URL, FORM, None, None),
        (TOKEN, URL, FORM, SHA1 + "=", None),
        (TOKEN, URL, FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B9=", None),
        (TOKEN, URL, FORM, "\ud800\xff", None),
        (TOKEN, URL, FORM | {"Digits": "1235"}, SHA1, None),
        (TOKEN, URL, FORM | {"ToZip": ""}, SHA1, None),
        (TOKEN, URL, {}, SHA1, None),
        (TOKEN, URL.replace("?foo=1&bar=2", "?bar=2&foo=1"), FORM, SHA1, None),
        (TOKEN, URL.replace("myapp.php", "myapp.php/"), FORM, SHA1, None),
        (TOKEN, URL.replace("https", "http"), FORM, SHA1, None),
        (TOKEN, URL, FORM, SHA1, SHARED_KEY),
        (TOKEN, URL, FORM, SHA256, None),
        (TOKEN, URL, FORM, SHA256, "algorithm=HMAC_MD5"),
    ],
)
def test_anything_else_is_not(
    secret: str, url: str, form: dict[str, str], given_signature: str | None, settings: str | None
) -> None:
    assert not http.is_signed(secret, url, form, given_signature, settings)


def test_without_a_secret_nothing_is_signed() -> None:
    """Anybody could make that signature."""
    assert not http.is_signed("", URL, FORM, http.signature("", URL, FORM))


def test_an_unknown_algorithm_is_our_mistake() -> None:
    with pytest.raises(AssertionError, match="HMAC_MD5"):
        http.signature(TOKEN, URL, FORM, "HMAC_MD5")


@given(st.text(min_size=1, max_size=20), PAIRS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]))
@example("t", [("a", "2"), ("a", "1"), ("a", "2"), ("b", "")], "HMAC_SHA1")
def test_signatures_are_those_of_the_carriers_package(
    token: str, pairs: list[tuple[str, str]], algorithm: str
) -> None:
    theirs = RequestValidator(token)
    settings = f"algorithm={algorithm}"
    made = http.signature(token, URL, pairs, algorithm)

    assert made == theirs.compute_signature(URL, multi(pairs), algorithm)
    assert theirs.validate(URL, multi(pairs), made, algorithm)
    assert http.is_signed(token, URL, pairs, made, settings)


@given(PAIRS)
def test_a_form_that_went_over_the_wire_is_still_signed(pairs: list[tuple[str, str]]) -> None:
    """Blank and repeated values survive, in any order."""
    made = http.signature(TOKEN, URL, pairs)
    received = http.parse_form(http.form_body(reversed(pairs)))

    assert http.is_signed(TOKEN, URL, received, made)


@given(PAIRS.filter(bool), st.integers(0, 7))
def test_a_form_with_one_value_changed_is_not_signed(
    pairs: list[tuple[str, str]], which: int
) -> None:
    made = http.signature(TOKEN, URL, pairs)
    index = which % len(pairs)
    name, value = pairs[index]
    changed = [*pairs[:index], (name, value + "7"), *pairs[index + 1 :]]
    more = [*pairs, ("Digits", value + "7")]

    assert not http.is_signed(TOKEN, URL, changed, made)
    assert not http.is_signed(TOKEN, URL, more, made)


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://a.example/x", "https://a.example:443/x"),
        ("https://a.example:443/x?y=1", "https://a.example/x?y=1"),
        ("http://a.example/x", "http://a.example:80/x"),
        ("https://a.example:8443/x", "https://a.example/x"),
        ("wss://a.example/media", "wss://a.example:443/media"),
        ("wss://a.example:443/media", "wss://a.example/media"),
        ("ws://127.0.0.1/media", "ws://127.0.0.1:80/media"),
        ("https://a.example", "https://a.example:443"),
        ("https://a.example?y=:1", "https://a.example:443?y=:1"),
        ("https://u:2@a.example/x", "https://u:2@a.example:443/x"),
        ("https://[::1]:8443/x", "https://[::1]/x"),
        ("https://[::1]/x", "https://[::1]:443/x"),
        ("https://a.example/x#rc=2&rp=5xx", "https://a.example/x"),
        ("mailto:a", "mailto:a"),
        ("ftp://a.example/x", "ftp://a.example/x"),
    ],
)
def test_both_spellings_of_the_port_are_accepted(configured: str, signed: str) -> None:
    assert http.is_signed(TOKEN, configured, FORM, http.signature(TOKEN, signed, FORM))


def test_a_scheme_without_a_known_port_has_one_spelling() -> None:
    assert set(http.spellings("ftp://a.example/x")) == {"ftp://a.example/x"}


def test_another_port_is_not() -> None:
    made = http.signature(TOKEN, "https://a.example:8443/x", FORM)
    assert not http.is_signed(TOKEN, "https://a.example/x", FORM, made)


@pytest.mark.parametrize(
    ("header", "algorithm"),
    [
        (None, "HMAC_SHA1"),
        ("", "HMAC_SHA1"),
        ("key=k", "HMAC_SHA1"),
        ("algorithm=", "HMAC_SHA1"),
        ("key=k, algorithm = hmac_sha256", "HMAC_SHA256"),
        (SHARED_KEY, "HMAC_SHA256"),
    ],
)
def test_the_settings_header_names_the_algorithm(header: str | None, algorithm: str) -> None:
    assert http.algorithm_of(header) == algorithm


class TestBodies:
    BODY = '{"who":"דנה"}'.encode()

    def url(self, body: bytes) -> str:
        return f"https://a.example/json?{urlencode({'x': '1', 'bodySHA256': http.body_hash(body)})}"

    def test_a_json_body_is_vouched_for_by_its_url(self) -> None:
        url = self.url(self.BODY)
        made = http.signature(TOKEN, url)

        assert http.is_signed_body(TOKEN, url, self.BODY, made)
        assert RequestValidator(TOKEN).validate(url, self.BODY.decode(), made)

    def test_another_body_or_another_url_is_refused(self) -> None:
        url = self.url(self.BODY)
        made = http.signature(TOKEN, url)

        assert not http.is_signed_body(TOKEN, url, self.BODY + b" ", made)
        assert not http.is_signed_body(TOKEN, self.url(b"forged"), b"forged", made)

    def test_a_url_without_one_hash_vouches_for_nothing(self) -> None:
        for query in ("", "?x=1", "?bodySHA256=a&bodySHA256=b", "?bodySHA256=%ed%a0%80"):
            url = f"https://a.example/json{query}"
            assert not http.is_signed_body(TOKEN, url, b"", http.signature(TOKEN, url))

    def test_a_url_with_two_hashes_vouches_for_neither(self) -> None:
        url = self.url(self.BODY) + "&bodySHA256=x"
        assert not http.is_signed_body(TOKEN, url, self.BODY, http.signature(TOKEN, url))


class TestUpgrades:
    def test_a_signed_upgrade_is_accepted(self) -> None:
        assert http.is_signed_upgrade(TOKEN, MEDIA_URL, MEDIA_SHA1)
        assert http.is_signed_upgrade(TOKEN, "wss://voice.example.com:443/media", MEDIA_SHA1)

    def test_a_server_that_sees_https_checks_the_same(self) -> None:
        assert http.is_signed_upgrade(TOKEN, "https://voice.example.com/media", MEDIA_SHA1)

    def test_plain_sockets_are_signed_as_ws(self) -> None:
        made = http.signature(TOKEN, "ws://127.0.0.1:8081/media")
        assert http.is_signed_upgrade(TOKEN, "http://127.0.0.1:8081/media", made)

    def test_the_newer_form_is_accepted(self) -> None:
        made = http.signature(TOKEN, MEDIA_URL, (), http.HMAC_SHA256)
        assert http.is_signed_upgrade(TOKEN, MEDIA_URL, made, SHARED_KEY)

    @pytest.mark.parametrize("wrong", [None, "", "x", SHA1])
    def test_a_forged_one_is_refused(self, wrong: str | None) -> None:
        assert not http.is_signed_upgrade(TOKEN, MEDIA_URL, wrong)


@given(st.text(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_no_input_breaks_a_check(url: str, signature: str, settings: str) -> None:
    assert not http.is_signed(TOKEN, url, [], signature, settings)
    assert not http.is_signed_upgrade(TOKEN, url, signature, settings)
    assert not http.is_signed_body(TOKEN, url, b"", signature, settings)
