"""What a call counts of the agent's frames, held or not."""

from prosaasil.live.meter import Meter

WAITING_MS = 400


def speak(meter: Meter, start: int, until: int) -> None:
    for now in range(start, until, 20):
        meter.sent(now)


def test_a_speech_from_end_to_end_of_a_second_has_fifty_frames() -> None:
    meter = Meter()
    speak(meter, 0, 1_000)

    assert meter.second(1_000, WAITING_MS) == {
        "fps": 50.0,
        "max_gap_ms": 20,
        "frames": 50,
        "q": "20/500",
        "state": "speaking",
    }


def test_a_held_second_is_neither_a_gap_nor_speaking_time() -> None:
    meter = Meter()
    speak(meter, 0, 1_000)
    meter.second(1_000, WAITING_MS)
    speak(meter, 1_000, 1_400)
    meter.held()
    held = meter.second(2_000, WAITING_MS)
    still = meter.second(3_000, WAITING_MS)
    meter.resumed(3_200)
    speak(meter, 3_220, 4_000)
    partly = meter.second(4_000, WAITING_MS)
    speak(meter, 4_000, 5_000)
    again = meter.second(5_000, WAITING_MS)
    totals = meter.totals()

    assert [line["state"] for line in (held, still, partly, again)] == [
        "held",
        "held",
        "held",
        "speaking",
    ]
    assert [line["max_gap_ms"] for line in (held, still, partly, again)] == [20, 0, 20, 20]
    assert totals["max_gap_ms"] == 20
    assert totals["avg_fps"] == 50.0


def test_a_hold_shorter_than_a_second_is_seen() -> None:
    meter = Meter()
    speak(meter, 0, 300)
    meter.held()
    meter.resumed(600)
    speak(meter, 620, 1_000)

    assert meter.second(1_000, WAITING_MS)["state"] == "held"
    assert "avg_fps" not in meter.totals()


def test_a_late_resumption_is_a_gap() -> None:
    meter = Meter()
    speak(meter, 0, 300)
    meter.held()
    meter.resumed(600)
    speak(meter, 690, 1_000)

    assert meter.second(1_000, WAITING_MS)["max_gap_ms"] == 90


def test_what_is_cut_while_held_is_held_no_more() -> None:
    meter = Meter()
    speak(meter, 0, 300)
    meter.held()
    meter.fell_silent()

    assert meter.second(1_000, WAITING_MS)["state"] == "held"
    assert meter.second(2_000, WAITING_MS)["state"] == "idle"


def test_an_answer_is_timed_from_the_end_of_the_turn_it_answers() -> None:
    meter = Meter()
    speak(meter, 0, 1_000)
    meter.held()
    meter.caller_turn_ended(1_500)  # a hum
    meter.resumed(1_900)
    speak(meter, 1_920, 2_500)
    meter.fell_silent()
    meter.caller_turn_ended(4_000)
    speak(meter, 4_700, 5_000)

    assert meter.totals()["reply_latency_max_ms"] == 700
