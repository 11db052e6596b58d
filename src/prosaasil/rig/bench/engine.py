"""The scripted engine of a load run, in a process of its own."""

import re
from typing import Any

import numpy as np
from msgspec import UnsetType

from prosaasil.rig.engine_session import EngineSession
from prosaasil.rig.script import Hearing, ReplyPlan, Script
from prosaasil.rig.scripted_engine import ScriptedEngine

from .child import Answer, Facts, be_child

GREETING_MS = 2_000
REPLY_MS = 5_000
_CALL = re.compile(r"bench-(\d+)")


def _plan(duration_ms: int) -> ReplyPlan:
    return ReplyPlan(
        audio=bytes(duration_ms * 8), text="The clinic is open until six.", first_after_ms=50
    )


SCRIPT = Script(
    replies=(_plan(GREETING_MS), _plan(REPLY_MS)),
    transcripts=("I would like to move my appointment to another day.",),
    hearing=Hearing.CUES,
    stamps_replies=True,
)


def _call_number(session: EngineSession) -> str | None:
    instructions = session.settings.instructions
    if isinstance(instructions, UnsetType):
        return None
    found = _CALL.search(instructions)
    return found[1] if found else None


class BenchEngine:
    """Answers for the sessions since it was last asked to begin anew."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine

    async def answer(self, question: str, facts: Facts) -> Facts:
        del facts
        match question:
            case "begin":
                self._engine.sockets.clear()
                self._engine.requests.clear()
                return {}
            case "listen":
                for session in self._engine.sessions:
                    del session.latencies_us[:]
                    del session.fillers_told_us[:]
                return {}
            case _:
                return self._tally()

    def _tally(self) -> Facts:
        sessions = self._engine.sessions
        latencies = [np.array(session.latencies_us, dtype=np.int64) for session in sessions]
        refusals = [code for session in sessions for code in session.refusals]
        return {
            "sessions": len(sessions),
            "latency_ms": _percentiles(np.concatenate(latencies) if latencies else np.zeros(0)),
            "refusals": {code: refusals.count(code) for code in sorted(set(refusals))},
            "appends": sum(session.appends for session in sessions),
            "received": _kinds(sessions),
            "fillers_told_us": {
                number: list(session.fillers_told_us)
                for session in sessions
                if (number := _call_number(session)) is not None
            },
            "replies": {
                number: {
                    str(reply.number): {
                        "frames": reply.sent_bytes // 160,
                        "is_done": reply.is_done,
                        "was_cut": reply.was_cut,
                    }
                    for reply in session.replies
                }
                for session in sessions
                if (number := _call_number(session)) is not None
            },
        }


def _kinds(sessions: list[EngineSession]) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for session in sessions:
        for received in session.received:
            kind = type(received.event).__name__
            kinds[kind] = kinds.get(kind, 0) + 1
    return kinds


def _percentiles(us: "np.ndarray[Any, Any]") -> dict[str, float]:
    if not len(us):
        return {}
    p50, p99 = np.percentile(us, [50, 99]) / 1_000
    return {"p50": round(float(p50), 3), "p99": round(float(p99), 3), "count": len(us)}


async def main(facts: Facts) -> tuple[Facts, Answer]:
    del facts
    engine = ScriptedEngine(SCRIPT)
    await engine.start()
    return {"url": engine.url}, BenchEngine(engine).answer


if __name__ == "__main__":
    be_child(main)
