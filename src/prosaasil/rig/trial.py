"""One call through a whole installation, by the fake carrier: what it left and how it sounded."""

import asyncio
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from .ear import Ear, Hearing
from .fake_twilio import FakeTwilio, PlacedCall, StatusPlan
from .installation import Installation
from .sound import write_stereo
from .talker import Manners, Talker
from .words import WordErrors, caller_words, word_errors

FPS_MIN, FPS_MAX = 47, 52
GAP_MS_MAX = 60.0
FILES = ("call.wav", "trace.jsonl", "transcript.txt")
FILES_LIMIT_S = 15
FILES_EVERY_S = 0.1
_RESUME = re.compile(r"/twiml/resume/([^/?#<]+)")


class CallOrder(Struct, frozen=True):
    """What the caller does."""

    business: str
    called: str
    caller: str
    sentences: Sequence[bytes]
    keys: str = ""
    manners: Manners = Manners()
    reference: str | None = None
    """What the caller's sentences say, for counting word errors."""


class CallReport(Struct, frozen=True):
    call_id: str
    hearing: Hearing
    objections: Mapping[str, int]
    """Messages of ours that the carrier would have refused, by its error code."""
    failures: Sequence[str]
    unanswered: int
    markers: Sequence[str]
    transcript: str
    word_errors: WordErrors | None

    def faults(self) -> list[str]:
        """What is wrong whatever the machine was doing meanwhile."""
        found = [*self.failures]
        if not self.hearing.frames:
            found.append("the agent was never heard")
        if self.hearing.odd_frames:
            found.append(f"{self.hearing.odd_frames} frames that were not of 160 bytes")
        found += [f"carrier error {code}: {count}" for code, count in self.objections.items()]
        dropped = re.search(r"\[CALL_METRICS\].*frames_dropped=(\d+)", "\n".join(self.markers))
        if dropped and int(dropped[1]):
            found.append(f"{dropped[1]} frames dropped")
        return found

    def breaches(self) -> list[str]:
        """The faults and the measures of time that are out of bounds."""
        hearing = self.hearing
        found = self.faults()
        if hearing.fps_min is not None and hearing.fps_min < FPS_MIN:
            found.append(f"{hearing.fps_min} frames in a second of speech, at least {FPS_MIN}")
        if hearing.fps_max is not None and hearing.fps_max > FPS_MAX:
            found.append(f"{hearing.fps_max} frames in a second of speech, at most {FPS_MAX}")
        if hearing.gap_ms_max >= GAP_MS_MAX:
            found.append(f"a gap of {hearing.gap_ms_max:.0f} ms, less than {GAP_MS_MAX:.0f} wanted")
        return found


async def place(installation: Installation, order: CallOrder, out_dir: Path) -> CallReport:
    """Call, talk, hang up, and gather what the call left into `out_dir`."""
    ear = Ear()
    finished = asyncio.Event()
    talker = Talker(ear, order.sentences, done=finished.set, keys=order.keys, manners=order.manners)
    async with FakeTwilio(installation.auth_token, reach=installation.reach) as twilio:
        placed = await twilio.call(
            installation.webhook_url(order.business),
            called=order.called,
            caller=order.caller,
            voice=talker,
            ear=ear,
            statuses=StatusPlan(installation.status_url),
        )
        both = (asyncio.create_task(finished.wait()), asyncio.create_task(placed.ended.wait()))
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        placed.hang_up()
        await asyncio.gather(both[1])
        both[0].cancel()
        await twilio.quiet()
    call_id = call_id_of(placed)
    _keep(ear, out_dir)
    await _gather(installation.call_dir(call_id), out_dir)
    return _report(call_id, placed, talker, order, out_dir)


def _keep(ear: Ear, out_dir: Path) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    write_stereo(out_dir / "heard.wav", ear.caller_sound, ear.agent_sound)


def call_id_of(placed: PlacedCall) -> str:
    """Our own name of the call, which its TwiML tells the carrier for a later redirect."""
    for document in placed.documents:
        if found := _RESUME.search(document):
            return found[1]
    return ""


async def _gather(call_dir: Path, out_dir: Path) -> None:
    """The worker writes its files after the call; the transcript comes last."""
    for _ in range(int(FILES_LIMIT_S / FILES_EVERY_S)):
        if (call_dir / FILES[-1]).exists():
            break
        await asyncio.sleep(FILES_EVERY_S)
    for name in FILES:
        if (call_dir / name).exists():
            shutil.copyfile(call_dir / name, out_dir / name)


def _report(
    call_id: str, placed: PlacedCall, talker: Talker, order: CallOrder, out_dir: Path
) -> CallReport:
    objections: dict[str, int] = {}
    for phone in placed.phones:
        for code, count in phone.line.objections.items():
            objections[str(int(code))] = objections.get(str(int(code)), 0) + count
    transcript_file = out_dir / "transcript.txt"
    missing = [f"{name} is missing" for name in FILES if not (out_dir / name).exists()]
    transcript = transcript_file.read_text(encoding="utf-8") if transcript_file.exists() else ""
    return CallReport(
        call_id=call_id,
        hearing=placed.ear.hearing(),
        objections=objections,
        failures=[*placed.failures, *missing],
        unanswered=talker.unanswered,
        markers=markers(out_dir / "trace.jsonl"),
        transcript=transcript,
        word_errors=None
        if order.reference is None
        else word_errors(order.reference, caller_words(transcript)),
    )


def markers(trace: Path) -> list[str]:
    """The notes of a call's trace, as the log shows them."""
    return [
        _rendered(command)
        for line in _lines(trace)
        for command in line.get("commands", ())
        if command.get("type") == "Note"
    ]


def _lines(trace: Path) -> list[dict[str, Any]]:
    if not trace.exists():
        return []
    return [
        msgspec.json.decode(line, type=dict[str, Any])
        for line in trace.read_bytes().splitlines()
        if line
    ]


def _rendered(note: Mapping[str, Any]) -> str:
    fields = ", ".join(f"{name}={value}" for name, value in note.get("fields", {}).items())
    text = note.get("text", "")
    return f"[{note['marker']}] {text}{' - ' if text and fields else ''}{fields}"
