"""What one call counts for its `[TX_METRICS]` and `[CALL_METRICS]` (requirements 1.3, 1.20).

Counting happens for every frame, so it is plain integers. A gap is only counted while the agent
speaks: between the last frame of one speech and the first of the next there is none to count, nor
while it is held because the caller seems to speak (C-03).
"""

import statistics

SECOND_MS = 1_000
QUEUE_FRAMES_MAX = 500
"""Shown in `[TX_METRICS]` as the capacity; what waits is bounded by back-pressure, not dropped."""
LATENCIES_MAX = 1_000

Fields = dict[str, str | int | float]


class Meter:
    __slots__ = (
        "_gap_in_second_ms",
        "_held_in_second",
        "_is_held",
        "_last_at",
        "_second_at",
        "_second_frames",
        "_speaking_frames",
        "_speaking_ms",
        "_speaking_since",
        "_turn_ended_at",
        "first_frame_at",
        "frames_in",
        "frames_out",
        "latencies_ms",
        "max_gap_ms",
    )

    def __init__(self) -> None:
        self.frames_in = 0
        self.frames_out = 0
        self.max_gap_ms = 0
        self.first_frame_at: int | None = None
        self.latencies_ms: list[int] = []
        self._is_held = False
        self._held_in_second = False
        self._turn_ended_at: int | None = None
        self._last_at = 0
        self._speaking_since: int | None = None
        self._second_at = 0
        self._second_frames = 0
        self._gap_in_second_ms = 0
        self._speaking_ms = 0
        self._speaking_frames = 0

    def sent(self, now: int) -> None:
        """A frame has gone to the carrier."""
        self.frames_out += 1
        self._second_frames += 1
        if self._speaking_since is None:
            self._began(now)
        else:
            gap_ms = now - self._last_at
            if gap_ms > self._gap_in_second_ms:  # noqa: PLR1730 - `max` is a call for every frame
                self._gap_in_second_ms = gap_ms
        self._last_at = now

    def fell_silent(self) -> None:
        """Nothing more is to be sent for now: finished, or cut off."""
        self._is_held = False
        self._speaking_since = None

    def held(self) -> None:
        """Nothing is sent until `resumed`, or until the speech is cut off."""
        self._is_held = True
        self._held_in_second = True

    def resumed(self, now: int) -> None:
        """What was held goes on: the next frame is measured from here."""
        self._is_held = False
        self._last_at = now
        self._turn_ended_at = None  # of what was no turn: it is not answered
        if self._speaking_since is not None:
            self._speaking_since = now

    def caller_turn_ended(self, now: int) -> None:
        self._turn_ended_at = now

    def second(self, now: int, waiting_ms: int) -> Fields:
        """The last second's figures; starts the next."""
        frames = self._second_frames
        length_ms = max(1, now - self._second_at)
        fps = frames * SECOND_MS / length_ms
        if self._held_in_second:
            state = "held"
            self._held_in_second = self._is_held
        elif self._speaking_since is not None and self._speaking_since <= self._second_at:
            state = "speaking"
            self._speaking_ms += length_ms
            self._speaking_frames += frames
        else:
            state = "partly" if frames else "idle"
        fields: Fields = {
            "fps": round(fps, 1),
            "max_gap_ms": self._gap_in_second_ms,
            "frames": frames,
            "q": f"{waiting_ms // 20}/{QUEUE_FRAMES_MAX}",
            "state": state,
        }
        self.max_gap_ms = max(self.max_gap_ms, self._gap_in_second_ms)
        self._second_at = now
        self._second_frames = 0
        self._gap_in_second_ms = 0
        return fields

    def totals(self) -> dict[str, int | float]:
        """The whole call's figures; fields that have no value are left out."""
        totals: dict[str, int | float] = {
            "frames_in": self.frames_in,
            "frames_out": self.frames_out,
            "max_gap_ms": max(self.max_gap_ms, self._gap_in_second_ms),
        }
        if self._speaking_ms:
            totals["avg_fps"] = round(self._speaking_frames * SECOND_MS / self._speaking_ms, 1)
        if self.first_frame_at is not None:
            totals["greeting_first_frame_ms"] = self.first_frame_at
        if self.latencies_ms:
            totals["reply_latency_p50_ms"] = round(statistics.median(self.latencies_ms))
            totals["reply_latency_max_ms"] = max(self.latencies_ms)
        return totals

    def _began(self, now: int) -> None:
        self._speaking_since = now
        if self.first_frame_at is None:
            self.first_frame_at = now
        if self._turn_ended_at is not None:
            if len(self.latencies_ms) < LATENCIES_MAX:
                self.latencies_ms.append(now - self._turn_ended_at)
            self._turn_ended_at = None
