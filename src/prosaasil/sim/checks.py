"""All checks of a call, each where it may be asked for.

Some hold in every world; some only where no fact is lost on its way to the core; and some, which
bound the core's patience, only in a world without faults.
"""

from collections.abc import Iterator

from msgspec import Struct

from prosaasil.call.briefing import Briefing
from prosaasil.sim import answers, hush, notes
from prosaasil.sim.account import Account
from prosaasil.sim.ear import Ear
from prosaasil.sim.engine import Engine
from prosaasil.sim.line import Sound
from prosaasil.sim.phrases import Meaning
from prosaasil.sim.world import World


class Strictness(Struct, frozen=True):
    """What may be asked of the core in a world."""

    is_clean: bool
    facts_arrive: bool
    """No event is lost or comes twice."""
    gap_ms_max: int
    marks_lie: bool


def complaints(
    world: World, engine: Engine, sounds: list[Sound], strictness: Strictness
) -> Iterator[str]:
    """What was wrong with a call; raises already for what the ear could not believe."""
    ear = Ear(gap_ms_max=strictness.gap_ms_max, marks_lie=strictness.marks_lie)
    ear.check(world.record)
    account = Account(world.record, ear.pieces, sounds, engine)
    briefing = world.briefing
    yield from notes.verdicts(account)
    yield from notes.counts(account)
    yield from hush.not_restless(account)
    yield from answers.greeted_once(account, briefing)
    if strictness.facts_arrive:
        yield from engine.violations
        yield from _where_facts_arrive(account, briefing)
    if strictness.is_clean:
        yield from _in_a_clean_world(account, engine)
        auto_end = briefing.policy.auto_end_on_goodbye
        yield from answers.goodbye_is_final(account, auto_end=auto_end)


def _where_facts_arrive(account: Account, briefing: Briefing) -> Iterator[str]:
    yield from hush.silence_at_once(account)
    yield from hush.cut_for_words_only(account)
    yield from hush.resumed(account)
    yield from hush.gate(account)
    yield from hush.asks_after_the_turn(account)
    yield from answers.no_endless_question(account)
    yield from answers.parts_well(account, auto_end=briefing.policy.auto_end_on_goodbye)


def _in_a_clean_world(account: Account, engine: Engine) -> Iterator[str]:
    if engine.requests_refused:
        yield "asked for a reply while one was being made"
    yield from hush.begins_in_silence(account)
    yield from notes.forbidden(account)
    yield from answers.each_answer_has_a_reason(account)
    yield from answers.each_turn_is_answered(account)
    yield from answers.greeted_soon(account)
    configured_at = account.configured_at[0] if account.configured_at else 1 << 60
    for heard in engine.turns.values():
        begins = min(sound.starts for sound, _ in heard.turn.sounds.values())
        if heard.turn.meaning is Meaning.LOST and begins > configured_at:
            yield f"a part of {heard.turn.item_id} never reached the engine"
