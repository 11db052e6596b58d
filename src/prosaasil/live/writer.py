"""The one thread that writes the files and the log records of all calls of the process.

A slow disk or a full terminal pipe delays this thread, not the event loop. A disk that fails costs
the recording of that call: one record, one counter, and the call goes on.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from prosaasil.audio import mulaw
from prosaasil.audio.wav import header as wav_header
from prosaasil.call import trace
from prosaasil.call.commands import Note
from prosaasil.kit import telemetry
from prosaasil.kit.telemetry import Noted
from prosaasil.live import metrics
from prosaasil.live.ports import Turn

UNWRITTEN_BYTES_MAX = 64_000_000
"""What may wait for a slow disk, over all calls: over an hour of one call, 4 s of a thousand."""
SAMPLES = np.array(mulaw.LINEAR, dtype="<i2")
"""The sample of each mu-law byte."""
ROUND_S = 0.1
"""The thread works in rounds: each time it wakes up it competes with the event loop for Python."""
CHANNELS = 2
"""Left the caller, right the agent."""


class Marker(Struct, frozen=True):
    """A line for the log and the trace; see requirements, appendix A."""

    at: int
    marker: str
    text: str
    fields: dict[str, str | int | float]
    is_error: bool = False
    is_shells: bool = False
    """Not from the core, so not in its commands' lines of the trace either."""


class Files:
    """The files of one call. Only the writer's thread touches them, except for `closed`."""

    __slots__ = (
        "audio_bytes",
        "closed",
        "directory",
        "failed",
        "log",
        "opening",
        "suffix",
        "trace",
        "wav",
    )

    def __init__(self, directory: Path, log: telemetry.Log, opening: bytes = b"") -> None:
        self.directory = directory
        self.log = log
        self.opening = opening
        """The trace's first line."""
        self.wav: BinaryIO | None = None
        self.trace: BinaryIO | None = None
        self.audio_bytes = 0
        self.failed = False
        self.suffix = ""
        self.closed: Future[None] = Future()

    def path(self, name: str, kind: str) -> Path:
        return self.directory / f"{name}{self.suffix}.{kind}"


class Stretch(Struct, frozen=True):
    """Some time of one call: both channels of one length, and what happened in it."""

    files: Files
    caller: bytes
    agent: bytes
    lines: list[trace.Line]
    markers: list[Marker]


class _Dropped(Struct, frozen=True):
    """More waits for the disk than may."""

    files: Files


class _Closing(Struct, frozen=True):
    files: Files
    turns: list[Turn]


def stereo(left: bytes, right: bytes) -> bytes:
    """Two mu-law channels of one length as interleaved 16-bit samples."""
    both = np.empty((len(left), 2), dtype=np.uint8)
    both[:, 0] = np.frombuffer(left, np.uint8)
    both[:, 1] = np.frombuffer(right, np.uint8)
    # Every byte is within the table, so no index needs a check: 16 us for a second, not 37.
    return SAMPLES.take(both, mode="clip").tobytes()


_Job = Stretch | _Dropped | _Closing


class Writer:
    """Takes stretches from the event loop, in order, and writes them in its own time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._notes: list[Noted] = []
        self._handed_bytes = 0
        self._written_bytes = 0
        # Each of the two has one writer, so neither needs a lock.

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds_max: float) -> bool:
        """Write what was handed over and end; whether that was done in time."""
        self._stopping.set()
        self._thread.join(seconds_max)
        return not self._thread.is_alive()

    def open(self, call_id: str, log: telemetry.Log, opening: bytes = b"") -> Files:
        return Files(self._directory / call_id, log, opening)

    def write(self, stretch: Stretch) -> None:
        if self._handed_bytes - self._written_bytes > UNWRITTEN_BYTES_MAX:
            self._jobs.put(_Dropped(stretch.files))
            return
        self._handed_bytes += len(stretch.caller) + len(stretch.agent)
        self._jobs.put(stretch)

    def close(self, files: Files, turns: list[Turn]) -> None:
        self._jobs.put(_Closing(files, turns))

    def _run(self) -> None:
        is_last_round = False
        while not is_last_round:
            is_last_round = self._stopping.wait(ROUND_S)
            with contextlib.suppress(queue.Empty):
                while True:
                    self._do(self._jobs.get_nowait())
            notes, self._notes = self._notes, []
            telemetry.write_notes(notes)

    def _do(self, job: _Job) -> None:
        match job:
            case Stretch():
                self._written_bytes += len(job.caller) + len(job.agent)
                self._log(job)
                _guarded(job.files, _append, job)
            case _Dropped():
                _fail(job.files, "the disk is too slow")
            case _Closing():
                _guarded(job.files, _complete, job)
                job.files.closed.set_result(None)

    def _log(self, stretch: Stretch) -> None:
        log = stretch.files.log
        for noted in stretch.markers:
            if noted.is_error:
                log.error(noted.text, marker=noted.marker, **noted.fields)
            else:
                self._notes.append(Noted(log, noted.marker, noted.text, noted.fields))


J = TypeVar("J", Stretch, _Closing)


def _guarded(files: Files, work: Callable[[J], None], job: J) -> None:
    if files.failed:
        return
    try:
        work(job)
    except OSError as error:
        _fail(files, str(error))


def _fail(files: Files, reason: str) -> None:
    """The recording ends here; what is written of it stays."""
    if files.failed:
        return
    files.failed = True
    metrics.RECORDINGS_FAILED.inc()
    files.log.error("recording failed", reason=reason)
    for file in (files.wav, files.trace):
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def _append(stretch: Stretch) -> None:
    files = stretch.files
    if files.wav is None or files.trace is None:
        _open(files)
    assert files.wav is not None
    assert files.trace is not None
    if stretch.caller:
        files.wav.write(stereo(stretch.caller, stretch.agent))
        files.audio_bytes += 4 * len(stretch.caller)
    files.trace.write(trace_text(stretch))


def _open(files: Files) -> None:
    """A call that lost its stream and was resumed has files of each stream."""
    files.directory.mkdir(parents=True, exist_ok=True)
    stream = sum(1 for _ in files.directory.glob("call*.wav"))
    files.suffix = f".{stream + 1}" if stream else ""
    files.wav = files.path("call", "wav").open("xb", buffering=0)
    files.wav.write(wav_header(0, channels=CHANNELS))
    files.trace = files.path("trace", "jsonl").open("xb", buffering=0)
    files.trace.write(files.opening)


def trace_text(stretch: Stretch) -> bytes:
    """What happened, a line each, in order of time; the shell's own markers have no event."""
    written = [(line.at, trace.encode(line)) for line in stretch.lines]
    written += [
        (
            noted.at,
            msgspec.json.encode(
                {
                    "at": noted.at,
                    "commands": [Note(noted.marker, noted.text, noted.fields, noted.is_error)],
                }
            )
            + b"\n",
        )
        for noted in stretch.markers
        if noted.is_shells
    ]
    written.sort(key=itemgetter(0))
    return b"".join(line for _, line in written)


def _complete(closing: _Closing) -> None:
    files = closing.files
    assert files.wav is not None
    assert files.trace is not None
    files.wav.seek(0)
    files.wav.write(wav_header(files.audio_bytes, channels=CHANNELS))
    files.wav.close()
    files.trace.close()
    files.path("transcript", "txt").write_text(transcript(closing.turns), encoding="utf-8")


def transcript(turns: Sequence[Turn]) -> str:
    """What was said, a line each: `[00:01.25] caller: Hello`."""
    lines = []
    for turn in turns:
        minutes, ms = divmod(turn.at_ms, 60_000)
        lines.append(f"[{minutes:02}:{ms / 1_000:05.2f}] {turn.role.value}: {turn.text}\n")
    return "".join(lines)
