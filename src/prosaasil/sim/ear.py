"""The caller's ear: an independent record of what was really heard, to check the core against.

It shares no code with the core on purpose: two accounts of one fact, and a call in which they
disagree has a bug in one of them. Simulated speech carries its own name (each item is made of a
byte of its own), so the ear knows what it hears by listening.
"""

from collections import defaultdict
from itertools import groupby

from msgspec import Struct

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.sim.world import Entry, FrameSent

SILENCE = 0xFF
BYTES_PER_MS = 8


class EarError(AssertionError):
    """The core acted on a wrong belief, or did what a caller should not have to hear."""


class _Sound(Struct):
    item_id: str
    starts: int  # in bytes since the call's start: eight a millisecond
    ends: int


class Ear:
    def __init__(self, *, gap_ms_max: int = 60, marks_lie: bool = False) -> None:
        self._gap_ms_max = gap_ms_max
        self._marks_lie = marks_lie  # the carrier says that it has played what it has not
        self._item_of_voice: dict[int, str] = {}
        self._reply_of_item: dict[str, str] = {}
        self._current: str | None = None  # the reply that the engine makes
        self._closed: set[str] = set()  # replies to which nothing may be added
        self._made: defaultdict[str, int] = defaultdict(int)  # by reply and by item
        self._texts: defaultdict[str, str] = defaultdict(str)
        self._played: defaultdict[str, int] = defaultdict(int)
        self._cut: set[str] = set()
        self._sounds: list[_Sound] = []
        self._ends = 0
        self._speaker: str | None = None  # the reply that is heard
        self._speakers: set[str] = set()
        self._speaker_is_padded = False
        self._frame_at = -1_000
        self._more_was_there = False
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
            self._take(entry.what, entry.at)
        if not self._is_over:
            raise EarError("the call did not end")

    def _take(self, what: e.Event | c.Command | FrameSent, at: int) -> None:
        match what:
            case FrameSent(audio):
                self._hear(audio, at)
            case e.ReplyStarted(reply_id):
                self._begins(reply_id)
            case e.ReplyAudio(reply_id, item_id, audio):
                self._learn(reply_id, item_id, audio)
            case e.ReplyText(reply_id, item_id, text):
                self._begins(reply_id)
                if reply_id not in self._closed:
                    self._texts[item_id] += text
            case e.ToolCalled(reply_id):
                self._begins(reply_id)
            case e.ReplyDone(reply_id):
                self._close(reply_id)
            case c.CancelReply(reply_id):
                self._close(reply_id)
            case c.ClearAudio():
                self._clear(at)
            case c.TruncateItem(item_id, heard_ms):
                self._forgotten(item_id, heard_ms, at)
            case c.DeleteItem(item_id):
                self._forgotten(item_id, 0, at)
            case c.PublishTranscript(c.Role.AGENT, item_id, text, True):
                self._compare_text(item_id, text, at)
            case c.HangUp(reason):
                self._is_over = True
                if reason is c.HangUpReason.SILENCE:
                    self._check_nothing_is_missing(at)
            case _:
                pass

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
        self._reply_of_item[item_id] = reply_id
        if reply_id not in self._closed:
            self._made[reply_id] += len(audio)
            self._made[item_id] += len(audio)

    def _hear(self, frame: bytes, at: int) -> None:
        if len(frame) != 160:
            raise EarError(f"a frame of {len(frame)} bytes")
        gap_ms = at - self._frame_at
        if gap_ms <= 0:
            raise EarError(f"two frames at {at} ms")
        if self._more_was_there and gap_ms > self._gap_ms_max:
            raise EarError(f"{gap_ms} ms of silence within speech at {at} ms")
        self._frame_at = at
        for voice, run in groupby(frame):
            self._hear_voice(voice, len(list(run)), at)
        if self._ends > (at + 2 * 20) * BYTES_PER_MS:
            raise EarError(f"more than two frames ahead at {at} ms")
        assert self._speaker is not None
        self._more_was_there = self._made[self._speaker] - self._played[self._speaker] >= 160

    def _hear_voice(self, voice: int, size: int, at: int) -> None:
        starts = max(self._ends, at * BYTES_PER_MS)
        self._ends = starts + size
        if voice == SILENCE:
            self._speaker_is_padded = True
            return
        item_id = self._item_of_voice[voice]
        reply_id = self._reply_of_item[item_id]
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
        if self._played[reply_id] > self._made[reply_id]:
            raise EarError(f"more of {reply_id} heard than was made before it was closed")
        self._sounds.append(_Sound(item_id, starts, self._ends))

    def _clear(self, at: int) -> None:
        now = at * BYTES_PER_MS
        for sound in self._sounds:
            if sound.ends > now and sound.ends - max(sound.starts, now) >= BYTES_PER_MS:
                self._unsettled.add(sound.item_id)
            sound.starts, sound.ends = min(sound.starts, now), min(sound.ends, now)
        for reply_id in set(self._reply_of_item.values()):
            if 0 < self._made[reply_id] - self._played[reply_id] < BYTES_PER_MS:
                self._cut.add(reply_id)  # too little for the engine to be told
        self._ends = min(self._ends, now)
        self._cleared_at = at
        self._more_was_there = False

    def _heard_ms(self, item_id: str, at: int) -> int:
        now = at * BYTES_PER_MS
        sounds = (sound for sound in self._sounds if sound.item_id == item_id)
        return sum(max(0, min(s.ends, now) - s.starts) for s in sounds) // BYTES_PER_MS

    def _forgotten(self, item_id: str, believed_ms: int, at: int) -> None:
        self._unsettled.discard(item_id)
        self._cut.add(self._reply_of_item.get(item_id, ""))
        heard_ms = self._heard_ms(item_id, at)
        if heard_ms != believed_ms:
            raise EarError(
                f"core believes {believed_ms} ms of {item_id} were heard, ear: {heard_ms}"
            )

    def _compare_text(self, item_id: str, text: str, at: int) -> None:
        whole, made_ms = self._texts[item_id], self._made[item_id] // BYTES_PER_MS
        heard_ms = self._heard_ms(item_id, at)
        heard = whole[: len(whole) * heard_ms // made_ms] if heard_ms < made_ms else whole
        if text != heard and not self._marks_lie:
            raise EarError(f"transcript of {item_id}: {text!r}, heard: {heard!r}")

    def _check_nothing_is_missing(self, at: int) -> None:
        if self._ends > at * BYTES_PER_MS:
            raise EarError("hung up while the agent was still heard")
        for reply_id in set(self._reply_of_item.values()) - self._cut:
            if self._played[reply_id] != self._made[reply_id]:
                missing = self._made[reply_id] - self._played[reply_id]
                raise EarError(f"{missing} bytes of {reply_id} were never heard")
