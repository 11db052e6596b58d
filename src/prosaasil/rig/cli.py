"""`prosaasil call`, `prosaasil bench` and `prosaasil sim`: try the product, and measure it."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import typer
import uvloop
from rich.console import Console

from prosaasil.kit.config import Settings

from .bench import run
from .bench.figures import Comparison
from .installation import running
from .report import bench_table, call_table, verdicts
from .simulation import sim
from .sound import read_wav
from .speaking import speech_of
from .talker import Manners
from .trial import CallOrder, CallReport, place

BARGE_IN_AFTER_MS = 1_500
TABLE_COLUMNS = 140

Wavs = Annotated[list[Path] | None, typer.Option("--wav", help="A WAV file to say; repeatable.")]
Texts = Annotated[list[str] | None, typer.Option("--say", help="A sentence to say; repeatable.")]


def add_commands(app: typer.Typer) -> None:
    """Mount the rig's commands on the product's."""
    app.command(name="call")(call)
    app.command(name="bench")(bench)
    app.command(name="sim")(sim)


def call(
    out: Annotated[Path, typer.Option(help="Where the call's files go.")],
    wav: Wavs = None,
    say: Texts = None,
    business: Annotated[str, typer.Option(help="The business that is called.")] = "demo",
    to: Annotated[str, typer.Option(help="The number that is called.")] = "+97235550100",
    caller: Annotated[str, typer.Option("--from", help="The caller's number.")] = "+972501234567",
    keys: Annotated[str, typer.Option(help="Keys to press after the last sentence.")] = "",
    reference: Annotated[
        Path | None, typer.Option(help="What is said, as text: counts word errors.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language of --say.")] = "en",
    *,
    barge_in: Annotated[
        bool, typer.Option(help="Speak every second sentence over the agent.")
    ] = False,
) -> None:
    """Place a test call through the whole product, with recorded or made speech as the caller.

    It goes through the installation that runs with these settings, or through one started for it.
    Ends with 1 when the sound was not as it must be.
    """
    settings = Settings.from_env(os.environ, Path(".env"))
    order = CallOrder(
        business=business,
        called=to,
        caller=caller,
        sentences=[read_wav(path) for path in wav or ()]
        + [speech_of(text, language) for text in say or ()],
        keys=keys,
        manners=Manners(barge_in_after_ms=BARGE_IN_AFTER_MS if barge_in else None),
        reference=None if reference is None else reference.read_text(encoding="utf-8"),
    )
    report = uvloop.run(_call(settings, order, out))
    console = Console()
    for marker in report.markers:
        console.print(marker, markup=False, highlight=False)
    console.print(report.transcript, markup=False, highlight=False)
    console.print(call_table(report))
    breaches = report.breaches()
    for breach in breaches:
        console.print(f"out of bounds: {breach}", markup=False, style="red")
    console.print(f"Files in {out}", markup=False)
    raise typer.Exit(code=int(bool(breaches)))


def _wide_console() -> Console:
    """Tables of figures need room, also in a file."""
    console = Console()
    return console if console.is_terminal else Console(width=TABLE_COLUMNS)


async def _call(settings: Settings, order: CallOrder, out: Path) -> CallReport:
    async with running(settings) as installation:
        return await place(installation, order, out)


def bench(
    calls: Annotated[str, typer.Option(help="Numbers of calls, by commas.")] = "50",
    seconds: Annotated[float, typer.Option(help="How long each phase is measured.")] = 20,
    pairs: Annotated[int, typer.Option(help="How often floor and worker take turns.")] = 2,
    out: Annotated[Path | None, typer.Option(help="A file for the figures as JSON.")] = None,
    subject: Annotated[str, typer.Option(help="voice, floor or both.")] = "both",
    *,
    find_max: Annotated[
        bool, typer.Option(help="Find the most calls that keep every limit.")
    ] = False,
) -> None:
    """Measure the voice worker under load, against a bare relay in the same run.

    Ends with 1 when a limit of the sound is broken or a run is not valid.
    """
    subjects = ("floor", "voice") if subject == "both" else (subject,)
    orders = [run.Order(int(number), seconds, pairs, subjects) for number in calls.split(",")]
    console = _wide_console()

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    comparisons: list[Comparison] = []
    most: int | None = None
    with tempfile.TemporaryDirectory(prefix="bench-") as work:
        if find_max:
            most = asyncio.run(run.find_max(orders[0], Path(work), tell))
        else:
            comparisons += [asyncio.run(run.compare(order, Path(work), tell)) for order in orders]
    if comparisons:
        console.print(bench_table(comparisons))
    for comparison in comparisons:
        for line in verdicts(comparison):
            tell(line)
    if most is not None:
        tell(f"{most} calls keep every limit")
    if out is not None:
        figures = {"comparisons": comparisons, "calls_max": most}
        out.write_bytes(msgspec.json.format(msgspec.json.encode(figures)))
    is_good = all(item.is_valid and not item.breaches() for item in comparisons)
    raise typer.Exit(code=int(not is_good))
