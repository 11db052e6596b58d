"""What the rig's commands print: tables that a person reads."""

from collections.abc import Iterable, Sequence

from rich.table import Table

from .bench.figures import Comparison, Phase
from .trial import CallReport


def call_table(report: CallReport) -> Table:
    hearing = report.hearing
    table = Table(title=f"Call {report.call_id}", show_header=False)
    latencies = [
        "none" if answer.latency_ms is None else f"{answer.latency_ms} ms"
        for answer in hearing.answers
    ]
    rows = {
        "agent frames": hearing.frames,
        "agent heard": f"{hearing.played_ms / 1_000:.1f} s",
        "frames per second of speech": _range(hearing.fps_min, hearing.fps_max),
        "gap p99 / max": f"{hearing.gap_ms_p99:.1f} / {hearing.gap_ms_max:.1f} ms",
        "first frame after start": "none"
        if hearing.first_frame_ms is None
        else f"{hearing.first_frame_ms:.0f} ms",
        "answers after": ", ".join(latencies) or "none",
        "not answered": report.unanswered,
    }
    if report.word_errors is not None:
        errors = report.word_errors
        rows["word errors"] = f"{errors.errors} of {errors.words} ({errors.rate:.1%})"
    for name, value in rows.items():
        table.add_row(name, str(value))
    return table


def bench_table(comparisons: Sequence[Comparison]) -> Table:
    table = Table(title="Load")
    for heading in (
        "calls",
        "subject",
        "CPU ms/call-s",
        "gap p50/p99/p99.9/max ms",
        "fps",
        "dropped",
        "hold p50/p95/p99 ms",
        "resume p50/p99 ms",
        "after cut",
        "inbound p50/p99 ms",
        "KB/call",
        "greeting ms",
        "generator",
    ):
        table.add_column(heading, justify="right")
    for comparison in comparisons:
        for phase in comparison.phases:
            table.add_row(*_cells(phase))
        table.add_section()
    return table


def _cells(phase: Phase) -> Iterable[str]:
    gap, inbound = phase.gap_ms, phase.inbound_ms
    return (
        str(phase.calls),
        phase.subject,
        f"{phase.cpu_ms:.3f}",
        "/".join(f"{gap[key]:.1f}" for key in ("p50", "p99", "p99.9", "max") if key in gap),
        "-" if phase.fps is None else f"{phase.fps[0]}-{phase.fps[1]}",
        f"{phase.frames_dropped}/{phase.frames_expected}",
        "/".join(f"{phase.hold_ms[key]:.0f}" for key in ("p50", "p95", "p99") if phase.hold_ms),
        "/".join(f"{phase.resume_ms[key]:.1f}" for key in ("p50", "p99") if phase.resume_ms),
        str(phase.frames_after_cut),
        "/".join(f"{inbound[key]:.2f}" for key in ("p50", "p99") if key in inbound),
        f"{phase.memory_kb:.0f}",
        f"{phase.first_frame_ms.get('p50', 0):.0f}",
        f"{phase.generator_share:.0%}" + ("" if phase.is_valid else " late"),
    )


def verdicts(comparison: Comparison) -> list[str]:
    """What is to be said of one number of calls, a line each."""
    found = []
    if comparison.of("floor") and comparison.of("voice"):
        found.append(
            f"{comparison.calls} calls: voice {comparison.cpu_ms('voice'):.3f} ms, "
            f"floor {comparison.cpu_ms('floor'):.3f} ms, ratio {comparison.ratio:.2f}"
        )
    if not comparison.is_valid:
        found.append(f"{comparison.calls} calls: not valid, the load generator was late")
    found += [f"{comparison.calls} calls: limit broken: {what}" for what in comparison.breaches()]
    found += [f"{comparison.calls} calls: aim missed: {what}" for what in comparison.misses()]
    return found


def _range(least: int | None, most: int | None) -> str:
    return "no whole second" if least is None else f"{least} to {most}"
