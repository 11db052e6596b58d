"""Numbers written into sound are read back, and sound is not taken for numbers."""

from hypothesis import given
from hypothesis import strategies as st

from prosaasil.rig.cues import (
    FRAME_BYTES,
    MAGIC_BASE64,
    Cue,
    Kind,
    ReplyFrame,
    read,
    read_reply,
    stamp,
    stamp_reply,
)
from prosaasil.rig.sound import is_audible, made_up_speech
from prosaasil.rig.turns import appended_bytes, cue_in
from prosaasil.wire.openai_realtime import append_audio
from prosaasil.wire.twilio_media import CarrierEncoder, Media, decode_carrier


@given(kind=st.sampled_from(Kind), value=st.integers(0, 2**52 - 1))
def test_a_cue_says_what_was_stamped(kind: Kind, value: int) -> None:
    frame = stamp(kind, value)
    assert len(frame) == FRAME_BYTES
    assert read(frame) == Cue(kind, value)
    assert not is_audible(frame)


@given(reply=st.integers(0, 4_000), index=st.integers(0, 50_000))
def test_a_reply_frame_knows_its_place(reply: int, index: int) -> None:
    assert read_reply(stamp_reply(reply, index)) == ReplyFrame(reply, index)


@given(st.binary(max_size=200))
def test_other_sound_carries_no_cue(sound: bytes) -> None:
    assert read(b"\x00" + sound) is None


def test_a_cue_survives_the_way_from_carrier_to_engine() -> None:
    frame = stamp(Kind.SENT_AT, 123_456_789, made_up_speech(1, seed=0)[0])
    media = decode_carrier(CarrierEncoder("MZ1", "CA1").media(frame))
    assert isinstance(media, Media)
    message = append_audio(media.payload)
    assert MAGIC_BASE64.encode() in message
    assert cue_in(message) == Cue(Kind.SENT_AT, 123_456_789)
    assert appended_bytes(message) == FRAME_BYTES


@given(st.binary(min_size=1, max_size=1_000))
def test_the_size_of_an_append_is_known_without_decoding_it(audio: bytes) -> None:
    media = decode_carrier(CarrierEncoder("MZ1", "CA1").media(audio))
    assert isinstance(media, Media)
    assert appended_bytes(append_audio(media.payload)) == len(audio)
