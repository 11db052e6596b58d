"""The messages of a media socket, both directions, and what is refused of them."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.wire import twilio_media as media
from prosaasil.wire.errors import WireError

STREAM = "MZ" + "1" * 32
CALL = "CA" + "2" * 32
FRAME = bytes(range(160))
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
EVENTS = st.sampled_from(["connected", "start", "media", "mark", "dtmf", "stop", "clear", "x", ""])


def media_message(**changes: Any) -> dict[str, Any]:
    """A caller's frame as Twilio writes it; None takes a field away."""
    body = {
        "track": "inbound",
        "chunk": "2",
        "timestamp": "25",
        "payload": base64.b64encode(FRAME).decode(),
    }
    message: dict[str, Any] = {
        "event": "media",
        "sequenceNumber": "3",
        "streamSid": STREAM,
        "media": body,
    }
    for name, value in changes.items():
        holder = body if name in body else message
        holder[name] = value
        if value is None:
            del holder[name]
    return message


def start_message(**changes: Any) -> dict[str, Any]:
    """A stream's `start` as Twilio writes it."""
    facts = {
        "accountSid": "AC3",
        "streamSid": STREAM,
        "callSid": CALL,
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"ticket": "once"},
    }
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": STREAM,
        "start": facts | changes,
    }


def reason_of(message: Any) -> str:
    raw = message if isinstance(message, bytes | str) else json.dumps(message)
    with pytest.raises(WireError) as caught:
        media.decode_carrier(raw)
    return caught.value.reason


class TestFromTheCarrier:
    def test_a_callers_frame_is_decoded_whole(self) -> None:
        said = media.decode_carrier(json.dumps(media_message()))

        assert isinstance(said, media.Media)
        assert (said.audio, said.timestamp_ms) == (FRAME, 25)
        assert (said.sequence, said.stream_sid) == (3, STREAM)
        assert said.payload == base64.b64encode(FRAME)

    def test_a_start_tells_the_call_and_what_its_twiml_passed_along(self) -> None:
        said = media.decode_carrier(json.dumps(start_message()))

        assert isinstance(said, media.Start)
        assert (said.stream_sid, said.call_sid, said.account_sid) == (STREAM, CALL, "AC3")
        assert said.parameters == {"ticket": "once"}
        assert said.facts.tracks == ("inbound",)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (
                '{"event":"connected","protocol":"Call","version":"1.0.0"}',
                media.Connected(),
            ),
            (
                '{"event":"mark","sequenceNumber":"4","streamSid":"MZ","mark":{"name":"g1:20"}}',
                media.Mark(4, "MZ", media.Marked("g1:20")),
            ),
            (
                (
                    '{"event":"dtmf","streamSid":"MZ","sequenceNumber":"5",'
                    '"dtmf":{"track":"inbound_track","digit":"#"}}'
                ),
                media.Dtmf(5, "MZ", media.Pressed("#")),
            ),
            (
                (
                    '{"event":"stop","sequenceNumber":"5","streamSid":"MZ",'
                    '"stop":{"accountSid":"AC","callSid":"CA"}}'
                ),
                media.Stop(5, "MZ", media.StopFacts("AC", "CA")),
            ),
        ],
        ids=["connected", "mark", "dtmf", "stop"],
    )
    def test_every_other_message_is_decoded(self, text: str, expected: object) -> None:
        assert media.decode_carrier(text) == expected

    def test_short_names_reach_what_a_message_is_about(self) -> None:
        encoder = media.CarrierEncoder(STREAM, CALL)
        mark, key, stop = (
            media.decode_carrier(encoder.mark("m")),
            media.decode_carrier(encoder.dtmf("7")),
            media.decode_carrier(encoder.stop()),
        )
        assert isinstance(mark, media.Mark)
        assert isinstance(key, media.Dtmf)
        assert isinstance(stop, media.Stop)
        assert (mark.name, key.digit, stop.call_sid) == ("m", "7", CALL)

    def test_fields_that_twilio_may_add_do_not_matter(self) -> None:
        assert media.decode_carrier(json.dumps(media_message() | {"new": [{"deep": None}]}))

    @pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
    def test_a_message_may_still_lie_in_the_sockets_buffer(self, form: type) -> None:
        said = media.decode_carrier(form(json.dumps(media_message()).encode()))

        assert isinstance(said, media.Media)
        assert said.audio == FRAME

    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            (b"", "malformed_json"),
            (b"hello", "malformed_json"),
            (b"\x00\xff\x7f", "malformed_json"),
            (b'{"event":"media"', "malformed_json"),
            (b'{"event":"\xff\xfe"}', "malformed_json"),
            ('{"event":"\ud800"}', "malformed_json"),
            (b"[" * 100_000, "malformed_json"),
            ([], "bad_field"),
            ({}, "bad_field"),
            ({"event": 7}, "bad_field"),
            ({"event": "transcript"}, "unknown_event"),
            ({"event": ""}, "unknown_event"),
            (media_message(payload=None), "bad_field"),
            (media_message(payload=7), "bad_field"),
            (media_message(timestamp="soon"), "bad_field"),
            (media_message(timestamp="-1"), "bad_field"),
            (media_message(sequenceNumber=None), "bad_field"),
            (media_message(streamSid=""), "bad_field"),
            (media_message(media="audio"), "bad_field"),
            (media_message(payload=""), "empty_frame"),
            (media_message(payload="%%%%"), "bad_base64"),
            (media_message(payload="QUJ"), "bad_base64"),
            (media_message(payload="QUJD\n"), "bad_base64"),
            (media_message(payload=base64.b64encode(bytes(65_537)).decode()), "oversized"),
            (media_message(payload=base64.b64encode(bytes(100_000)).decode()), "oversized"),
            (b" " * (media.MESSAGE_BYTES_MAX + 1), "oversized"),
            (start_message(streamSid="MZother"), "foreign_stream"),
            (start_message(customParameters={"ticket": 7}), "bad_field"),
            (start_message(mediaFormat={"encoding": "audio/x-l16"}), "unsupported_audio"),
            (start_message(mediaFormat={"sampleRate": 16_000}), "unsupported_audio"),
            (start_message(mediaFormat={"channels": 2}), "unsupported_audio"),
            (
                {"event": "dtmf", "sequenceNumber": "2", "streamSid": "M", "dtmf": {"digit": "E"}},
                "bad_field",
            ),
            (
                {
                    "event": "mark",
                    "sequenceNumber": "2",
                    "streamSid": "M",
                    "mark": {"name": "x" * 513},
                },
                "bad_field",
            ),
        ],
    )
    def test_whatever_is_wrong_has_a_short_name(self, message: Any, reason: str) -> None:
        assert reason_of(message) == reason

    def test_the_largest_frame_is_still_taken(self) -> None:
        payload = base64.b64encode(bytes(media.AUDIO_BYTES_MAX)).decode()
        said = media.decode_carrier(json.dumps(media_message(payload=payload)))

        assert isinstance(said, media.Media)
        assert len(said.audio) == media.AUDIO_BYTES_MAX

    def test_what_is_said_of_a_fault_is_bounded(self) -> None:
        with pytest.raises(WireError) as caught:
            media.decode_carrier(json.dumps({"event": "x" * 100_000}))
        assert len(str(caught.value)) < 300

    @given(st.binary(max_size=400) | st.text(max_size=400))
    def test_nothing_but_a_wire_error_comes_of_any_bytes(self, message: bytes | str) -> None:
        with suppress(WireError):
            media.decode_carrier(message)

    @given(
        event=EVENTS,
        body=JSON_VALUES,
        fields=st.dictionaries(
            st.sampled_from(["sequenceNumber", "streamSid", "protocol", "extra"]), JSON_VALUES
        ),
    )
    def test_nothing_but_a_wire_error_comes_of_any_json(
        self, event: str, body: Any, fields: dict[str, Any]
    ) -> None:
        message = json.dumps({"event": event, event: body, **fields})
        for decode in (media.decode_carrier, media.decode_platform):
            with suppress(WireError):
                decode(message)

    @given(st.text(max_size=60))
    def test_audio_is_base64_exactly_when_the_standard_library_says_so(self, payload: str) -> None:
        try:
            expected = base64.b64decode(payload, validate=True)
        except ValueError:
            expected = b""
        try:
            said = media.decode_carrier(json.dumps(media_message(payload=payload)))
        except WireError as error:
            assert not expected
            assert error.reason in {"bad_base64", "empty_frame"}  # noqa: PT017
        else:
            assert isinstance(said, media.Media)
            assert said.audio == expected


class TestAsTheCarrier:
    @given(
        parameters=st.dictionaries(st.text(), st.text(), max_size=4),
        frames=st.lists(st.binary(min_size=1, max_size=400), max_size=5),
        name=st.text(max_size=40),
    )
    def test_what_a_carrier_says_is_understood(
        self, parameters: dict[str, str], frames: list[bytes], name: str
    ) -> None:
        encoder = media.CarrierEncoder(STREAM, CALL, account_sid="AC3")
        said = [
            media.decode_carrier(media.connected()),
            media.decode_carrier(
                media.start(STREAM, CALL, account_sid="AC3", parameters=parameters)
            ),
            *(media.decode_carrier(encoder.media(frame)) for frame in frames),
            media.decode_carrier(encoder.mark(name)),
            media.decode_carrier(encoder.stop()),
        ]

        assert isinstance(said[0], media.Connected)
        assert isinstance(said[1], media.Start)
        assert said[1].parameters == parameters
        assert [frame.audio for frame in said if isinstance(frame, media.Media)] == frames
        assert said[-2:] == [
            media.Mark(len(frames) + 2, STREAM, media.Marked(name)),
            media.Stop(len(frames) + 3, STREAM, media.StopFacts("AC3", CALL)),
        ]

    def test_frames_are_counted_and_timed_as_twilio_does(self) -> None:
        encoder = media.CarrierEncoder(STREAM, CALL)
        said = [json.loads(encoder.media(FRAME)) for _ in range(2)]
        late = json.loads(encoder.media(FRAME, timestamp_ms=500))
        after = json.loads(encoder.media(FRAME))

        assert said[1] == {
            "event": "media",
            "sequenceNumber": "3",
            "streamSid": STREAM,
            "media": {
                "track": "inbound",
                "chunk": "2",
                "timestamp": "20",
                "payload": base64.b64encode(FRAME).decode(),
            },
        }
        assert late["media"]["timestamp"] == "500"
        assert after["media"]["timestamp"] == "520"

    def test_a_frame_of_any_size_takes_its_time(self) -> None:
        encoder = media.CarrierEncoder(STREAM, CALL)
        said = [json.loads(encoder.media(bytes(size)))["media"] for size in (80, 400, 160)]
        assert [one["timestamp"] for one in said] == ["0", "10", "60"]

    def test_a_start_looks_as_twilios(self) -> None:
        said = media.start(STREAM, CALL, account_sid="AC3", parameters={"ticket": "once"})
        assert json.loads(said) == start_message()

    def test_an_odd_stream_name_cannot_break_a_message(self) -> None:
        sid = 'M"%d%b\\'
        said = media.decode_carrier(media.CarrierEncoder(sid, CALL).media(FRAME))

        assert isinstance(said, media.Media)
        assert said.stream_sid == sid


def refusal_of(message: Any, stream_sid: str | None = STREAM) -> str:
    raw = message if isinstance(message, bytes) else json.dumps(message)
    with pytest.raises(WireError) as caught:
        media.decode_platform(raw, stream_sid)
    return caught.value.reason


class TestFromThePlatform:
    @given(st.binary(min_size=1, max_size=1_000), st.text(max_size=60))
    def test_what_the_platform_says_is_understood_strictly(self, audio: bytes, name: str) -> None:
        encoder = media.StreamEncoder(STREAM)
        said = [
            media.decode_platform(message, STREAM)
            for message in (encoder.media(audio), encoder.mark(name), encoder.clear())
        ]

        assert isinstance(said[0], media.PlatformMedia)
        assert isinstance(said[1], media.PlatformMark)
        assert isinstance(said[2], media.PlatformClear)
        assert (said[0].audio, said[1].name, said[2].stream_sid) == (audio, name, STREAM)

    def test_the_bytes_are_those_of_the_protocol(self) -> None:
        encoder = media.StreamEncoder("MZ1")

        assert encoder.media(b"abc") == (
            b'{"event":"media","streamSid":"MZ1","media":{"payload":"YWJj"}}'
        )
        assert encoder.mark("g7:1840") == (
            b'{"event":"mark","streamSid":"MZ1","mark":{"name":"g7:1840"}}'
        )
        assert encoder.clear() == b'{"event":"clear","streamSid":"MZ1"}'

    @given(st.text(min_size=1, max_size=60))
    def test_any_stream_name_is_escaped(self, sid: str) -> None:
        encoder = media.StreamEncoder(sid)
        for message in (encoder.media(FRAME), encoder.mark("%b"), encoder.clear()):
            assert media.decode_platform(message, sid).stream_sid == sid

    def test_without_a_stream_any_is_taken(self) -> None:
        assert media.decode_platform(media.StreamEncoder("MZ9").clear()).stream_sid == "MZ9"

    @pytest.mark.parametrize(
        ("message", "reason"),
        [
            (b"not json", "malformed_json"),
            ({"event": "stop", "streamSid": STREAM}, "unknown_event"),
            ({"event": "clear"}, "bad_field"),
            ({"event": "clear", "streamSid": STREAM, "why": "x"}, "bad_field"),
            ({"event": "clear", "streamSid": "MZother"}, "foreign_stream"),
            ({"event": "mark", "streamSid": STREAM}, "bad_field"),
            ({"event": "mark", "streamSid": STREAM, "mark": {}}, "bad_field"),
            ({"event": "mark", "streamSid": STREAM, "mark": {"name": 7}}, "bad_field"),
            (
                {"event": "media", "streamSid": STREAM, "media": {"payload": "QUI=", "track": "x"}},
                "bad_field",
            ),
            ({"event": "media", "streamSid": STREAM, "media": {"payload": "?"}}, "bad_base64"),
            ({"event": "media", "streamSid": STREAM, "media": {"payload": ""}}, "empty_frame"),
            (b" " * (media.PLATFORM_MESSAGE_BYTES_MAX + 1), "oversized"),
        ],
    )
    def test_what_twilio_would_drop_is_refused(self, message: Any, reason: str) -> None:
        assert refusal_of(message) == reason

    def test_more_than_the_carrier_buffers_is_refused(self) -> None:
        audio = bytes(media.PLATFORM_AUDIO_BYTES_MAX)

        assert media.decode_platform(media.StreamEncoder(STREAM).media(audio), STREAM)
        assert refusal_of(media.StreamEncoder(STREAM).media(audio + b"\xff")) == "oversized"
