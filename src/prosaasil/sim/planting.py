"""What a planted bug is, and the worlds in which each kind shows soonest."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.sim import personas
from prosaasil.sim.caller import CallerTraits
from prosaasil.sim.engine_traits import EngineTraits
from prosaasil.sim.swarm import OPEN_ENDED, Options
from prosaasil.sim.world import Faults


class Mutant(Struct, frozen=True):
    name: str
    owner: type[Any] | ModuleType
    attribute: str
    replacement: Any
    options: Options | None = None
    """Where the bug shows soonest; else whatever the seeds draw."""

    @contextmanager
    def alive(self) -> Iterator[None]:
        original = vars(self.owner)[self.attribute]
        setattr(self.owner, self.attribute, self.replacement)
        try:
            yield
        finally:
            setattr(self.owner, self.attribute, original)


def _with(engine: EngineTraits, faults: Faults | None = None) -> Options:
    return Options(faults or Faults(), engine, caller=personas.CALLERS["plain"])


def _clean(caller: CallerTraits, engine: EngineTraits = personas.UNHURRIED) -> Options:
    return Options(engine=engine, caller=caller, is_clean=True)


PLAIN = _clean(personas.CALLERS["plain"])
SILENT = _clean(personas.CALLERS["silent"])
INTERRUPTED = _clean(replace(personas.CALLERS["interrupting"], acts=(4, 9)))
HESITANT = _clean(
    replace(personas.CALLERS["hesitant"], pauses=1.0, hums=0.0, acts=(5, 9)),
    EngineTraits(think_ms=(20, 300)),
)
HUMMED = _clean(personas.CALLERS["humming"])
BREATHED = _clean(personas.CALLERS["breathing"])
ECHOED = _clean(replace(personas.CALLERS["echoing"], echo_after_ms=(350, 400), echo_fools=0.9))
PARTING = _clean(replace(personas.CALLERS["parting"], thinks_again=0.7))
PARTING_OPEN = replace(PARTING, briefing=OPEN_ENDED)
AGENT_PARTING = _clean(personas.CALLERS["plain"], EngineTraits(says_goodbye=0.5))
STUBBORN = _with(EngineTraits(repeats_question=0.9, speaks_up=0.8, reply_ms=(600, 4_000)))
LOST_SOCKETS = _with(EngineTraits(loses_socket=0.2, calls_tools=0.4, slow_tools=0.9))
LOST_AND_INTERRUPTED = replace(LOST_SOCKETS, caller=INTERRUPTED.caller)
TOOLS = _clean(personas.CALLERS["plain"], EngineTraits(calls_tools=0.5))
LOST_TOOLS = _with(EngineTraits(calls_tools=0.5, fails_tools=0.5))
STALLS = _with(EngineTraits(never_ends=0.3))
NO_ENGINE = _with(EngineTraits(never_opens=0.5))


def losing(kind: type[object]) -> Options:
    """A world in which many events of one kind are lost."""
    faults = Faults(lose=0.5, lose_only=kind)
    return Options(faults, EngineTraits(chunk_gap_ms=(100, 800)), caller=INTERRUPTED.caller)
