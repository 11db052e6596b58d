"""Formats, phantoms, pieces and weights: what needs no model to be checked."""

from pathlib import Path

import numpy as np
import pytest

from prosaasil.speech import weights
from prosaasil.speech.formats import (
    HEARD_HZ,
    AudioFormat,
    SoundDecoder,
    SoundEncoder,
    encoded,
    transcoded,
)
from prosaasil.speech.manners import language_of, word_for_word
from prosaasil.speech.phantoms import is_phantom
from prosaasil.speech.whisper import PIECE_S_MAX, pieces, without_loops


@pytest.mark.parametrize("audio_format", [AudioFormat.PCMU, AudioFormat.PCMA])
def test_every_code_survives_its_round_trip(audio_format: AudioFormat) -> None:
    codes = bytes(range(256))
    again = encoded(SoundDecoder(audio_format).decode(codes), audio_format)
    linear = SoundDecoder(audio_format).decode

    assert np.array_equal(linear(again), linear(codes))


def test_known_mu_law_codes_have_their_known_sound() -> None:
    samples = SoundDecoder(AudioFormat.PCMU).decode(b"\xff\x7f\x00\x80") * 32_768

    assert samples.tolist() == [0, 0, -32_124, 32_124]


def test_bytes_may_be_cut_anywhere() -> None:
    audio = np.arange(4_800, dtype="<i2").tobytes()
    whole = SoundDecoder(AudioFormat.PCM).decode(audio)
    decoder = SoundDecoder(AudioFormat.PCM)
    cut = [decoder.decode(audio[start : start + 333]) for start in range(0, len(audio), 333)]

    assert np.allclose(np.concatenate(cut)[: len(whole)], whole, atol=1e-4)


def test_a_second_of_voice_is_a_second_of_bytes() -> None:
    voice = np.zeros(24_000, np.float32)
    sizes = [len(SoundEncoder(f).encode(voice, is_last=True)) for f in AudioFormat]

    assert sizes == [8_000, 8_000, 48_000]
    assert len(transcoded(bytes(8_000), AudioFormat.PCM)) == 48_000


@pytest.mark.parametrize(
    ("text", "score", "voiced_ms", "expected"),
    [
        ("Thank you for watching!", -0.1, 2_000, True),
        ("תודה על הצפייה", -0.1, 2_000, True),
        ("you", -1.4, 2_000, True),
        ("you", -0.3, 96, True),
        ("Thank you.", -0.3, 600, False),
        ("I would like to tell you a very long story about my cat.", -0.3, 96, True),
        ("No.", -0.4, 160, False),
        ("כן", -0.9, 160, False),
        ("7", -0.5, 200, False),
        ("...", -0.1, 900, True),
    ],
)
def test_words_need_evidence(text: str, score: float, voiced_ms: int, expected: object) -> None:
    assert is_phantom(text, score, voiced_ms) is expected


def test_a_long_turn_is_cut_where_it_is_quiet() -> None:
    sound = np.ones(60 * HEARD_HZ, np.float32)
    sound[23 * HEARD_HZ : 24 * HEARD_HZ] = 0
    cut = pieces(sound)

    assert sum(map(len, cut)) == len(sound)
    assert max(map(len, cut)) <= PIECE_S_MAX * HEARD_HZ
    assert 23 <= len(cut[0]) / HEARD_HZ <= 24


def test_a_loop_of_words_is_said_once() -> None:
    assert without_loops("Yes please. Yes please. Yes please. Yes please.") == "Yes please."
    assert without_loops("0, 5, 2, 1") == "0, 5, 2, 1"


def test_damaged_weights_are_refused_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "SHA256", "0" * 64)
    with pytest.raises(weights.WeightsDamaged):
        weights.whisper_folder(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_sentence_to_be_said_exactly_is_found() -> None:
    assert word_for_word('Be kind.\n\nSay exactly this: "Hi, 350 ש"ח. Right?"') == (
        'Hi, 350 ש"ח. Right?'
    )
    assert word_for_word("Say exactly what you think.") is None
    assert language_of("שלום Dana", "en") == "he"
    assert language_of("12", "he") == "he"
