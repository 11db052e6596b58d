"""The carrier's playout: what is played, echoed, cleared and objected to."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.rig.line import BUFFER_BYTES_MAX, Line, Objection
from prosaasil.wire.twilio_media import StreamEncoder

SAID = StreamEncoder("MZ1")


@pytest.fixture
def line() -> Line:
    return Line("MZ1")


def drained(line: Line) -> Iterator[bytes]:
    while (frame := line.play()) is not None:
        yield frame


def test_a_mark_on_an_empty_line_is_echoed_at_once(line: Line) -> None:
    line.receive_text(SAID.mark("a"))
    assert list(line.echoes) == ["a"]


def test_a_mark_is_echoed_when_all_before_it_is_played(line: Line) -> None:
    line.receive_text(SAID.media(b"1" * 320))
    line.receive_text(SAID.mark("a"))
    line.play()
    assert not line.echoes
    line.play()
    assert list(line.echoes) == ["a"]


def test_clear_drops_the_audio_and_echoes_every_pending_mark_in_order(line: Line) -> None:
    for name in ("a", "b"):
        line.receive_text(SAID.media(b"1" * 160))
        line.receive_text(SAID.mark(name))
    line.receive_text(SAID.clear())
    assert list(line.echoes) == ["a", "b"]
    assert line.cleared_bytes == 320
    assert line.play() is None


def test_audio_after_a_clear_is_played(line: Line) -> None:
    line.receive_text(SAID.media(b"1" * 160))
    line.receive_text(SAID.clear())
    line.receive_text(SAID.media(b"2" * 160))
    assert list(drained(line)) == [b"2" * 160]


def test_a_remainder_is_played_with_silence(line: Line) -> None:
    line.receive_text(SAID.media(b"1" * 100))
    assert line.play() == b"1" * 100 + b"\xff" * 60


def test_more_than_ten_minutes_are_dropped_and_objected_to(line: Line) -> None:
    line.add(bytes(BUFFER_BYTES_MAX))
    line.add(b"1")
    assert line.queued_bytes == BUFFER_BYTES_MAX
    assert line.objections[Objection.BUFFER_FULL] == 1


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"not json",
        b'{"event":"surprise","streamSid":"MZ1"}',
        b'{"event":"clear","streamSid":"MZ2"}',
        b'{"event":"clear","streamSid":"MZ1","extra":1}',
        b'{"event":"mark","streamSid":"MZ1"}',
        b'{"event":"media","streamSid":"MZ1","media":{"payload":"*"}}',
    ],
)
def test_what_breaks_the_protocol_is_dropped_and_counted(line: Line, message: bytes) -> None:
    assert line.receive_text(message) is None
    assert line.objections == {Objection.INVALID: 1}


def test_binary_is_counted(line: Line) -> None:
    line.receive_binary()
    assert line.objections == {Objection.BINARY: 1}


@given(st.lists(st.binary(min_size=1, max_size=500), max_size=20))
def test_every_byte_is_played_once_in_order(pieces: list[bytes]) -> None:
    line = Line("MZ1")
    for piece in pieces:
        line.add(piece)
    said = b"".join(pieces)
    heard = b"".join(drained(line))
    assert heard[: len(said)] == said
    assert set(heard[len(said) :]) <= {0xFF}
    assert len(heard) - len(said) < 160
    assert line.played_bytes == len(said)


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=400), st.text("ab", min_size=1))))
def test_marks_come_back_in_order_and_never_early(entries: list[bytes | str]) -> None:
    line = Line("MZ1")
    before: list[int] = []
    added = 0
    for entry in entries:
        if isinstance(entry, bytes):
            added += len(entry)
            line.add(entry)
        else:
            before.append(added)
            line.mark(entry)
    echoed_at: list[int] = [0] * len(line.echoes)
    while line.play() is not None:
        echoed_at += [line.played_bytes] * (len(line.echoes) - len(echoed_at))
    assert list(line.echoes) == [entry for entry in entries if isinstance(entry, str)]
    assert all(at >= due for at, due in zip(echoed_at, before, strict=True))
