"""What may follow what on one media socket, and how much of the caller was lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.wire import errors
from prosaasil.wire.stream_order import GAP_MS_MIN, StreamOrder
from prosaasil.wire.twilio_media import (
    CallerFrame,
    CarrierMessage,
    Connected,
    Dtmf,
    Mark,
    Marked,
    Media,
    Pressed,
    Start,
    Stop,
    StreamFacts,
)

START = Start(1, "MZ1", StreamFacts("AC", "MZ1", "CA"))


def frame(sequence: int, at_ms: int, *, sid: str = "MZ1", size: int = 160) -> Media:
    return Media(sequence, sid, CallerFrame(bytes(size), at_ms))


def fed(*messages: CarrierMessage) -> list[int]:
    order = StreamOrder()
    return [order.take(message) for message in messages]


def test_a_whole_stream_is_in_order() -> None:
    assert (
        fed(
            Connected(),
            START,
            frame(2, 0),
            frame(3, 20),
            Mark(4, "MZ1", Marked("m")),
            Dtmf(5, "MZ1", Pressed("1")),
            frame(6, 40),
            Stop(7, "MZ1"),
        )
        == [0] * 8
    )


def test_the_stream_is_known_by_its_start() -> None:
    order = StreamOrder()
    assert order.stream_sid is None
    order.take(START)
    assert order.stream_sid == "MZ1"


@pytest.mark.parametrize(
    ("before", "message", "error"),
    [
        ([], frame(2, 0), errors.BeforeStart),
        ([Connected()], Stop(2, "MZ1"), errors.BeforeStart),
        ([Connected()], Connected(), errors.SecondConnected),
        ([START], Connected(), errors.SecondConnected),
        ([START], START, errors.SecondStart),
        ([START, Stop(2, "MZ1")], frame(3, 0), errors.AfterStop),
        ([START, Stop(2, "MZ1")], Stop(3, "MZ1"), errors.AfterStop),
        ([START, Stop(2, "MZ1")], START, errors.SecondStart),
        ([START], frame(2, 0, sid="MZ2"), errors.ForeignStream),
        ([START], Stop(2, "MZ2"), errors.ForeignStream),
        ([START, frame(5, 0)], frame(5, 20), errors.LateMessage),
        ([START, frame(5, 0)], Mark(4, "MZ1", Marked("m")), errors.LateMessage),
        ([START], frame(1, 0), errors.LateMessage),
    ],
)
def test_what_comes_at_a_wrong_time_is_named(
    before: list[CarrierMessage], message: CarrierMessage, error: type[errors.OutOfOrder]
) -> None:
    order = StreamOrder()
    for earlier in before:
        order.take(earlier)
    with pytest.raises(error) as caught:
        order.take(message)
    assert isinstance(caught.value, errors.OutOfOrder)


def test_a_refused_message_changes_nothing() -> None:
    order = StreamOrder()
    order.take(START)
    order.take(frame(2, 0))
    for wrong in (frame(2, 500), frame(9, 500, sid="MZ2"), START):
        with pytest.raises(errors.OutOfOrder):
            order.take(wrong)
    assert order.take(frame(3, 20)) == 0


def test_missing_audio_is_told_once() -> None:
    assert fed(START, frame(2, 0), frame(3, 120), frame(4, 140)) == [0, 0, 100, 0]


def test_the_first_frame_begins_the_timeline_wherever_it_stands() -> None:
    assert fed(START, frame(2, 5_000), frame(3, 5_020)) == [0, 0, 0]


def test_single_lost_frames_add_up() -> None:
    at_ms = [0, 40, 80, 120]  # every second frame is lost
    gaps = fed(START, *(frame(2 + n, at) for n, at in enumerate(at_ms)))
    assert gaps == [0, 0, 0, 0, 60]


def test_a_clock_that_runs_behind_makes_no_gap() -> None:
    assert fed(START, frame(2, 100), frame(3, 100), frame(4, 60), frame(5, 80)) == [0] * 5


def test_a_clock_that_was_set_back_is_believed() -> None:
    assert fed(START, frame(2, 100), frame(3, 60), frame(4, 180)) == [0, 0, 0, 100]


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=200))
def test_uneven_timestamps_are_no_gap(jitter_ms: list[int]) -> None:
    frames = (frame(2 + n, 20 * n + 10 + off) for n, off in enumerate(jitter_ms))
    assert set(fed(START, *frames)) == {0}


@given(
    st.lists(st.booleans(), min_size=1, max_size=300),
    st.sampled_from([80, 160, 240, 800]),
)
def test_what_is_told_and_what_came_make_the_whole_timeline(is_lost: list[bool], size: int) -> None:
    """However the losses lie: with the gaps filled, nothing of the time is missing."""
    spoken_ms = size // 8
    kept = [n for n, lost in enumerate(is_lost) if not lost]
    if not kept:
        return
    gaps = fed(START, *(frame(2 + n, n * spoken_ms, size=size) for n in kept))
    heard_ms = sum(gaps) + len(kept) * spoken_ms
    whole_ms = (kept[-1] - kept[0] + 1) * spoken_ms
    assert whole_ms - GAP_MS_MIN <= heard_ms <= whole_ms
