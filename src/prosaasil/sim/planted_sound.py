"""Bugs of what is heard: frames that are lost, repeated or late, and wrong beliefs about them."""

from typing import Any

from prosaasil.call import commands
from prosaasil.call.agent import Agent
from prosaasil.call.commands import Command
from prosaasil.call.core import Call
from prosaasil.call.playout import Heard, Playout
from prosaasil.call.replies import Reply
from prosaasil.call.transcript import Transcript
from prosaasil.sim.planting import HUMMED, INTERRUPTED, Mutant

add, next_frame = Playout.add, Playout.next_frame
give_way, sounds, drop, resume = Agent.give_way, Agent.sounds, Agent.drop, Agent.resume
final, take = Transcript._final, Call._take  # noqa: SLF001
FRAME_BYTES = 160


def _take_nothing_back(runs: list[Any], unheard: int) -> None:
    del runs, unheard


def _add_padded(self: Playout, reply_id: str, item_id: str, audio: bytes) -> None:
    add(self, reply_id, item_id, audio + b"\xff" * (-len(audio) % FRAME_BYTES))


def _add_no_more_than_five_seconds(
    self: Playout, reply_id: str, item_id: str, audio: bytes
) -> None:
    if self.waiting_ms < 5_000:
        add(self, reply_id, item_id, audio)


def _two_items_at_once(self: Playout, reply_id: str, item_id: str, audio: bytes) -> None:
    add(self, reply_id if self._find(reply_id) else "first", item_id, audio)


def _no_frame(self: Any, now: int) -> None:
    del self, now


def _never_held(self: Playout, now: int) -> bytes | None:
    is_held, self.is_held = self.is_held, False
    frame = next_frame(self, now)
    self.is_held = is_held
    return frame


def _resume_without_a_frame(self: Agent, now: int, out: list[Command]) -> None:
    was_held = self.playout.is_held and self.playout.is_mid_reply
    resume(self, now, out)
    if was_held:
        ends_at = self.playout.ends_at
        next_frame(self.playout, now)
        self.playout._ends_at = ends_at  # noqa: SLF001


def _resume_a_frame_too_early(self: Any, now: int, out: list[Command]) -> None:
    playout: Any = self.playout
    if playout.is_held and playout._offset >= FRAME_BYTES:  # noqa: SLF001
        playout._offset -= FRAME_BYTES  # noqa: SLF001
    resume(self, now, out)


def _cut_without_clearing(self: Any, now: int, out: list[Command]) -> None:
    mine: list[Command] = []
    give_way(self, now, mine)
    out += [command for command in mine if not isinstance(command, commands.ClearAudio)]


def _drop_nothing(self: Any, now: int) -> list[Heard]:
    playout: Any = self.playout
    replies = [(reply.reply_id, list(reply.chunks)) for reply in playout._replies]  # noqa: SLF001
    heard = drop(self, now)
    for reply_id, chunks in replies:
        for run, audio in chunks:
            add(playout, reply_id, run.item_id, audio)
        playout.end(reply_id)
    return heard


def _play_late_speech(
    self: Any, reply_id: str, item_id: str, audio: bytes, now: int, out: list[Command]
) -> None:
    cancelled: Reply | None = self.replies.cancelled
    if cancelled is not None and cancelled.reply_id == reply_id:
        add(self.playout, reply_id, item_id, audio)
    sounds(self, reply_id, item_id, audio, now, out)


def _tell_nothing(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made, heard
    return []


def _delete_whatever_was_cut(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made
    return [commands.DeleteItem(part.item_id) for part in heard]


def _truncate_at_what_was_made(self: Any, made: Reply | None, heard: list[Heard]) -> list[Command]:
    del self, made
    return [commands.TruncateItem(part.item_id, part.made_ms) for part in heard]


def _final_is_whole(self: Any, item_id: str, heard_ms: int, made_ms: int) -> list[Command]:
    del heard_ms, made_ms
    return final(self, item_id, 1, 1)


PLANTED = [
    Mutant(
        "sent is taken for heard",
        Playout,
        "_take_back",
        staticmethod(_take_nothing_back),
        INTERRUPTED,
    ),
    Mutant("each chunk is padded", Playout, "add", _add_padded),
    Mutant("a long answer overflows", Playout, "add", _add_no_more_than_five_seconds),
    Mutant("replies share one queue", Playout, "add", _two_items_at_once),
    Mutant("joined frames are lost", Playout, "_joined_frame", _no_frame),
    Mutant("a held playout goes on", Playout, "next_frame", _never_held, INTERRUPTED),
    Mutant("resuming loses a frame", Agent, "resume", _resume_without_a_frame, HUMMED),
    Mutant("resuming repeats a frame", Agent, "resume", _resume_a_frame_too_early, HUMMED),
    Mutant("the carrier is not cleared", Agent, "give_way", _cut_without_clearing, INTERRUPTED),
    Mutant("the playout is not flushed", Agent, "drop", _drop_nothing, INTERRUPTED),
    Mutant("late speech of a cut reply is played", Agent, "sounds", _play_late_speech),
    Mutant("the engine is not told of a cut", Agent, "_forget_unheard", _tell_nothing, INTERRUPTED),
    Mutant("whatever was cut is deleted", Agent, "_forget_unheard", _delete_whatever_was_cut),
    Mutant("made is taken for heard", Agent, "_forget_unheard", _truncate_at_what_was_made),
    Mutant("a cut text is published whole", Transcript, "_final", _final_is_whole),
]
