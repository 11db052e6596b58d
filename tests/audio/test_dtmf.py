"""Keypad tones, held against a receiver that shares nothing with the maker."""

from math import cos, pi

import pytest

from prosaasil.audio import dtmf, mulaw
from prosaasil.audio.level import VoiceLevels, level

ROWS = {697: "123A", 770: "456B", 852: "789C", 941: "*0#D"}
COLUMNS = {1_209: "147*", 1_336: "2580", 1_477: "369#", 1_633: "ABCD"}


def power(audio: bytes, hz: int) -> float:
    """Goertzel's: how much of one tone is in it."""
    factor = 2 * cos(2 * pi * hz / 8_000)
    before = last = 0.0
    for sample in mulaw.decode(audio):
        before, last = last, sample + factor * last - before
    return before * before + last * last - factor * before * last


def key_in(audio: bytes) -> str:
    row, column = (
        max(tones.items(), key=lambda tone: power(audio, tone[0]))[1] for tones in (ROWS, COLUMNS)
    )
    (key,) = set(row) & set(column)
    return key


@pytest.mark.parametrize("key", dtmf.KEYS)
def test_a_receiver_knows_every_key(key: str) -> None:
    audio = dtmf.tone(key)

    assert key_in(audio) == key
    assert len(audio) == 800
    assert level(audio) > VoiceLevels.VOICE
    others = [hz for hz in (*ROWS, *COLUMNS) if hz not in dtmf.tones_hz(key)]
    assert all(power(audio, hz) < power(audio, dtmf.tones_hz(key)[0]) / 50 for hz in others)


def test_a_number_is_dialled_key_by_key() -> None:
    audio = dtmf.dial("10#")
    step = (dtmf.TONE_MS + dtmf.PAUSE_MS) * mulaw.BYTES_PER_MS
    presses = [audio[at : at + step] for at in range(0, len(audio), step)]

    assert "".join(key_in(press[: step // 2]) for press in presses) == "10#"
    assert all(press[step // 2 :] == mulaw.SILENCE * (step // 2) for press in presses)


def test_a_key_may_be_held() -> None:
    assert len(dtmf.tone("5", tone_ms=500)) == 4_000


def test_a_keypad_has_no_other_keys() -> None:
    for key in ("E", "", "12"):
        with pytest.raises(AssertionError):
            dtmf.tone(key)
