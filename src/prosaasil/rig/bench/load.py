"""The callers of a load run: hundreds of phones on one metronome, and what they heard.

They go straight to the media socket: webhooks are not part of what a voice worker costs.
"""

import asyncio
import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import Struct, to_builtins

from prosaasil.rig.cues import read_reply
from prosaasil.rig.ear import Ear
from prosaasil.rig.metronome import Metronome
from prosaasil.rig.phone import CallIds, Phone, UpgradeRefused, open_stream
from prosaasil.rig.stopwatch import now_us
from prosaasil.rig.voices import LoadCaller

from .child import Answer, Facts, be_child, usage

PHASES = 10
"""Calls send their frames at ten instants of each 20 ms, as strangers' calls do."""
DIALS_AT_ONCE = 20
CLOSE_LIMIT_S = 5


class Received(Struct):
    """What one caller got of one reply, by the numbers in its frames."""

    frames: int = 0
    next_index: int = 0
    lost: int = 0
    """Frames that later ones overtook: holes in the sound."""
    was_cut: bool = False
    after_cut: int = 0
    """Frames that came all the same, after the carrier was told to clear."""


class LoadPhone(Phone):
    """A phone that keeps count of every agent frame instead of its sound."""

    def __init__(self, number: int) -> None:
        sid = f"{number:032x}"
        super().__init__(
            CallIds(f"AC{0:032x}", f"CA{sid}", f"MZ{sid}"),
            {"ticket": f"bench-{number}", "direction": "inbound"},
            LoadCaller(),
            Ear(keeps_sound=False),
        )
        self.number = number
        self.replies: dict[int, Received] = {}
        self._reply: Received | None = None

    def heard_from(self, at_us: int, audio: bytes) -> None:
        super().heard_from(at_us, audio)
        frame = read_reply(audio)
        if frame is None:
            return
        received = self.replies.get(frame.reply)
        if received is None:
            received = self.replies[frame.reply] = Received()
            self.ear.stretch_ended_before()
        received.frames += 1
        received.after_cut += received.was_cut
        received.lost += abs(frame.index - received.next_index)
        received.next_index = frame.index + 1
        self._reply = received

    def was_cleared(self) -> None:
        if self._reply is not None:
            self._reply.was_cut = True


class Load:
    """All callers of one phase of the run."""

    def __init__(self, url: str, signed_url: str, auth_token: str, pid: int) -> None:
        self._url = url
        self._signed_url = signed_url
        self._auth_token = auth_token
        self._pid = pid
        self._metronome = Metronome(phases=PHASES)
        self._phones: list[LoadPhone] = []
        self._refused = 0
        self._window_us = 0

    async def answer(self, question: str, facts: Facts) -> Facts:
        match question:
            case "dial":
                await self._dial(facts["calls"], facts["ramp_s"])
                return {"refused": self._refused}
            case "listen":
                self._window_us = now_us()
                self._metronome.lateness_us = type(self._metronome.lateness_us)("L")
                return {}
            case _:
                return await self._hang_up()

    async def _dial(self, calls: int, ramp_s: float) -> None:
        for first in range(0, calls, DIALS_AT_ONCE):
            batch = range(first, min(first + DIALS_AT_ONCE, calls))
            await asyncio.gather(*(self._dial_one(number) for number in batch))
            await asyncio.sleep(ramp_s * len(batch) / calls)

    async def _dial_one(self, number: int) -> None:
        phone = LoadPhone(number)
        try:
            await open_stream(phone, self._url, self._auth_token, signed_url=self._signed_url)
        except UpgradeRefused:
            self._refused += 1
            return
        self._phones.append(phone)
        self._metronome.add(phone)

    async def _hang_up(self) -> Facts:
        until_us = now_us()
        lost_early = sum(phone.closed.is_set() for phone in self._phones)
        self._metronome.stop()
        for phone in self._phones:
            phone.hang_up()
        closing = asyncio.gather(*(phone.closed.wait() for phone in self._phones))
        await asyncio.wait_for(closing, CLOSE_LIMIT_S)
        return {**self._figures(until_us), "lost_early": lost_early}

    def _figures(self, until_us: int) -> Facts:
        ears = [phone.ear for phone in self._phones]
        since_us = self._window_us
        gaps = _joined(ear.gaps_us(since_us, until_us) for ear in ears)
        seconds = _joined(ear.frames_by_whole_second(since_us, until_us) for ear in ears)
        first_us = [e.arrivals[0] - e.started_us for e in ears if e.started_us and e.arrivals]
        lateness = np.array(self._metronome.lateness_us, dtype=np.int64)
        return {
            "window_us": until_us - since_us,
            "gap_ms": _percentiles(gaps),
            "fps": [int(seconds.min()), int(seconds.max())] if len(seconds) else None,
            "fps_outside": int(((seconds < 47) | (seconds > 52)).sum()),
            "first_frame_ms": _percentiles(np.array(first_us, dtype=np.int64)),
            "lateness_ms": _percentiles(lateness),
            "objections": sum(sum(phone.line.objections.values()) for phone in self._phones),
            "odd_frames": sum(ear.odd_frames for ear in ears),
            "clears": sum(phone.line.clears for phone in self._phones),
            "silent_calls": sum(not ear.arrivals for ear in ears),
            "frames_after_cut": sum(
                received.after_cut for phone in self._phones for received in phone.replies.values()
            ),
            "holds": {
                str(phone.number): [
                    to_builtins(hold) for hold in phone.ear.holds if hold.onset_us >= since_us
                ]
                for phone in self._phones
            },
            "cpu_ms": usage(self._pid).cpu_ms,
            "replies": {
                str(phone.number): {str(n): to_builtins(r) for n, r in phone.replies.items()}
                for phone in self._phones
            },
        }


def _joined(parts: Iterable[Any]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _percentiles(us: "np.ndarray[Any, np.dtype[np.int64]]") -> dict[str, float]:
    """The figures of a set of microseconds, in milliseconds."""
    if not len(us):
        return {}
    p50, p99, p999 = np.percentile(us, [50, 99, 99.9]) / 1_000
    return {
        "p50": round(float(p50), 3),
        "p99": round(float(p99), 3),
        "p99.9": round(float(p999), 3),
        "max": round(float(us.max()) / 1_000, 3),
        "count": len(us),
    }


async def main(facts: Facts) -> tuple[Facts, Answer]:
    load = Load(facts["url"], facts["signed_url"], facts["auth_token"], os.getpid())
    return {}, load.answer


if __name__ == "__main__":
    be_child(main)
