"""A load run: the phases in order, each with fresh processes, and what they saw put together.

Floor and voice worker take turns within one run, because the speed of a shared machine drifts: the
figure that counts is the ratio of neighbours.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from .child import Child, Facts, Usage, usage
from .figures import Comparison, Phase, dropped, hold_figures, resume_figures

AUTH_TOKEN = "bench-token-of-no-account"  # noqa: S105 - signs sockets of this machine only
CALLS_PER_SECOND = 100
"""Calls come in at this rate until all are there."""
SETTLE_S = 2.0
CALLS_MAX = 6_400
"""More sockets than this one address cannot have at both ends."""


class Order(Struct, frozen=True):
    """What to run."""

    calls: int
    seconds: float
    pairs: int = 2
    """Times that floor and voice worker take turns."""
    subjects: tuple[str, ...] = ("floor", "voice")


Say = Callable[[str], None]


def cores() -> tuple[int | None, int | None]:
    """(the subject's core, everyone else's core), where the system lets us choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)


async def compare(order: Order, work_dir: Path, say: Say) -> Comparison:
    """Let the subjects take turns at one number of calls."""
    phases = []
    for _ in range(order.pairs):
        for subject in order.subjects:
            phases.append(await play(subject, order, work_dir))
            say(summary(phases[-1]))
    return Comparison(order.calls, phases)


async def play(subject: str, order: Order, work_dir: Path) -> Phase:
    """One phase: fresh processes, all calls up, a window of quiet listening, hang up."""
    subject_core, other_core = cores()
    children: list[Child] = []

    async def begin(name: str, facts: Facts, core: int | None) -> Child:
        child = await Child.start(name, facts, core=core, log_dir=work_dir)
        children.append(child)
        return child

    try:
        engine = await begin("engine", {}, other_core)
        facts = {
            "engine_url": engine.ready["url"],
            "auth_token": AUTH_TOKEN,
            "data_dir": str(work_dir / "data"),
        }
        measured = await begin(subject, facts, subject_core)
        facts = {**measured.ready, "auth_token": AUTH_TOKEN}
        load = await begin("load", facts, other_core)
        return await _measure(subject, order, engine, measured, load)
    finally:
        for child in reversed(children):
            await child.stop()


async def _measure(
    subject: str, order: Order, engine: Child, measured: Child, load: Child
) -> Phase:
    idle = usage(measured.pid)
    dialled = await load.ask("dial", calls=order.calls, ramp_s=order.calls / CALLS_PER_SECOND)
    await asyncio.sleep(SETTLE_S)
    await load.ask("listen")
    await engine.ask("listen")
    before = [usage(child.pid) for child in (measured, engine, load)]
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(order.seconds)
    seconds = loop.time() - began
    after = [usage(child.pid) for child in (measured, engine, load)]
    heard = await load.ask("hang_up")
    made = await engine.ask("tally")
    missing, expected = dropped(made["replies"], heard["replies"])
    others_ms = sum(_spent(*pair) for pair in zip(before[1:], after[1:], strict=True))
    return Phase(
        subject=subject,
        calls=order.calls,
        seconds=round(seconds, 2),
        cpu_ms=round(_spent(before[0], after[0]) / seconds / order.calls, 4),
        memory_kb=round((after[0].memory_kb - idle.memory_kb) / order.calls, 1),
        gap_ms=heard["gap_ms"],
        fps=heard["fps"],
        fps_outside=heard["fps_outside"],
        frames_dropped=missing,
        frames_expected=expected,
        hold_ms=hold_figures(heard["holds"]),
        resume_ms=resume_figures(made["fillers_told_us"], heard["holds"]),
        frames_after_cut=heard["frames_after_cut"],
        inbound_ms=made["latency_ms"],
        first_frame_ms=heard["first_frame_ms"],
        objections=heard["objections"] + heard["odd_frames"],
        refusals=made["refusals"],
        calls_failed=dialled["refused"] + heard["lost_early"] + heard["silent_calls"],
        lateness_ms=heard["lateness_ms"],
        generator_share=round(others_ms / 1_000 / seconds, 3),
    )


def _spent(before: Usage, after: Usage) -> float:
    return after.cpu_ms - before.cpu_ms


def summary(phase: Phase) -> str:
    verdict = "; ".join(phase.breaches()) or "limits kept"
    return (
        f"{phase.subject:5} {phase.calls:5} calls  {phase.cpu_ms:.3f} ms/call-s  "
        f"gap p99.9 {phase.gap_ms.get('p99.9', 0):.1f} ms  {verdict}"
        + ("" if phase.is_valid else "  (the load generator was late)")
    )


async def find_max(order: Order, work_dir: Path, say: Say, *, step: int = 50) -> int:
    """The largest number of calls, in steps, with which the voice worker keeps every limit.

    A load generator that is late catches up: the same load, only in bursts, and heard later. So
    limits that are kept all the same are kept; it is a broken one that then says little.
    """

    async def keeps(calls: int) -> bool:
        phase = await play("voice", Order(calls, order.seconds), work_dir)
        say(summary(phase))
        return not phase.breaches()

    return await largest(order.calls, step, keeps)


async def largest(start: int, step: int, keeps: Callable[[int], Awaitable[bool]]) -> int:
    """The largest multiple of `step` that keeps, given that larger ones keep worse: growing by a
    half, then halving the distance; 0 when not even one step does.
    """
    good, bad = 0, CALLS_MAX + step
    calls = max(step, start // step * step)
    while bad - good > step:
        if await keeps(calls):
            good = calls
        else:
            bad = calls
        middle = (good + bad) // 2 // step * step
        grown = good * 3 // 2 // step * step
        calls = min(grown, middle) if bad > CALLS_MAX and good else middle
        calls = max(good + step, calls)
    return good
