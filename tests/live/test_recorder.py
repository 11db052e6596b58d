"""The recording is true to time: every byte where it was spoken or heard, silence elsewhere."""

import wave
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from prosaasil.audio import mulaw
from prosaasil.audio.wav import header as wav_header
from prosaasil.call.commands import Role
from prosaasil.kit import telemetry
from prosaasil.live.ports import Turn
from prosaasil.live.recorder import AHEAD_MS_MAX, Channel, Recording
from prosaasil.live.writer import Files, Writer, stereo, transcript

LATER = 1 << 30
SILENCE = b"\xff"


class Recorder:
    """A recording, and a look at what it wrote."""

    def __init__(self, directory: Path) -> None:
        self.writer = Writer(directory)
        self.files = self.writer.open("call-1", telemetry.logger("test"))
        self.recording = Recording(self.writer, self.files)
        self.wav = directory / "call-1" / "call.wav"

    def close(self, now: int) -> tuple[bytes, bytes]:
        """The channels as mu-law."""
        self.writer.start()
        self.recording.close(now, [])
        assert self.writer.stop(10)
        assert self.files.closed.done()
        with wave.open(str(self.wav)) as wav:
            samples = wav.readframes(wav.getnframes())
        left = b"".join(samples[at : at + 2] for at in range(0, len(samples), 4))
        right = b"".join(samples[at + 2 : at + 4] for at in range(0, len(samples), 4))
        return mulaw.from_pcm16(left), mulaw.from_pcm16(right)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path)


def test_both_sides_are_where_they_were_heard(recorder: Recorder) -> None:
    recorder.recording.caller(0, LATER, b"\x01" * 160)
    recorder.recording.caller(20, LATER, b"\x02" * 160)
    recorder.recording.caller(100, LATER, b"\x03" * 160)
    recorder.recording.agent(30, b"\x11" * 160)
    recorder.recording.agent(50, b"\x12" * 160)
    left, right = recorder.close(200)

    assert left == b"".join(
        [b"\x01" * 160, b"\x02" * 160, SILENCE * 480, b"\x03" * 160, SILENCE * 640]
    )
    assert right == b"".join([SILENCE * 240, b"\x11" * 160, b"\x12" * 160, SILENCE * 1_040])


def test_what_was_cleared_was_not_heard(recorder: Recorder) -> None:
    recorder.recording.agent(0, b"\x11" * 160)
    recorder.recording.agent(20, b"\x12" * 160)
    recorder.recording.agent(40, b"\x13" * 160)
    recorder.recording.cut(25)
    recorder.recording.agent(100, b"\x14" * 160)
    _, right = recorder.close(200)

    assert right == b"".join(
        [b"\x11" * 160, b"\x12" * 40, SILENCE * 600, b"\x14" * 160, SILENCE * 640]
    )


def test_what_was_not_heard_at_the_end_is_not_in_it(recorder: Recorder) -> None:
    recorder.recording.agent(0, b"\x11" * 160)
    recorder.recording.agent(20, b"\x12" * 160)
    _, right = recorder.close(30)

    assert right == b"\x11" * 160 + b"\x12" * 80


def test_jitter_of_the_carriers_clock_makes_no_hole(recorder: Recorder) -> None:
    for number, at in enumerate((0, 23, 38, 61, 80)):
        recorder.recording.caller(at, LATER, bytes([number + 1]) * 160)
    left, _ = recorder.close(100)

    assert left == b"".join(bytes([number]) * 160 for number in (1, 2, 3, 4, 5))


def test_a_timestamp_out_of_this_world_costs_no_memory(recorder: Recorder) -> None:
    recorder.recording.caller(0, 0, b"\x01" * 160)
    recorder.recording.caller(20 + AHEAD_MS_MAX + 1, 20, b"\x02" * 160)
    recorder.recording.caller(1 << 60, 40, b"\x03" * 160)
    left, _ = recorder.close(60)

    assert left == b"\x01" * 160 + b"\x02" * 160 + b"\x03" * 160


def test_a_frame_that_comes_late_still_finds_its_place(recorder: Recorder) -> None:
    recorder.recording.caller(0, LATER, b"\x01" * 160)
    recorder.recording.caller(60, LATER, b"\x04" * 160)
    recorder.recording.caller(20, LATER, b"\x02" * 160)
    left, _ = recorder.close(80)

    assert left == b"".join([b"\x01" * 160, b"\x02" * 160, SILENCE * 160, b"\x04" * 160])


def test_a_recording_is_the_same_however_often_it_is_flushed(tmp_path: Path) -> None:
    recordings = []
    for name, every_ms in (("never", LATER), ("always", 20), ("sometimes", 1_000)):
        recorder = Recorder(tmp_path / name)
        for now in range(0, 5_000, 20):
            recorder.recording.caller(now, now, bytes([now // 20 % 120]) * 160)
            if now % 500 < 300:
                recorder.recording.agent(now + 20, bytes([128 + now // 20 % 100]) * 160)
            elif now % 500 == 300:
                recorder.recording.cut(now + 5)
            if now % every_ms == 0 and now:
                recorder.recording.flush(now)
        recordings.append(recorder.close(5_000))

    assert recordings[0] == recordings[1] == recordings[2]
    assert len(recordings[0][0]) == len(recordings[0][1]) == 40_000


def test_memory_stays_small(recorder: Recorder) -> None:
    for now in range(0, 60_000, 20):
        recorder.recording.caller(now, now, b"\x01" * 160)
        recorder.recording.agent(now, b"\x01" * 160)
        if now % 1_000 == 0:
            recorder.recording.flush(now)

    assert len(recorder.recording._caller.audio) <= 12_160
    assert len(recorder.recording._agent.audio) <= 12_160


@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "cut", "take"]), st.integers(0, 400), st.integers(1, 50)),
        max_size=40,
    )
)
def test_a_channel_is_what_was_put_where(actions: list[tuple[str, int, int]]) -> None:
    channel, taken = Channel(), b""
    wanted = bytearray()
    for number, (action, place, size) in enumerate(actions):
        audio = bytes([number + 1]) * size
        match action:
            case "add":
                channel.add(place, audio)
                begin = max(place, len(taken))
                end = place + size
                if end > begin:
                    wanted.extend(SILENCE * (end - len(wanted)))
                    wanted[begin:end] = audio[begin - place :]
            case "cut":
                channel.cut(place)
                del wanted[max(place, len(taken)) :]
            case _:
                upto = max(place, len(taken))
                wanted.extend(SILENCE * (upto - len(wanted)))
                taken += channel.take(upto)
    taken += channel.take(max(len(wanted), len(taken)))

    assert taken == bytes(wanted)


def test_the_header_is_that_of_a_stereo_file(tmp_path: Path) -> None:
    audio = stereo(b"\x00\xff", b"\xff\x80")
    (tmp_path / "x.wav").write_bytes(wav_header(len(audio), channels=2) + audio)
    with wave.open(str(tmp_path / "x.wav")) as wav:
        assert wav.getparams()[:4] == (2, 2, 8_000, 2)
        assert wav.readframes(2) == audio


def test_a_resumed_call_has_files_of_each_stream(tmp_path: Path) -> None:
    for _ in range(2):
        Recorder(tmp_path).close(100)

    assert sorted(path.name for path in (tmp_path / "call-1").iterdir()) == [
        "call.2.wav",
        "call.wav",
        "trace.2.jsonl",
        "trace.jsonl",
        "transcript.2.txt",
        "transcript.txt",
    ]


def test_a_disk_too_slow_costs_the_recording_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prosaasil.live.writer.UNWRITTEN_BYTES_MAX", 10_000)
    writer = Writer(tmp_path)
    files: Files = writer.open("call-1", telemetry.logger("test"))
    recording = Recording(writer, files)
    for now in range(1_000, 5_000, 1_000):
        recording.flush(now)
    recording.close(5_000, [])
    with capture_logs() as logs:
        writer.start()
        assert writer.stop(10)

    assert [log["reason"] for log in logs] == ["the disk is too slow"]
    assert files.closed.done()


def test_the_transcript_says_who_said_what_when() -> None:
    turns = [
        Turn(Role.AGENT, "i1", "שלום", 250),
        Turn(Role.CALLER, "u1", "Hi there", 61_250),
    ]
    assert transcript(turns) == "[00:00.25] agent: שלום\n[01:01.25] caller: Hi there\n"
