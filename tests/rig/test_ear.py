"""The ear's figures are those of a person on the telephone."""

import pytest

from prosaasil.rig.cues import SILENCE
from prosaasil.rig.ear import Ear, Hold
from prosaasil.rig.sound import made_up_speech

SPEECH = made_up_speech(1, seed=0)[0]


def hear(ear: Ear, frames: int, *, since_ms: int = 0, every_ms: float = 20) -> None:
    for index in range(frames):
        ear.agent_frame(round((since_ms + index * every_ms) * 1_000), 160)


def test_even_frames_are_fifty_a_second_without_a_hole() -> None:
    ear = Ear()
    hear(ear, 151)
    assert ear.frames_by_whole_second().tolist() == [50, 50, 50]
    assert set(ear.gaps_us()) == {20_000}


def test_a_hole_in_the_speech_is_a_gap() -> None:
    ear = Ear()
    hear(ear, 10)
    hear(ear, 10, since_ms=700)
    assert ear.hearing().gap_ms_max == 700 - 180


@pytest.mark.parametrize("start_ms", [700, 7_000])
def test_a_declared_end_makes_the_pause_no_gap(start_ms: int) -> None:
    ear = Ear()
    hear(ear, 10)
    ear.stretch_ended()
    hear(ear, 10, since_ms=start_ms)
    assert ear.hearing().gap_ms_max == 20


def test_a_second_with_a_pause_is_not_counted_as_speech() -> None:
    ear = Ear()
    hear(ear, 60)
    ear.stretch_ended()
    hear(ear, 60, since_ms=1_500)
    assert ear.frames_by_whole_second().tolist() == [50, 50]


def test_frames_that_come_too_slowly_show_in_the_poorest_second() -> None:
    ear = Ear()
    hear(ear, 100, every_ms=25)
    assert ear.hearing().fps_min == 40


def test_the_answer_counts_from_the_callers_last_sound_to_the_agents_first() -> None:
    ear = Ear()
    for _ in range(50):
        ear.tick(SPEECH, None)
    ear.caller_ended()
    for _ in range(30):
        ear.tick(SILENCE, None)
    for _ in range(10):
        ear.tick(SILENCE, SPEECH)
    assert [answer.latency_ms for answer in ear.hearing().answers] == [600]


def test_a_silent_agent_gives_no_answer() -> None:
    ear = Ear()
    ear.tick(SPEECH, None)
    ear.caller_ended()
    for _ in range(100):
        ear.tick(SILENCE, SILENCE)
    assert [answer.latency_ms for answer in ear.hearing().answers] == [None]


def test_frames_of_another_size_are_odd() -> None:
    ear = Ear()
    ear.agent_frame(0, 160)
    ear.agent_frame(20_000, 320)
    assert ear.hearing().odd_frames == 1


def test_only_the_asked_window_is_judged() -> None:
    ear = Ear()
    hear(ear, 5)
    hear(ear, 5, since_ms=500)
    assert set(ear.gaps_us(since_us=500_000)) == {20_000}


SECOND = 1_000_000


def spoken_over(ear: Ear, *, until_us: int, onset_us: int) -> None:
    """The agent speaks from 0 until the given time; the caller begins to at another."""
    for at_us in range(0, until_us, 20_000):
        if at_us == onset_us:
            ear.caller_began(at_us)
        ear.agent_frame(at_us, 160)


def test_an_agent_who_pauses_for_the_caller_and_goes_on_has_no_gap() -> None:
    ear = Ear()
    spoken_over(ear, until_us=SECOND, onset_us=SECOND - 200_000)
    for at_us in range(2 * SECOND, 3 * SECOND, 20_000):
        ear.agent_frame(at_us, 160)

    assert ear.holds == [Hold(780_000, 980_000, 2 * SECOND)]
    assert ear.holds[0].hold_us == 200_000
    assert ear.gaps_us().max() == 20_000


def test_an_agent_who_is_cut_off_was_held_until_then() -> None:
    ear = Ear()
    spoken_over(ear, until_us=SECOND, onset_us=SECOND - 200_000)
    ear.was_cut()

    assert ear.holds == [Hold(780_000, 980_000, None)]


def test_an_agent_who_does_not_give_way_is_seen() -> None:
    ear = Ear()
    spoken_over(ear, until_us=3 * SECOND, onset_us=SECOND)

    assert [hold.hold_us >= SECOND for hold in ear.holds] == [True]


def test_who_speaks_when_the_agent_is_silent_holds_nobody() -> None:
    ear = Ear()
    spoken_over(ear, until_us=SECOND, onset_us=-1)
    ear.stretch_ended()
    ear.caller_began(2 * SECOND)
    ear.agent_frame(4 * SECOND, 160)

    assert ear.holds == []


def test_a_hole_in_the_speech_is_a_gap_when_the_caller_is_silent() -> None:
    ear = Ear()
    spoken_over(ear, until_us=SECOND, onset_us=-1)
    ear.agent_frame(2 * SECOND, 160)

    assert ear.gaps_us().max() == SECOND + 20_000
