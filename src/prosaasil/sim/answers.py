"""Checks of the conversation: who is answered, how soon, and what is not said at all."""

from collections.abc import Iterator

from prosaasil.call import commands as c
from prosaasil.call.briefing import Briefing
from prosaasil.sim.account import UNKNOWN, Account, ReplyTold, TurnTold
from prosaasil.sim.line import Kind, Sound
from prosaasil.sim.phrases import Meaning

ANSWERED_WITHIN_MS = 5_500
"""From the end of a turn: a cancelled reply's end, the engine's thoughts, the wait for words."""
TOOLS_WITHIN_MS = 12_000
GREETED_WITHIN_MS = 5_000
DOUBTFUL_MS_MAX = 450
JUST_BEFORE_MS = 900
WORDS_WAITED_FOR_MS = 650
"""A little less than the policy has it, as a turn's words and its end are told in events."""
REPEATS_MAX = 2
UTTERED_MS_MIN = 500
WORDLESS = {Meaning.FILLER, Meaning.NOTHING, Meaning.ECHO}
GOODBYES = {c.HangUpReason.USER_GOODBYE, c.HangUpReason.AGENT_GOODBYE}
FAREWELL_WITHIN_MS = 20_000
JUST_SPOKE_MS = 400
SPOKEN_MS_MIN = 260


def _heard(account: Account) -> list[tuple[int, ReplyTold]]:
    heard = [(r.heard[0], r) for r in account.replies.values() if r.heard is not None]
    return sorted(heard, key=_first)


def _first(pair: tuple[int, object]) -> int:
    return pair[0]


def each_answer_has_a_reason(account: Account) -> Iterator[str]:
    """No turn is answered twice, and no filler once it is known for one (R-STT-04, R-BI-13)."""
    answered: set[str] = set()
    reasons_at = [*account.keys_at, *account.losses_at]
    reasons_at += [order.at for order in account.orders if isinstance(order.what, c.AnswerTool)]
    last_asked_at = UNKNOWN
    for heard_at, reply in _heard(account):
        if reply.say is not None:
            continue
        turns = [
            turn
            for turn in account.turns.values()
            if turn.item_id not in answered and UNKNOWN < turn.committed_at <= reply.asked_at
        ]
        is_certain = any(last_asked_at < at <= heard_at for at in reasons_at)
        is_due = is_certain or any(
            turn.may_have_words or not _is_known(turn, heard_at) for turn in turns
        )
        if not is_due:
            yield f"{reply.reply_id}, heard at {heard_at} ms, answers nothing: {turns}"
        elif is_certain:
            pass  # keys and tools need no words
        elif turns and all(_is_doubtful(account, turn, heard_at) for turn in turns):
            yield f"{reply.reply_id} was heard at {heard_at} ms, before the words of {turns}"
        answered |= {turn.item_id for turn in turns}
        last_asked_at = reply.asked_at


def _is_doubtful(account: Account, turn: TurnTold, at: int) -> bool:
    """So short that it may be a hesitation, and its words may still come in time."""
    if _is_known(turn, at) or at >= turn.committed_at + WORDS_WAITED_FOR_MS:
        return False
    since = turn.begun_at - JUST_BEFORE_MS
    pieces = (min(s.ends, turn.committed_at) - max(s.starts, since) for s in account.sounds)
    return sum(piece for piece in pieces if piece > 0) < DOUBTFUL_MS_MAX


def _is_known(turn: TurnTold, at: int) -> bool:
    return UNKNOWN < turn.judged_at <= at


def each_turn_is_answered(account: Account) -> Iterator[str]:
    """Words that nothing follows are answered, and soon."""
    tools_at = [order.at for order in account.orders if isinstance(order.what, c.RunTool)]
    for turn in account.turns.values():
        until = turn.committed_at + ANSWERED_WITHIN_MS
        if any(until - TOOLS_WITHIN_MS < at < until for at in tools_at):
            until += TOOLS_WITHIN_MS
        if (
            turn.meaning is not Meaning.WORDS
            or turn.committed_at == UNKNOWN
            or (account.ended is not None and account.ended[0] <= until)
            or any(turn.committed_at < at < until for at in account.keys_at)
            or _sounds_between(account.sounds, turn.stopped_at, until)
            or any(turn.text in said.text for at, said in _heard(account) if at < turn.begun_at)
        ):
            continue
        if not any(
            reply.say is None and reply.asked_at >= turn.committed_at and heard_at <= until
            for heard_at, reply in _heard(account)
        ):
            yield f"{turn} was not answered by {until} ms"


def _sounds_between(sounds: list[Sound], begins: int, ends: int) -> bool:
    return any(s.starts < ends and s.ends > begins for s in sounds if s.kind is not Kind.ECHO)


def greeted_once(account: Account, briefing: Briefing) -> Iterator[str]:
    greetings = [at for at, reply in _heard(account) if reply.say == briefing.greeting]
    if len(greetings) > 1:
        yield f"greeted {len(greetings)} times, at {greetings}"


def greeted_soon(account: Account) -> Iterator[str]:
    """Whoever waits in silence is greeted."""
    if account.ended is not None and account.ended[0] <= GREETED_WITHIN_MS:
        return
    if _sounds_between(account.sounds, 0, GREETED_WITHIN_MS) or account.keys_at:
        return
    if not any(at <= GREETED_WITHIN_MS for at, _ in _heard(account)):
        yield "nothing was heard at the beginning"


def no_endless_question(account: Account) -> Iterator[str]:
    """Nobody is asked the same more than twice without having spoken (R-LOOP-04)."""
    last_text, last_at, times = "", 0, 0
    for heard_at, reply in _heard(account):
        assert reply.heard is not None
        if reply.text == last_text and reply.heard[1] - heard_at < UTTERED_MS_MIN:
            continue
        has_spoken = any(last_at < at <= heard_at for at in account.keys_at) or any(
            last_at < turn.begun_at <= heard_at and _may_be_words(turn, heard_at)
            for turn in account.turns.values()
        )
        times = times + 1 if reply.text == last_text and not has_spoken else 1
        last_text, last_at = reply.text, heard_at
        if times > REPEATS_MAX:
            yield f"{reply.text!r} was heard {times} times in a row, at last at {heard_at} ms"


def _may_be_words(turn: TurnTold, at: int) -> bool:
    """Words, or what could not be told from them at this time."""
    return turn.meaning not in WORDLESS or turn.is_failed or not _is_known(turn, at)


def parts_well(account: Account, *, auto_end: bool) -> Iterator[str]:
    """A goodbye ends the call only when it is meant, and not while somebody speaks."""
    if account.ended is None or account.ended[1] not in GOODBYES:
        return
    at, reason = account.ended
    for sound in account.sounds:
        if sound.kind is not Kind.VOICE or sound.ends <= at - JUST_SPOKE_MS:
            continue
        if min(sound.ends, at) - sound.starts > SPOKEN_MS_MIN:
            yield f"hung up at {at} ms, into the caller's {sound.says!r}"
    if reason is c.HangUpReason.USER_GOODBYE:
        if not auto_end:
            yield "hung up after a goodbye, though that is switched off"
        last = _last_words(account, at)
        if last is None or last.meaning not in {Meaning.GOODBYE, Meaning.UNCLEAR}:
            yield f"hung up for a goodbye, but the last words were {last}"


def _last_words(account: Account, before: int) -> TurnTold | None:
    """None also when it cannot be told whether there were any."""
    turns = [t for t in account.turns.values() if UNKNOWN < t.judged_at <= before]
    turns = [t for t in turns if t.has_words or t.meaning is Meaning.UNCLEAR]
    return max(turns, key=lambda turn: turn.begun_at, default=None)


def goodbye_is_final(account: Account, *, auto_end: bool) -> Iterator[str]:
    """After a goodbye that nothing follows: the end, or silence (C-39)."""
    for turn in account.turns.values():
        if turn.meaning is not Meaning.GOODBYE or turn.judged_at == UNKNOWN:
            continue
        spoke_at = [t.begun_at for t in account.turns.values() if t.begun_at > turn.begun_at]
        spoke_at += [s.starts for s in account.sounds if s.starts > turn.judged_at]
        spoke_at += [at for at in account.keys_at if at > turn.begun_at]
        until = min(spoke_at, default=1 << 60)
        ended_at, reason = account.ended or (until, None)
        if auto_end:
            if min(until, ended_at) > turn.judged_at + FAREWELL_WITHIN_MS:
                yield f"the call went on after the goodbye of {turn.judged_at} ms"
            elif ended_at < until and reason not in {c.HangUpReason.USER_GOODBYE, *PEERS}:
                yield f"the goodbye of {turn.judged_at} ms ended in {reason}"
            continue
        for heard_at, reply in _heard(account):
            if turn.judged_at + 2 * 20 < heard_at < until:
                yield f"{reply.reply_id} was heard after the goodbye of {turn.judged_at} ms"


PEERS = {
    c.HangUpReason.CALLER_HUNG_UP,
    c.HangUpReason.CALL_ENDED,
    c.HangUpReason.SHUTDOWN,
}
