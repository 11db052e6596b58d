"""Every frame of the caller's goes to the engine once, waits for it, or is replaced by silence."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.live.uplink import KEPT_FRAMES_MAX, Uplink

SILENCE = b"\xff" * 160


def frame(number: int) -> bytes:
    return bytes([number % 0x70]) * 160


class Ears:
    """An engine that keeps what it is sent."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def append(self, audio: bytes) -> None:
        self.heard.append(b64decode(audio, validate=True))


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
def uplink(ears: Ears) -> Uplink:
    made = Uplink()
    made.connect(ears.append)
    return made


def test_a_closed_gate_sends_silence_in_the_place_of_each_frame(uplink: Uplink, ears: Ears) -> None:
    uplink.close_gate()
    for number in range(5):
        uplink.put(frame(number))
    uplink.put(b"\x01" * 480)

    assert ears.heard == [SILENCE] * 5 + [b"\xff" * 480]
    assert uplink.frames_gated == 6
    assert uplink.withheld == 8


def test_an_open_gate_lets_the_pre_roll_and_then_everything_through(
    uplink: Uplink, ears: Ears
) -> None:
    uplink.close_gate()
    for number in range(5):
        uplink.put(frame(number))
    uplink.open_gate([frame(3), frame(4)])
    uplink.put(frame(5))

    assert ears.heard == [SILENCE] * 5 + [frame(3), frame(4), frame(5)]
    assert uplink.totals(6) == {"frames_forwarded": 3, "frames_dropped": 0, "frames_gated": 3}


def test_only_what_was_withheld_since_the_gate_closed_is_counted(uplink: Uplink) -> None:
    uplink.close_gate()
    uplink.put(frame(0))
    uplink.open_gate([])
    uplink.put(frame(1))
    uplink.close_gate()

    assert uplink.withheld == 0


def test_what_is_said_while_there_is_no_engine_is_kept_for_the_next(
    uplink: Uplink, ears: Ears
) -> None:
    uplink.put(frame(0))
    uplink.disconnect()
    for number in range(1, 4):
        uplink.put(frame(number))
    assert not uplink.is_ready
    assert ears.heard == [frame(0)]

    second = Ears()
    uplink.connect(second.append)
    uplink.put(frame(4))
    assert second.heard == [frame(number) for number in range(1, 5)]
    assert uplink.totals(5)["frames_forwarded"] == 5


def test_no_more_is_kept_than_two_seconds(ears: Ears) -> None:
    uplink = Uplink()
    for number in range(KEPT_FRAMES_MAX + 10):
        uplink.put(frame(number))
    uplink.connect(ears.append)

    assert ears.heard == [frame(number) for number in range(10, KEPT_FRAMES_MAX + 10)]
    assert uplink.frames_dropped == 10


def test_silence_is_not_kept_for_an_engine_to_come(uplink: Uplink, ears: Ears) -> None:
    uplink.close_gate()
    uplink.disconnect()
    for number in range(200):
        uplink.put(frame(number))
    uplink.fill_gap(100)
    uplink.open_gate([frame(199)])
    uplink.connect(ears.append)

    assert ears.heard == [frame(199)]
    assert uplink.totals(200) == {"frames_forwarded": 1, "frames_dropped": 0, "frames_gated": 199}


def test_lost_audio_is_silence_of_its_length(uplink: Uplink, ears: Ears) -> None:
    uplink.fill_gap(60)
    uplink.close_gate()
    uplink.fill_gap(40)

    assert ears.heard == [b"\xff" * 480, b"\xff" * 320]


@given(st.lists(st.sampled_from(["frame", "close", "open", "lose", "connect"]), max_size=120))
def test_every_frame_is_accounted_for(steps: list[str]) -> None:
    ears, uplink, came = Ears(), Uplink(), 0
    is_gated = is_ready = False
    for step in steps:
        match step:
            case "frame":
                uplink.put(frame(1))
                came += 1
            case "close" if not is_gated:
                is_gated = True
                uplink.close_gate()
            case "open" if is_gated:
                is_gated = False
                uplink.open_gate([frame(1)] * min(uplink.withheld, 3))
            case "lose" if is_ready:
                is_ready = False
                uplink.disconnect()
            case "connect" if not is_ready:
                is_ready = True
                uplink.connect(ears.append)
    sounding = sum(heard != SILENCE for heard in ears.heard)

    assert uplink.totals(came)["frames_forwarded"] == sounding
