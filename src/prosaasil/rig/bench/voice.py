"""The voice worker of a load run, in a process of its own: everything on, but no database."""

import sys
from pathlib import Path

from prosaasil.call.briefing import Briefing, Direction
from prosaasil.kit import telemetry
from prosaasil.live.engine import EngineAddress
from prosaasil.live.ports import CallOutcome, ClaimedCall
from prosaasil.live.worker import VoiceWorker, tune_process

from .child import Answer, Facts, be_child

SIGNED_URL = "wss://voice.example.com/media"
"""What the load's upgrades are signed for; where it really connects is this machine's affair."""
INSTRUCTIONS_CHARS = 4_000
"""About what a business's prompt takes."""


def briefing(name: str) -> Briefing:
    """A call of the load run; the engine finds its name in the instructions."""
    instructions = f"{name}\n" + "You are the agent of a clinic. " * (INSTRUCTIONS_CHARS // 31)
    return Briefing(
        business_id="bench",
        business_name="Bench",
        direction=Direction.INBOUND,
        language="he",
        instructions=instructions,
        instructions_hash="0" * 64,
        greeting="Hello, this is the clinic.",
        follow_up="Are you still there?",
        voice="marin",
        transcription_prompt="",
    )


class MemoryBook:
    """Every ticket is good; outcomes are counted and forgotten."""

    def __init__(self) -> None:
        self.finished = 0
        self.reasons: dict[str, int] = {}

    async def claim(
        self, ticket: str, *, carrier_call_sid: str, stream_sid: str, softphone: bool
    ) -> ClaimedCall:
        del carrier_call_sid, stream_sid, softphone
        return ClaimedCall(ticket, briefing(ticket))

    async def finish(self, outcome: CallOutcome) -> None:
        self.finished += 1
        self.reasons[outcome.reason] = self.reasons.get(outcome.reason, 0) + 1


async def main(facts: Facts) -> tuple[Facts, Answer]:
    telemetry.configure("voice", level="info", text=False, stream=sys.stderr)
    book = MemoryBook()
    worker = VoiceWorker(
        book=book,
        engine_factory=EngineAddress(facts["engine_url"], "no-key", "scripted"),
        recordings=Path(facts["data_dir"]),
        signed_url=SIGNED_URL,
        auth_token=facts["auth_token"],
    )
    port = await worker.start("127.0.0.1", 0)
    tune_process()

    async def answer(question: str, _: Facts) -> Facts:
        del question
        return {"finished": book.finished, "reasons": book.reasons}

    return {"url": f"ws://127.0.0.1:{port}/media", "signed_url": SIGNED_URL}, answer


if __name__ == "__main__":
    be_child(main)
