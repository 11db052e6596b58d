"""WAV files as bytes, held against the standard library's reader and writer."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prosaasil.audio import mulaw
from prosaasil.audio.wav import (
    HEADER_BYTES,
    BadWav,
    Encoding,
    Wav,
    header,
    interleave,
    read_wav,
    write_wav,
)

PCM = bytes(range(200))
RATES = st.sampled_from([8_000, 16_000, 24_000, 44_100])
WAVS = st.builds(
    lambda samples, encoding, channels, rate: Wav(
        samples * (channels * encoding.sample_bytes), encoding, channels, rate
    ),
    st.binary(max_size=100),
    st.sampled_from(Encoding),
    st.sampled_from([1, 2]),
    RATES,
)


@given(st.binary(max_size=400), st.sampled_from([1, 2]), RATES)
def test_the_standard_library_reads_what_is_written(raw: bytes, channels: int, rate: int) -> None:
    audio = raw[: len(raw) - len(raw) % (2 * channels)]
    file = write_wav(Wav(audio, channels=channels, sample_rate=rate))

    with wave.open(io.BytesIO(file)) as theirs:
        assert (theirs.getnchannels(), theirs.getsampwidth()) == (channels, 2)
        assert theirs.getframerate() == rate
        assert theirs.readframes(theirs.getnframes()) == audio


@given(st.binary(max_size=400), st.sampled_from([1, 2]), RATES)
def test_what_the_standard_library_writes_is_read(raw: bytes, channels: int, rate: int) -> None:
    audio = raw[: len(raw) - len(raw) % (2 * channels)]
    file = io.BytesIO()
    with wave.open(file, "wb") as theirs:
        theirs.setnchannels(channels)
        theirs.setsampwidth(2)
        theirs.setframerate(rate)
        theirs.writeframes(audio)

    assert read_wav(file.getvalue()) == Wav(audio, Encoding.PCM16, channels, rate)


@given(WAVS)
def test_what_is_written_is_read_back(wav: Wav) -> None:
    file = write_wav(wav)

    assert read_wav(file) == wav
    assert len(file) % 2 == 0
    assert struct.unpack_from("<I", file, 4)[0] == len(file) - 8


def test_mulaw_becomes_pcm() -> None:
    wav = Wav(bytes(range(256)), Encoding.MULAW)

    assert wav.pcm16 == mulaw.to_pcm16(wav.audio)
    assert Wav(PCM).pcm16 == PCM


@pytest.mark.parametrize(
    ("wav", "duration_ms"),
    [
        (Wav(bytes(16_000)), 1_000),
        (Wav(bytes(16_000), channels=2), 500),
        (Wav(bytes(8_000), Encoding.MULAW), 1_000),
        (Wav(bytes(48_000), sample_rate=24_000), 1_000),
        (Wav(b""), 0),
    ],
)
def test_a_file_knows_how_long_it_sounds(wav: Wav, duration_ms: int) -> None:
    assert wav.duration_ms == duration_ms


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_two_channels_come_apart_as_they_went_in(left: bytes, right: bytes) -> None:
    left, right = left[: len(left) & ~1], right[: len(right) & ~1]
    stereo = Wav(interleave(left, right), channels=2)
    longer = max(len(left), len(right))

    assert stereo.channel(0) == left.ljust(longer, b"\0")
    assert stereo.channel(1) == right.ljust(longer, b"\0")


def test_two_channels_of_mulaw_come_apart_too() -> None:
    stereo = Wav(b"\x01\x02\x03\x04", Encoding.MULAW, channels=2)
    assert (stereo.channel(0), stereo.channel(1)) == (b"\x01\x03", b"\x02\x04")
    assert Wav(PCM).channel(0) == PCM


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    growing = header(None, channels=2)

    assert read_wav(growing + PCM).audio == PCM
    assert read_wav(growing + PCM + b"\x01\x02\x03").audio == PCM
    assert read_wav(growing).audio == b""


def test_the_header_is_finished_in_place() -> None:
    unknown = header(None, channels=2, sample_rate=8_000)
    known = header(len(PCM), channels=2, sample_rate=8_000)

    assert len(unknown) == len(known) == HEADER_BYTES
    assert known + PCM == write_wav(Wav(PCM, channels=2))


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) & 1)


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(
    tag: int = 1, channels: int = 1, rate: int = 8_000, bits: int = 16, *, more: bytes = b""
) -> bytes:
    block = channels * bits // 8
    fields = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    return chunk(b"fmt ", fields + more)


DATA = chunk(b"data", PCM)


def test_other_chunks_are_passed_over() -> None:
    file = riff(chunk(b"LIST", b"odd"), form(), chunk(b"fact", bytes(4)), DATA, chunk(b"id3 ", PCM))
    assert read_wav(file) == Wav(PCM)


@pytest.mark.parametrize("encoding", Encoding)
def test_the_extensible_form_is_read(encoding: Encoding) -> None:
    extension = struct.pack("<HHIH14x", 22, 8 * encoding.sample_bytes, 4, encoding)
    extended = form(0xFFFE, bits=8 * encoding.sample_bytes, more=extension)
    assert read_wav(riff(extended, DATA)) == Wav(PCM, encoding)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"RIFF",
        b"RIFX" + riff(form(), DATA)[4:],
        b"\xff\xfb\x90\x00" * 20,
        riff(),
        riff(form()),
        riff(DATA),
        riff(DATA, form()),
        riff(chunk(b"fmt ", bytes(15)), DATA),
        riff(form(tag=3, bits=32), DATA),
        riff(form(tag=6, bits=8), DATA),
        riff(form(bits=24), DATA),
        riff(form(tag=0xFFFE), DATA),
        riff(form(channels=0), DATA),
        riff(form(channels=3), DATA),
        riff(form(rate=0), DATA),
    ],
)
def test_anything_else_is_no_wav(file: bytes) -> None:
    with pytest.raises(BadWav):
        read_wav(file)


@given(st.binary(max_size=100), st.binary(max_size=60), st.integers(0, 60))
def test_no_bytes_break_the_reader(raw: bytes, tail: bytes, cut: int) -> None:
    whole = riff(form(), DATA)
    for file in (raw, b"RIFF0000WAVE" + raw, whole[:cut], whole[:cut] + tail):
        try:
            wav = read_wav(file)
        except BadWav:
            continue
        assert len(wav.audio) % (wav.channels * wav.encoding.sample_bytes) == 0
