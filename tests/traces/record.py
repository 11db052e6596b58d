"""Record the traces of this folder anew: calls of the acceptance scenarios on real sockets.

    .venv/bin/python tests/traces/record.py

A change of what a call does shows as a difference in `tests/call/test_recorded_calls.py`. If it is
meant, record again and read the difference in the commit.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from real_speech import RealSpeech  # noqa: E402 - the tests' own

from prosaasil.gate.scenario import DIRECTORY, Case, for_rig, load  # noqa: E402
from prosaasil.gate.sockets import Rig  # noqa: E402

RECORDED = ("A3", "B1", "B2", "C1", "Drawn", "End", "Endoff", "G", "RG3", "V1")
"""One case each; between them every rule of interruption, acceptance and ending acts."""


def cases() -> list[Case]:
    return [for_rig(load(DIRECTORY / f"{name}.toml"))[0] for name in RECORDED]


async def record(work: Path) -> None:
    async with Rig(work, RealSpeech()) as rig:
        for number, case in enumerate(cases(), 1):
            await rig.play_all([case])
            while rig.worker.census().outcomes_pending:  # noqa: ASYNC110 - has no event
                await asyncio.sleep(0)
            trace = work / f"gate-{number}" / "trace.jsonl"
            shutil.copyfile(trace, FOLDER / f"{RECORDED[number - 1]}.jsonl")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="prosaasil-traces-") as directory:
        asyncio.run(record(Path(directory)))
