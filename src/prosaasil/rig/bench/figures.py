"""PURE. What a load run found, phase by phase, and whether it keeps the limits."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

Facts = Mapping[str, Any]

HOLD_P95_MS_MAX, HOLD_P99_MS_MAX = 220.0, 260.0
"""From the caller's first sound to the agent's last (R-BI-03)."""
RESUME_P99_MS_MAX = 40.0
"""From the verdict that it was nothing, sent by the engine, to the agent's next frame (C-03)."""
GAP_MS_MAX = 60.0
"""At p99.9; a hole this long is heard."""
FPS_MIN, FPS_MAX = 47, 52
RATIO_MAX = 1.8
INBOUND_P50_MS_MAX = 2.0
MEMORY_KB_MAX = 300.0
FIRST_FRAME_MS_MAX = 250.0
LATENESS_P999_MS_MAX = 15.0
"""A generator that is later than this measures itself."""
GENERATOR_CORE_SHARE_MAX = 0.9


class Phase(Struct, frozen=True):
    """One stretch of load on one subject."""

    subject: str
    """`voice` or `floor`."""
    calls: int
    seconds: float
    cpu_ms: float
    """Per call and second, of the subject's process with all its threads."""
    memory_kb: float
    """Per call, over the same process without calls."""
    gap_ms: dict[str, float]
    fps: list[int] | None
    fps_outside: int
    """Whole seconds of speech with too few or too many frames."""
    frames_dropped: int
    frames_expected: int
    hold_ms: dict[str, float]
    resume_ms: dict[str, float]
    frames_after_cut: int
    """Of replies that had been cut off."""
    inbound_ms: dict[str, float]
    first_frame_ms: dict[str, float]
    objections: int
    """Messages that the carrier would have refused."""
    refusals: dict[str, int]
    """Errors that the engine told the subject."""
    calls_failed: int
    """Refused, silent, or ended before they were hung up."""
    lateness_ms: dict[str, float]
    generator_share: float
    """Of one core, used by callers and engine together."""

    @property
    def is_valid(self) -> bool:
        """Whether the load generator kept time; otherwise the phase says nothing of the subject."""
        return (
            self.lateness_ms.get("p99.9", 0) <= LATENESS_P999_MS_MAX
            and self.generator_share <= GENERATOR_CORE_SHARE_MAX
        )

    def breaches(self) -> list[str]:
        """The limits of every call's sound that this phase does not keep."""
        found = self._breaches_of_manners() if self.subject == "voice" else []
        if self.gap_ms.get("p99.9", 0) >= GAP_MS_MAX:
            found.append(f"gap p99.9 {self.gap_ms['p99.9']} ms")
        if self.frames_dropped:
            found.append(f"{self.frames_dropped} frames dropped")
        if self.calls_failed:
            found.append(f"{self.calls_failed} calls failed")
        if self.objections:
            found.append(f"{self.objections} messages refused by the carrier")
        return found

    def _breaches_of_manners(self) -> list[str]:
        """The floor has none: it is cut by any sound and never goes on."""
        found = []
        for name, limit in (("p95", HOLD_P95_MS_MAX), ("p99", HOLD_P99_MS_MAX)):
            if self.hold_ms.get(name, 0) > limit:
                found.append(f"hold {name} {self.hold_ms[name]} ms")
        if self.resume_ms.get("p99", 0) > RESUME_P99_MS_MAX:
            found.append(f"resume p99 {self.resume_ms['p99']} ms")
        if self.frames_after_cut:
            found.append(f"{self.frames_after_cut} frames after a cut")
        return found


class Comparison(Struct, frozen=True):
    """The phases at one number of calls."""

    calls: int
    phases: list[Phase]

    def of(self, subject: str) -> list[Phase]:
        return [phase for phase in self.phases if phase.subject == subject]

    def cpu_ms(self, subject: str) -> float:
        phases = self.of(subject)
        return sum(phase.cpu_ms for phase in phases) / len(phases) if phases else 0.0

    @property
    def ratio(self) -> float:
        """What the voice worker costs in floors."""
        floor = self.cpu_ms("floor")
        return self.cpu_ms("voice") / floor if floor else 0.0

    @property
    def is_valid(self) -> bool:
        return all(phase.is_valid for phase in self.of("voice"))

    def breaches(self) -> list[str]:
        return [breach for phase in self.of("voice") for breach in phase.breaches()]

    def misses(self) -> list[str]:
        """Our own aims for cost that this comparison does not reach."""
        voice = self.of("voice")
        found = []
        if self.of("floor") and self.ratio > RATIO_MAX:
            found.append(f"ratio {self.ratio:.2f} > {RATIO_MAX}")
        inbound = max((phase.inbound_ms.get("p50", 0) for phase in voice), default=0)
        if inbound >= INBOUND_P50_MS_MAX:
            found.append(f"inbound p50 {inbound} ms")
        memory = max((phase.memory_kb for phase in voice), default=0)
        if memory > MEMORY_KB_MAX:
            found.append(f"{memory:.0f} KB per call")
        first = max((phase.first_frame_ms.get("p50", 0) for phase in voice), default=0)
        if first > FIRST_FRAME_MS_MAX:
            found.append(f"greeting after {first:.0f} ms")
        return found


def dropped(made: Facts, received: Facts) -> tuple[int, int]:
    """(frames that never arrived, frames that should have): engine's books against callers'.

    A reply that was cut owes only what came before the cut; the last reply of a call may still have
    been on its way when everyone hung up; every other reply owes all its frames.
    """
    missing = expected = 0
    for call, replies in made.items():
        heard = received.get(call, {})
        last = max((int(number) for number in heard), default=-1)
        for number, reply in replies.items():
            got = heard.get(number)
            missing += got["lost"] if got else 0
            was_cut = reply["was_cut"] or (got is not None and got["was_cut"])
            if was_cut or not reply["is_done"] or int(number) >= last:
                continue
            expected += reply["frames"]
            missing += max(0, reply["frames"] - (got["frames"] if got else 0))
    return missing, expected


def hold_figures(holds: Facts) -> dict[str, float]:
    """From the caller's first sound to the last frame before the agent was silent, in ms."""
    return _percentiles(
        hold["last_us"] - hold["onset_us"] for call in holds.values() for hold in call
    )


def resume_figures(told: Facts, holds: Facts) -> dict[str, float]:
    """From the engine's word that it was a filler to the agent's next frame, in ms."""
    return _percentiles(
        hold["resumed_us"] - max(at_us for at_us in told[call] if at_us <= hold["resumed_us"])
        for call, call_holds in holds.items()
        for hold in call_holds
        if hold["resumed_us"] is not None
        and any(hold["last_us"] < at_us <= hold["resumed_us"] for at_us in told.get(call, ()))
    )


def _percentiles(spans_us: Iterable[int]) -> dict[str, float]:
    spans = sorted(spans_us)
    if not spans:
        return {}
    last = len(spans) - 1
    found = {name: spans[round(last * share)] / 1_000 for name, share in _SHARES.items()}
    return {**found, "count": len(spans)}


_SHARES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
