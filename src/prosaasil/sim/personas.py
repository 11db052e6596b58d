"""The kinds of callers, lines, engines and carriers from which a seed draws a call's world."""

from random import Random

from prosaasil.sim.caller import CallerTraits
from prosaasil.sim.carrier import CarrierTraits
from prosaasil.sim.engine_traits import EngineTraits

CALLERS = {
    "plain": CallerTraits(),
    "quick": CallerTraits(answers_after_ms=(100, 300), stays_silent=0.0),
    "early": CallerTraits(answers_after_ms=(-500, 200), stays_silent=0.0),
    "slow": CallerTraits(answers_after_ms=(2_000, 9_000)),
    "interrupting": CallerTraits(interrupts=0.6, interrupts_again=0.5, acts=(3, 9)),
    "humming": CallerTraits(hums=0.5, breathes=0.3),
    "breathing": CallerTraits(breathes=0.7, breath_ms=(60, 1_500), breath_fools=0.5),
    "silent": CallerTraits(acts=(0, 1), stays_silent=1.0),
    "noisy": CallerTraits(noise=0.2, breath_fools=0.3),
    "echoing": CallerTraits(echo=0.7, interrupts=0.2),
    "polyglot": CallerTraits(languages=4, pauses=0.2),
    "hesitant": CallerTraits(pauses=0.7, hums=0.3, stays_silent=0.0),
    "typing": CallerTraits(types=0.6, interrupts=0.3),
    "parting": CallerTraits(acts=(0, 4), says_goodbye=1.0, thinks_again=0.4, hums=0.1),
    "all at once": CallerTraits(
        interrupts=0.3,
        hums=0.2,
        breathes=0.2,
        types=0.1,
        pauses=0.2,
        languages=4,
        noise=0.05,
        says_goodbye=0.4,
        thinks_again=0.3,
        acts=(2, 10),
    ),
}

UNHURRIED = EngineTraits(
    has_two_items=0.2, think_ms=(200, 2_000), cancel_ms=(20, 1_500), calls_tools=0.1, slow_tools=0.3
)
"""Faultless, and at times slower than its caller."""
FAULTLESS = (
    UNHURRIED,
    EngineTraits(),
    EngineTraits(
        chunk_bytes=(1_600, 16_000), chunk_gap_ms=(0, 400), transcript_ms=(100, 500), open_ms=400
    ),
    EngineTraits(reply_ms=(4_000, 20_000), chunk_bytes=(800, 8_000), chunk_gap_ms=(50, 300)),
    EngineTraits(reply_ms=(500, 3_000), says_goodbye=0.1),
)
"""All do what they are asked, each in its own time."""


def caller(draw: Random) -> CallerTraits:
    return CALLERS[draw.choice(tuple(CALLERS))]


def _maybe(draw: Random, probability: float) -> float:
    return probability if draw.random() < 0.25 else 0.0


PACES = (
    ((1, 320), (0, 12)),
    ((400, 3_000), (0, 100)),
    ((400, 3_000), (0, 20)),
    ((800, 8_000), (50, 400)),
    ((1_600, 16_000), (0, 500)),
    ((4_000, 40_000), (0, 60)),
)
"""Sizes of the engine's pieces and the pauses between them; all are faster than life."""


LENGTHS = ((1, 100), (300, 12_000), (300, 12_000), (600, 5_000), (5_000, 30_000))


def faulty_engine(draw: Random) -> EngineTraits:
    chunk_bytes, chunk_gap_ms = draw.choice(PACES)
    return EngineTraits(
        names_requests=draw.random() < 0.8,
        reply_ms=draw.choice(LENGTHS),
        chunk_bytes=chunk_bytes,
        chunk_gap_ms=chunk_gap_ms,
        session_ms=draw.choice([0, 0, 0, 20_000]),
        answers_by_itself=_maybe(draw, 0.3),
        interrupts_itself=_maybe(draw, 0.3),
        speaks_up=_maybe(draw, 0.3),
        never_opens=_maybe(draw, 0.1),
        ignores_settings=_maybe(draw, 0.3),
        refuses=_maybe(draw, 0.1),
        never_starts=_maybe(draw, 0.1),
        starts_late=_maybe(draw, 0.1),
        never_ends=_maybe(draw, 0.1),
        pauses=_maybe(draw, 0.05),
        says_nothing=_maybe(draw, 0.2),
        fails=_maybe(draw, 0.1),
        cancels_itself=_maybe(draw, 0.1),
        has_two_items=_maybe(draw, 0.3),
        calls_tools=_maybe(draw, 0.3),
        slow_tools=_maybe(draw, 0.5),
        slow_tool_ms=draw.choice([(1_600, 8_000), (8_000, 14_000)]),
        fails_tools=_maybe(draw, 0.3),
        says_goodbye=_maybe(draw, 0.1),
        repeats_question=_maybe(draw, 0.5),
        mishears=_maybe(draw, 0.2),
        never_transcribes=_maybe(draw, 0.2),
        transcribes_late=_maybe(draw, 0.3),
        transcribes_first=_maybe(draw, 0.3),
        loses_socket=_maybe(draw, 0.1),
    )


def faulty_carrier(draw: Random) -> CarrierTraits:
    return CarrierTraits(
        mark_delay_ms=draw.choice([(5, 80), (5, 80), (5, 900)]),
        loses_marks=_maybe(draw, 0.3),
        very_late_marks=_maybe(draw, 0.3),
        repeats_marks=_maybe(draw, 0.3),
        early_marks=_maybe(draw, 0.3),
        drops_call=_maybe(draw, 0.05),
    )
