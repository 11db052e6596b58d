"""A simulated call told for reading: what was heard, what happened, what was ordered."""

from collections.abc import Iterator

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.sim.ear import SILENCE
from prosaasil.sim.line import Sound
from prosaasil.sim.swarm import Played
from prosaasil.sim.world import Entry, FramesSent

BYTES_PER_MS = 8


def tell(played: Played) -> Iterator[str]:
    """Line by line; the agent's sound and the caller's among the facts and orders."""
    sounds = sorted(played.line.sounds, key=_starts)
    shown = 0
    for entry in _joined(played.world.record):
        while shown < len(sounds) and sounds[shown].starts <= entry.at:
            yield _told_sound(sounds[shown])
            shown += 1
        yield f"{_clock(entry.at)}  {_told(entry)}"


def _starts(sound: Sound) -> int:
    return sound.starts


def _joined(record: list[Entry]) -> Iterator[Entry]:
    """One entry for sound that was sent in several stretches without anything in between."""
    pending: Entry | None = None
    for entry in record:
        before = None if pending is None else pending.what
        if pending is not None and isinstance(before, FramesSent):
            if isinstance(entry.what, FramesSent):
                pending = Entry(pending.at, FramesSent(before.audio + entry.what.audio))
                continue
            yield pending
            pending = None
        if isinstance(entry.what, FramesSent):
            pending = entry
        else:
            yield entry
    if pending is not None:
        yield pending


def _clock(at: int) -> str:
    return f"{at // 60_000:02}:{at // 1_000 % 60:02}.{at % 1_000:03}"


def _told_sound(sound: Sound) -> str:
    lasts = f"{sound.ends - sound.starts} ms" if sound.ends < 1 << 40 else "until the agent stops"
    says = f" {sound.says!r}" if sound.says else ""
    voice = "voice" if sound.is_taken_for_voice else "no voice"
    speech = "speech" if sound.is_taken_for_speech else "no speech"
    what = f"{sound.kind.value}{says} ({sound.meaning.value})"
    return f"{_clock(sound.starts)}  ~ {what} {lasts}, taken for {voice}, {speech}"


def _told(entry: Entry) -> str:
    match entry.what:
        case FramesSent(audio):
            voices = sorted(set(audio) - {SILENCE})
            return f"* agent heard for {len(audio) // BYTES_PER_MS} ms, voices {voices}"
        case e.ReplyAudio(reply_id, item_id, audio):
            return f"> ReplyAudio {reply_id} {item_id} {len(audio)} bytes of {audio[0]}"
        case c.Note(marker, text, fields):
            told = ", ".join(f"{key}={value}" for key, value in fields.items())
            return f"    [{marker}] {text}{' - ' if told else ''}{told}"
        case what:
            is_order = type(what).__module__ == c.__name__
            return f"{'    <' if is_order else '>'} {what!r}"
