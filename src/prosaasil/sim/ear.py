"""The caller's ear: an independent record of what was really heard, to check the core against.

It shares no code with the core on purpose: two accounts of one fact, and a call in which they
disagree has a bug in one of them. Simulated speech carries its own name (each item is made of a
byte of its own), so the ear knows what it hears by listening.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.sim.world import TICK_MS, Entry, FramesSent

SILENCE = 0xFF
BYTES_PER_MS = 8
FRAME_BYTES = 160
WHOLE_AT_THE_END = {
    c.HangUpReason.SILENCE,
    c.HangUpReason.USER_GOODBYE,
    c.HangUpReason.AGENT_GOODBYE,
}


class EarError(AssertionError):
    """The core acted on a wrong belief, or did what a caller should not have to hear."""


class Piece(Struct):
    """A stretch of one item's speech at the ear."""

    reply_id: str
    item_id: str
    starts: int  # in bytes since the call's start: eight a millisecond
    ends: int


class Ear:
    def __init__(self, *, gap_ms_max: int = 60, marks_lie: bool = False) -> None:
        self._gap_ms_max = gap_ms_max
        self._marks_lie = marks_lie  # the carrier says that it has played what it has not
        self._item_of_voice: dict[int, str] = {}
        self.reply_of_item: dict[str, str] = {}
        self._current: str | None = None  # the reply that the engine makes
        self._closed: set[str] = set()  # replies to which nothing may be added
        self._made: defaultdict[str, int] = defaultdict(int)  # by reply and by item
        self.texts: defaultdict[str, str] = defaultdict(str)
        self._played: defaultdict[str, int] = defaultdict(int)
        self._played_of_item: defaultdict[str, int] = defaultdict(int)
        self._cut: set[str] = set()
        self._lost: set[str] = set()  # items that the engine does not know any more
        self.pieces: list[Piece] = []
        """All that was heard, in order."""
        self._ends = 0
        self._speaker: str | None = None  # the reply that is heard
        self._speakers: set[str] = set()
        self._speaker_is_padded = False
        self._frame_at = -1_000
        self._more_was_there = False
        self._is_held = False
        self._unsettled: set[str] = set()  # items that lost speech, until the engine is told
        self._cleared_at = -1
        self._is_over = False

    def check(self, record: list[Entry]) -> None:
        """Hear the call as its caller did; raise if it was not as it should be."""
        for entry in record:
            if self._is_over:
                raise EarError(f"{entry.what} after the end")
            if self._unsettled and entry.at > self._cleared_at:
                raise EarError(f"the engine was not told that {self._unsettled} was cut")
            take = TAKES.get(type(entry.what))
            if take is not None:
                take(self, entry.what, entry.at)
        if not self._is_over:
            raise EarError("the call did not end")

    def frames(self, what: FramesSent, at: int) -> None:
        self._hear(what.audio, at)

    def audio(self, event: e.ReplyAudio, at: int) -> None:
        del at
        self._learn(event.reply_id, event.item_id, event.audio)

    def text(self, event: e.ReplyText, at: int) -> None:
        del at
        self._begins(event.reply_id)
        if event.reply_id not in self._closed:
            self.texts[event.item_id] += event.text

    def begun(self, event: e.ReplyStarted | e.ToolCalled, at: int) -> None:
        del at
        self._begins(event.reply_id)

    def over(self, what: e.ReplyDone | c.CancelReply, at: int) -> None:
        del at
        self._close(what.reply_id)

    def engine_lost(self, event: e.EngineLost, at: int) -> None:
        del event, at
        self._lost |= set(self.reply_of_item)
        if self._current is not None:
            self._close(self._current)

    def held(self, what: c.HoldSpeech, at: int) -> None:
        del what, at
        self._is_held = True

    def resumed(self, what: c.ResumeSpeech, at: int) -> None:
        del what
        self._is_held, self._frame_at = False, max(at - 1, self._frame_at)

    def cleared(self, what: c.ClearAudio, at: int) -> None:
        del what
        self._is_held = False
        self._clear(at)

    def truncated(self, what: c.TruncateItem, at: int) -> None:
        self._forgotten(what.item_id, what.heard_ms, at)

    def deleted(self, what: c.DeleteItem, at: int) -> None:
        self._forgotten(what.item_id, 0, at)

    def published(self, what: c.PublishTranscript, at: int) -> None:
        if what.final and what.role is c.Role.AGENT:
            self._compare_text(what.item_id, what.text, at)

    def hung_up(self, what: c.HangUp, at: int) -> None:
        self._is_over = True
        if what.reason in WHOLE_AT_THE_END:
            self._check_nothing_is_missing(at)

    # What is made

    def _begins(self, reply_id: str) -> None:
        if reply_id != self._current and reply_id not in self._closed:
            if self._current is not None:
                self._closed.add(self._current)
            self._current = reply_id

    def _close(self, reply_id: str) -> None:
        self._closed.add(reply_id)
        if self._current == reply_id:
            self._current = None

    def _learn(self, reply_id: str, item_id: str, audio: bytes) -> None:
        self._begins(reply_id)
        self._item_of_voice[audio[0]] = item_id
        self.reply_of_item[item_id] = reply_id
        if reply_id not in self._closed:
            self._made[reply_id] += len(audio)
            self._made[item_id] += len(audio)

    # What is heard

    def _hear(self, audio: bytes, at: int) -> None:
        if len(audio) % FRAME_BYTES:
            raise EarError(f"frames of {len(audio)} bytes")
        gap_ms = at - self._frame_at
        if gap_ms <= 0:
            raise EarError(f"two frames at {at} ms")
        if self._is_held:
            raise EarError(f"heard at {at} ms, while held")
        if self._more_was_there and gap_ms > self._gap_ms_max:
            raise EarError(f"{gap_ms} ms of silence within speech at {at} ms")
        self._ends = max(self._ends, at * BYTES_PER_MS)
        position = 0
        while position < len(audio):
            rest = audio[position:]
            size = len(rest) - len(rest.lstrip(rest[:1]))
            self._hear_voice(rest[0], size, at)
            position += size
        self._frame_at = at + TICK_MS * (len(audio) // FRAME_BYTES - 1)
        if self._ends > (self._frame_at + 2 * TICK_MS) * BYTES_PER_MS:
            raise EarError(f"more than two frames ahead at {at} ms")
        assert self._speaker is not None
        missing = self._made[self._speaker] - self._played[self._speaker]
        self._more_was_there = missing >= FRAME_BYTES

    def _hear_voice(self, voice: int, size: int, at: int) -> None:
        starts = self._ends
        self._ends = starts + size
        if voice == SILENCE:
            self._speaker_is_padded = True
            return
        item_id = self._item_of_voice[voice]
        reply_id = self.reply_of_item[item_id]
        if reply_id in self._cut:
            raise EarError(f"{item_id} heard again at {at} ms after the caller cut it off")
        if reply_id != self._speaker:
            if reply_id in self._speakers:
                raise EarError(f"{reply_id} interleaves with {self._speaker} at {at} ms")
            self._speaker, self._speaker_is_padded = reply_id, False
            self._speakers.add(reply_id)
        if self._speaker_is_padded:
            raise EarError(f"padding inside {reply_id} at {at} ms")
        self._played[reply_id] += size
        self._played_of_item[item_id] += size
        if self._played[reply_id] > self._made[reply_id]:
            raise EarError(f"more of {reply_id} heard than was made before it was closed")
        last = self.pieces[-1] if self.pieces else None
        if last is not None and last.item_id == item_id and last.ends == starts:
            last.ends = self._ends
        else:
            self.pieces.append(Piece(reply_id, item_id, starts, self._ends))

    def _clear(self, at: int) -> None:
        now = at * BYTES_PER_MS
        for piece in reversed(self.pieces):
            if piece.ends <= now:
                break
            lost = piece.ends - max(piece.starts, now)
            self._played_of_item[piece.item_id] -= lost
            piece.starts, piece.ends = min(piece.starts, now), now
        for item_id, reply_id in self.reply_of_item.items():
            if reply_id in self._cut:
                continue
            missing = self._made[item_id] - self._played_of_item[item_id]
            if missing >= BYTES_PER_MS and item_id not in self._lost:
                self._unsettled.add(item_id)
            elif missing:
                self._cut.add(reply_id)  # too little for the engine to be told
        self._ends = min(self._ends, now)
        self._cleared_at = at
        self._more_was_there = False

    def _heard_ms(self, item_id: str, at: int) -> int:
        now = at * BYTES_PER_MS
        pieces = (piece for piece in self.pieces if piece.item_id == item_id)
        return sum(max(0, min(p.ends, now) - p.starts) for p in pieces) // BYTES_PER_MS

    def _forgotten(self, item_id: str, believed_ms: int, at: int) -> None:
        self._unsettled.discard(item_id)
        self._cut.add(self.reply_of_item.get(item_id, ""))
        heard_ms = self._heard_ms(item_id, at)
        if heard_ms != believed_ms:
            raise EarError(
                f"core believes {believed_ms} ms of {item_id} were heard, ear: {heard_ms}"
            )

    # What is said of it

    def _compare_text(self, item_id: str, text: str, at: int) -> None:
        whole, made_ms = self.texts[item_id], self._made[item_id] // BYTES_PER_MS
        heard_ms = self._heard_ms(item_id, at)
        heard = whole[: len(whole) * heard_ms // made_ms] if heard_ms < made_ms else whole
        if text != heard and not self._marks_lie:
            raise EarError(f"transcript of {item_id}: {text!r}, heard: {heard!r}")

    def _check_nothing_is_missing(self, at: int) -> None:
        if self._ends > at * BYTES_PER_MS:
            raise EarError("hung up while the agent was still heard")
        orphans = {self.reply_of_item[item_id] for item_id in self._lost}
        for reply_id in set(self.reply_of_item.values()) - self._cut - orphans:
            if self._played[reply_id] != self._made[reply_id]:
                missing = self._made[reply_id] - self._played[reply_id]
                raise EarError(f"{missing} bytes of {reply_id} were never heard")


TAKES: dict[type, Callable[[Ear, Any, int], None]] = {
    FramesSent: Ear.frames,
    e.ReplyAudio: Ear.audio,
    e.ReplyText: Ear.text,
    e.ReplyStarted: Ear.begun,
    e.ToolCalled: Ear.begun,
    e.ReplyDone: Ear.over,
    e.EngineLost: Ear.engine_lost,
    c.CancelReply: Ear.over,
    c.HoldSpeech: Ear.held,
    c.ResumeSpeech: Ear.resumed,
    c.ClearAudio: Ear.cleared,
    c.TruncateItem: Ear.truncated,
    c.DeleteItem: Ear.deleted,
    c.PublishTranscript: Ear.published,
    c.HangUp: Ear.hung_up,
}
