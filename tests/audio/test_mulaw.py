"""The mu-law code, held against the formula of the standard and the old standard library."""

import sys
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.audio import mulaw

ALL_CODES = bytes(range(256))
SAMPLES = st.lists(st.integers(-32_768, 32_767), max_size=400)


def parts(code: int) -> tuple[str, int, int]:
    """G.711 as published: sign, segment and step of the complemented code."""
    bits = f"{code ^ 0xFF:08b}"
    return bits[0], int(bits[1:4], 2), int(bits[4:], 2)


def by_the_standard(code: int) -> int:
    """The middle of the code's interval; the standard counts in 14 bits."""
    sign, segment, step = parts(code)
    magnitude = ((2 * step + 33) << segment) - 33
    return 4 * (-magnitude if sign == "1" else magnitude)


@pytest.mark.parametrize("code", ALL_CODES)
def test_every_code_stands_for_what_the_standard_says(code: int) -> None:
    assert mulaw.LINEAR[code] == by_the_standard(code)
    assert mulaw.decode(bytes([code])).tolist() == [by_the_standard(code)]


def test_the_ends_of_the_scale() -> None:
    assert mulaw.LINEAR[0xFF] == mulaw.LINEAR[0x7F] == 0
    assert (mulaw.LINEAR[0x80], mulaw.LINEAR[0x00]) == (32_124, -32_124)
    assert mulaw.encode([0]) == mulaw.SILENCE


def test_every_sample_becomes_the_code_in_whose_interval_it_lies() -> None:
    for sample in range(-32_768, 32_768):
        (code,) = mulaw.encode([sample])
        sign, segment, step = parts(code)
        least = ((2 * step + 32) << segment) - 33
        beyond = ((2 * step + 34) << segment) - 33
        assert 4 * least <= min(abs(sample), 32_635) < 4 * beyond
        assert sign == ("1" if sample < 0 else "0")


def test_codes_survive_the_way_through_samples() -> None:
    again = mulaw.encode(mulaw.decode(ALL_CODES))
    # Negative zero becomes positive zero; both are silence.
    assert again == ALL_CODES.replace(b"\x7f", b"\xff")


@given(st.binary(max_size=400))
def test_pcm_is_little_endian_and_survives(audio: bytes) -> None:
    pcm = mulaw.to_pcm16(audio)
    samples = [
        int.from_bytes(pcm[at : at + 2], "little", signed=True) for at in range(0, len(pcm), 2)
    ]
    assert samples == mulaw.decode(audio).tolist()
    assert mulaw.from_pcm16(pcm) == audio.replace(b"\x7f", b"\xff")


@given(SAMPLES)
def test_both_encoders_agree(samples: list[int]) -> None:
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    assert mulaw.from_pcm16(pcm) == mulaw.encode(samples)


def test_half_a_sample_is_dropped() -> None:
    assert mulaw.from_pcm16(b"\x00\x00\x10") == b"\xff"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="audioop left the standard library")
def test_the_old_standard_library_hears_the_same() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import audioop  # noqa: PLC0415 - not there in newer versions

    assert mulaw.to_pcm16(ALL_CODES) == audioop.ulaw2lin(ALL_CODES, 2)
    samples = range(-32_768, 32_768)
    pcm = b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
    # It cuts samples to 14 bits first, and so takes the next code for some negative ones.
    for ours, theirs in zip(mulaw.from_pcm16(pcm), audioop.lin2ulaw(pcm, 2), strict=True):
        assert 0 <= ours - theirs <= 1
