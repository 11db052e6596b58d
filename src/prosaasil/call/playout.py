"""Pacing: one 160-byte frame at a time to the carrier, and how much of it the caller has heard.

Theory of operation
===================

The engine makes speech several times faster than it is spoken. Sent on at once, it would lie in the
carrier's buffer, where an interruption can no longer stop it nor say how much of it was heard. So
the speech waits here, and the process-wide pacer asks each 20 ms for the next frame. The carrier
never holds more than `ahead_frames_max` frames that it has not played.

Replies play one after another, in the order in which they began to be made. A frame may join the
end of one chunk to the start of the next, also across the items of a reply; only the last frame of
a reply is filled up, with silence. A reply that is not ended therefore keeps up to 159 bytes back,
and keeps the replies behind it waiting: whoever adds to a reply must end it.

The ear's clock: frames play one after another, so a frame starts when the one before it ends, or
when it is sent, whichever is later. At any moment the unheard part of what was sent is one piece at
its end, `ends_at - now` long. Thus "heard" needs no record of single frames.

A held playout gives no frame and loses none: resumed, it goes on with the next.
"""

from collections import deque

from msgspec import Struct

BYTES_PER_MS = 8
FRAME_BYTES = 160
FRAME_MS = 20
SILENCE = b"\xff" * FRAME_BYTES


class Heard(Struct, frozen=True):
    """How much was heard of an item that lost its end."""

    reply_id: str
    item_id: str
    heard_ms: int
    made_ms: int


class _Run:
    """A stretch of one item's speech within one reply."""

    __slots__ = ("item_id", "made", "padding", "reply_id", "sent")

    def __init__(self, reply_id: str, item_id: str) -> None:
        self.reply_id = reply_id
        self.item_id = item_id
        self.made = 0  # bytes, as `sent` and `padding`
        self.sent = 0
        self.padding = 0


class _Reply:
    """A reply of which not everything has been sent."""

    __slots__ = ("chunks", "is_ended", "reply_id", "runs", "waiting")

    def __init__(self, reply_id: str) -> None:
        self.reply_id = reply_id
        self.is_ended = False
        self.runs: list[_Run] = []
        self.chunks: deque[tuple[_Run, bytes]] = deque()
        self.waiting = 0  # bytes in `chunks`

    def add(self, item_id: str, audio: bytes) -> None:
        if not self.runs or self.runs[-1].item_id != item_id:
            self.runs.append(_Run(self.reply_id, item_id))
        run = self.runs[-1]
        run.made += len(audio)
        self.chunks.append((run, audio))
        self.waiting += len(audio)


class Playout:
    """The agent's speech between the engine and the carrier."""

    __slots__ = (
        "_chunk",
        "_ends_at",
        "_finished",
        "_lead_ms",
        "_made",
        "_offset",
        "_replies",
        "_run",
        "_sent",
        "_size",
        "_tail_bytes",
        "frames_sent",
        "is_held",
    )

    def __init__(self, ahead_frames_max: int = 2) -> None:
        assert ahead_frames_max >= 1
        self._lead_ms = (ahead_frames_max - 1) * FRAME_MS  # with more in hand, wait
        self._tail_bytes = ahead_frames_max * FRAME_BYTES  # the most that is sent and unheard
        self._replies: deque[_Reply] = deque()
        self._sent: list[_Run] = []  # wholly sent, perhaps not wholly heard; in order of playing
        self._made: dict[str, int] = {}
        self._finished: list[str] = []
        self._ends_at = 0
        # The chunk in hand; the only state that an ordinary frame touches.
        self._chunk = b""
        self._offset = 0
        self._size = 0
        self._run = _Run("", "")
        self.frames_sent = 0
        """Since the call began."""
        self.is_held = False
        """No frame leaves until this is false again."""

    def add(self, reply_id: str, item_id: str, audio: bytes) -> None:
        """Let this be played after everything that waits of the same reply."""
        if not audio:
            return
        reply = self._find(reply_id)
        if reply is None:
            reply = _Reply(reply_id)
            self._replies.append(reply)
        assert not reply.is_ended, "a reply grew after its end"
        reply.add(item_id, audio)
        self._made[item_id] = self._made.get(item_id, 0) + len(audio)
        if self._offset == self._size:
            self._take_next_chunk()

    def end(self, reply_id: str) -> None:
        """Nothing more comes of this reply: its last frame may be filled up with silence."""
        reply = self._find(reply_id)
        if reply is not None:
            reply.is_ended = True
            if self._offset == self._size:
                self._take_next_chunk()

    def next_frame(self, now: int) -> bytes | None:
        """The frame to send now, if one is due; asked by the pacer once in 20 ms."""
        if self.is_held:
            return None
        offset = self._offset
        stop = offset + FRAME_BYTES
        if stop > self._size:
            return self._joined_frame(now) if self._replies else None
        ends_at = self._ends_at
        if ends_at <= now:
            self._ends_at = now + FRAME_MS
        elif ends_at - now <= self._lead_ms:
            self._ends_at = ends_at + FRAME_MS
        else:
            return None
        frame = self._chunk[offset:stop]
        self._offset = stop
        self._run.sent += FRAME_BYTES
        self.frames_sent += 1
        if stop == self._size:
            self._take_next_chunk()
        return frame

    def drop(self, now: int) -> list[Heard]:
        """Forget all unheard speech; say how much was heard of each item that loses some of it."""
        runs = self._sent + [run for reply in self._replies for run in reply.runs]
        self._take_back(runs, max(0, self._ends_at - now) * BYTES_PER_MS)
        heard: dict[str, int] = {}
        for run in runs:
            heard[run.item_id] = heard.get(run.item_id, 0) + run.sent
        replies = {run.item_id: run.reply_id for run in runs}
        self._forget(now)
        return [
            Heard(replies[item_id], item_id, size // BYTES_PER_MS, self.made_ms(item_id))
            for item_id, size in heard.items()
            if size // BYTES_PER_MS < self.made_ms(item_id)
        ]

    def drop_waiting(self) -> list[Heard]:
        """Forget all that waits, of which nothing was sent; what was sent before plays to its end.

        The items that lose all of themselves.
        """
        assert not self.is_mid_reply
        runs = [run for reply in self._replies for run in reply.runs]
        self._replies.clear()
        self._take_next_chunk()
        items = {run.item_id: run.reply_id for run in runs}
        return [
            Heard(reply_id, item_id, 0, self.made_ms(item_id))
            for item_id, reply_id in items.items()
        ]

    def finished(self) -> list[str]:
        """Replies whose last frame was sent since this was last asked; `drained` until then."""
        finished, self._finished = self._finished, []
        return finished

    def pass_over(self, frames_sent: int, ends_at: int) -> None:
        """Replay what a pacer did, known by its outcome (see `trace`)."""
        while self.frames_sent < frames_sent and self.next_frame(self._ends_at) is not None:
            pass
        self._ends_at = ends_at

    @property
    def is_mid_reply(self) -> bool:
        """The caller has begun to hear a reply that has not been sent to its end."""
        return bool(self._replies) and self._replies[0].runs[0].sent > 0

    @property
    def replies_waiting(self) -> int:
        """How many are not sent to their end, the one that plays among them."""
        return len(self._replies)

    @property
    def reply_id(self) -> str:
        """The reply that plays or plays next; empty when there is none."""
        return self._replies[0].reply_id if self._replies else ""

    @property
    def drained(self) -> bool:
        """The last frame of a reply was sent and the core does not know it yet."""
        return bool(self._finished)

    @property
    def ends_at(self) -> int:
        """When the ear has everything that was sent."""
        return self._ends_at

    def is_silent(self, now: int) -> bool:
        return self._ends_at <= now and not self._waiting_bytes()

    @property
    def waiting_ms(self) -> int:
        """How much speech is not sent yet."""
        return self._waiting_bytes() // BYTES_PER_MS

    def items(self) -> set[str]:
        """All items that were ever played or wait."""
        return set(self._made)

    def made_ms(self, item_id: str) -> int:
        return self._made.get(item_id, 0) // BYTES_PER_MS

    def _waiting_bytes(self) -> int:
        in_hand = self._size - self._offset
        if len(self._replies) == 1:  # the usual case, made quick
            return in_hand + self._replies[0].waiting
        return in_hand + sum(reply.waiting for reply in self._replies)

    def _find(self, reply_id: str) -> _Reply | None:
        return next((reply for reply in self._replies if reply.reply_id == reply_id), None)

    def _joined_frame(self, now: int) -> bytes | None:
        """A frame from more than one chunk, or the last of its reply."""
        reply = self._replies[0]
        if self._size - self._offset + reply.waiting < FRAME_BYTES and not reply.is_ended:
            return None
        if self._ends_at - now > self._lead_ms:
            return None
        parts: list[bytes] = []
        missing = FRAME_BYTES
        while missing and self._offset < self._size:
            part = self._chunk[self._offset : self._offset + missing]
            parts.append(part)
            missing -= len(part)
            self._offset += len(part)
            self._run.sent += len(part)
            if self._offset == self._size and reply.chunks:
                self._take_next_chunk()
        if missing:
            self._run.padding = missing
            parts.append(SILENCE[:missing])
        if self._offset == self._size:
            self._take_next_chunk()
        self._ends_at = max(self._ends_at, now) + FRAME_MS
        self.frames_sent += 1
        return b"".join(parts)

    def _take_next_chunk(self) -> None:
        """Take the next chunk in hand; a reply of which nothing is left to come is finished."""
        while self._replies:
            reply = self._replies[0]
            if reply.chunks:
                self._run, self._chunk = reply.chunks.popleft()
                self._offset, self._size = 0, len(self._chunk)
                reply.waiting -= self._size
                return
            if not reply.is_ended:
                break
            self._replies.popleft()
            self._finished.append(reply.reply_id)
            if sum(run.sent + run.padding for run in reply.runs) >= self._tail_bytes:
                self._sent.clear()  # all of it has been heard by now
            self._sent += reply.runs
        self._chunk = b""
        self._offset = self._size = 0

    @staticmethod
    def _take_back(runs: list[_Run], unheard: int) -> None:
        """The last `unheard` bytes that were sent do not count."""
        for run in reversed(runs):
            unheard -= min(unheard, run.padding)
            back = min(unheard, run.sent)
            run.sent -= back
            unheard -= back

    def _forget(self, now: int) -> None:
        self._replies.clear()
        self._sent.clear()
        self._finished.clear()
        self._take_next_chunk()
        self._ends_at = min(self._ends_at, now)
