"""Frames: whole, in order, at most two ahead, padded only at a reply's end."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.call.playout import Heard, Playout


def frames(playout: Playout, *, since: int = 0, until: int = 100_000) -> list[bytes]:
    asked = (playout.next_frame(now) for now in range(since, until, 20))
    return [frame for frame in asked if frame is not None]


def test_nothing_to_play_is_no_frame() -> None:
    playout = Playout()
    playout.add("r", "i", b"")
    assert playout.next_frame(0) is None
    assert playout.is_silent(0)


def test_one_frame_is_given_each_time_it_is_asked_for() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 480)
    assert [playout.next_frame(now) for now in (0, 20, 40, 60)] == [b"\1" * 160] * 3 + [None]
    assert playout.frames_sent == 3


@pytest.mark.parametrize("size", [480, 150])
def test_no_more_than_two_frames_lie_unplayed_at_the_carrier(size: int) -> None:
    playout = Playout(2)
    for _ in range(10):
        playout.add("r", "i", b"\1" * size)
    assert [playout.next_frame(5) is None for _ in range(3)] == [False, False, True]
    assert playout.ends_at == 45
    assert playout.next_frame(24) is None
    assert playout.next_frame(25) is not None


def test_a_remainder_waits_for_the_rest_of_its_reply() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 100)
    assert playout.next_frame(0) is None
    assert not playout.is_silent(0)
    playout.add("r", "j", b"\2" * 100)
    assert playout.next_frame(20) == b"\1" * 100 + b"\2" * 60
    assert playout.next_frame(40) is None
    playout.end("r")
    assert playout.next_frame(60) == b"\2" * 40 + b"\xff" * 120
    assert playout.next_frame(80) is None
    assert playout.is_silent(80)


def test_frames_that_end_with_their_chunk_take_up_the_next_one() -> None:
    playout = Playout()
    for size in (100, 60, 160, 20):
        playout.add("r", "i", b"\1" * size)
    playout.end("r")
    assert b"".join(frames(playout)) == b"\1" * 340 + b"\xff" * 140


def test_replies_play_one_after_another_also_when_made_at_once() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 200)
    playout.add("s", "j", b"\2" * 200)
    playout.add("r", "i", b"\1" * 200)
    playout.end("s")
    assert playout.next_frame(0) == b"\1" * 160
    assert playout.next_frame(20) == b"\1" * 160
    assert playout.next_frame(40) is None
    playout.end("r")
    assert b"".join(frames(playout, since=60)) == (
        b"\1" * 80 + b"\xff" * 80 + b"\2" * 200 + b"\xff" * 120
    )
    assert playout.finished() == ["r", "s"]


def test_it_is_drained_until_the_core_has_seen_which_reply_finished() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 320)
    playout.end("r")
    playout.next_frame(0)
    assert not playout.drained
    playout.next_frame(20)
    assert playout.drained
    assert playout.finished() == ["r"]
    assert not playout.drained


def test_a_reply_that_ends_after_its_last_frame_is_finished_then() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 160)
    playout.next_frame(0)
    assert not playout.drained
    playout.end("r")
    playout.end("unknown")
    assert playout.finished() == ["r"]


def test_a_reply_cannot_grow_after_its_end() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 320)
    playout.end("r")
    with pytest.raises(AssertionError):
        playout.add("r", "i", b"\1")


def test_what_the_carrier_had_not_played_was_not_heard() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 1_600)
    playout.next_frame(0)
    playout.next_frame(0)
    assert playout.waiting_ms == 160
    assert playout.drop(25) == [Heard("r", "i", heard_ms=25, made_ms=200)]
    assert playout.waiting_ms == 0
    assert playout.ends_at == 25
    assert playout.is_silent(25)


def test_items_heard_whole_and_items_never_heard_are_told_apart() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 320)
    playout.add("r", "j", b"\2" * 320)
    playout.end("r")
    playout.add("s", "k", b"\3" * 320)
    for now in (0, 20, 40):
        playout.next_frame(now)
    assert playout.drop(50) == [Heard("r", "j", 10, 40), Heard("s", "k", 0, 40)]


def test_padding_is_not_speech() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 168)
    playout.end("r")
    playout.next_frame(0)
    playout.next_frame(20)
    assert playout.drop(21) == []
    assert playout.made_ms("i") == 21


def test_the_end_of_a_finished_reply_may_still_be_unheard() -> None:
    playout = Playout()
    for reply_id in "rst":
        playout.add(reply_id, f"{reply_id}.0", b"\1" * 160)
        playout.end(reply_id)
    for now in (0, 5, 25):
        playout.next_frame(now)
    assert playout.drop(30) == [Heard("s", "s.0", 10, 20), Heard("t", "t.0", 0, 20)]


def test_less_than_a_millisecond_is_no_loss() -> None:
    playout = Playout()
    playout.add("r", "i", b"\1" * 163)
    playout.next_frame(0)
    assert playout.drop(20) == []


def test_replaying_a_pacer_gives_the_same_frames_and_the_same_clock() -> None:
    playout, replayed = Playout(), Playout()
    for one in (playout, replayed):
        one.add("r", "i", b"\1" * 1_000)
    for now in (3, 60, 80):
        playout.next_frame(now)
    replayed.pass_over(playout.frames_sent, playout.ends_at)
    assert replayed.ends_at == playout.ends_at
    assert replayed.drop(85) == playout.drop(85)
    replayed.pass_over(99, 5)
    assert replayed.ends_at == 5


@given(
    chunks=st.lists(st.tuples(st.sampled_from("rst"), st.integers(0, 700)), max_size=30),
    ticks=st.lists(st.integers(1, 60), min_size=1, max_size=30),
    cut_after_ms=st.integers(0, 60),
)
def test_every_byte_is_sent_once_in_order_or_dropped(
    chunks: list[tuple[str, int]], ticks: list[int], cut_after_ms: int
) -> None:
    playout = Playout()
    made: dict[str, int] = {}
    for reply_id, size in chunks:
        playout.add(reply_id, reply_id, reply_id.encode() * size)
        if size:
            made[reply_id] = made.get(reply_id, 0) + size
    for reply_id in made:
        playout.end(reply_id)
    now, sent, ends_at = 0, b"", 0
    for tick in ticks:
        now += tick
        frame = playout.next_frame(now)
        if frame is not None:
            assert len(frame) == 160
            ends_at = max(ends_at, now) + 20
            sent += frame
        assert playout.ends_at == ends_at <= now + 40
    now += cut_after_ms
    unheard = max(0, ends_at - now) * 8
    heard = sent[: len(sent) - unheard]
    parts = {part.item_id: part for part in playout.drop(now)}
    for reply_id, size in made.items():
        heard_ms = heard.count(reply_id.encode()) // 8
        if reply_id in parts:
            assert parts[reply_id] == Heard(reply_id, reply_id, heard_ms, size // 8)
        else:
            assert heard_ms == size // 8
    spoken = bytes(byte for byte in sent if byte != 0xFF)
    order = [chr(byte) for byte, _ in groupby(spoken)]
    assert order == list(made)[: len(order)]


@given(sizes=st.lists(st.integers(0, 5_000), min_size=1, max_size=20))
def test_a_whole_reply_arrives_whole(sizes: list[int]) -> None:
    playout = Playout()
    speech = b""
    for number, size in enumerate(sizes):
        chunk = bytes([number + 1]) * size
        speech += chunk
        playout.add("r", "i", chunk)
    playout.end("r")
    padding = -len(speech) % 160
    assert b"".join(frames(playout)) == speech + b"\xff" * padding


def test_what_waits_behind_a_reply_can_be_dropped_without_its_last_frame() -> None:
    playout = Playout()
    playout.add("r1", "i1", b"\1" * 320)
    playout.end("r1")
    playout.add("r2", "i2", b"\2" * 800)
    assert len(frames(playout, until=40)) == 2
    assert playout.drop_waiting() == [Heard("r2", "i2", 0, 100)]
    assert playout.ends_at == 40
    assert frames(playout, since=40) == []
    assert playout.drop(30) == [Heard("r1", "i1", 30, 40)]


def test_a_held_playout_goes_on_with_the_next_frame() -> None:
    playout = Playout()
    playout.add("r", "i", bytes(range(1, 251)) * 4)
    playout.end("r")
    before = frames(playout, until=60)
    playout.is_held = True
    assert frames(playout, since=60, until=500) == []
    playout.is_held = False
    after = frames(playout, since=500)
    assert b"".join(before + after)[:1_000] == bytes(range(1, 251)) * 4
