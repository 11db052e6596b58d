"""Checks of the hold: silence at once, cut only for words, resumed when there were none.

All times are the ear's and the caller's own: when sound really began and ended, not when the core
was told.
"""

from collections.abc import Callable, Iterator

from prosaasil.call import commands as c
from prosaasil.call import events as e
from prosaasil.sim.account import UNKNOWN, Account, Order
from prosaasil.sim.line import Kind, Sound
from prosaasil.sim.phrases import Meaning

SILENT_WITHIN_MS = 260
"""From the caller's voice to the beginning of the last frame that is heard (R-GRT-04)."""
FRAME_MS = 20
IN_FLIGHT_MS = 2 * FRAME_MS
"""What the carrier may hold when nothing more is sent."""
NOTICED_MS = 210
"""A voice of this length has been reported by the detector."""
IDLE_DEADLINES_MAX = 12
ECHOES_MAX = 2
"""A reply that has stopped so often by its own echo is stopped by words alone."""
RESUMED_WITHIN_MS = 500 + 50 + 1_500 + 300
"""From the caller's last sound: the engine ends the turn, the limit for its words, and slack."""


def silence_at_once(account: Account) -> Iterator[str]:
    """Whoever speaks over the agent is not talked over for longer than a moment.

    The moment begins anew when the engine is lost in it: with it goes what it had heard.
    """
    is_echoed = _stretches_that_echoed(account)
    for stretch, voice in _spoken_over(account):
        over_from = max(voice.starts, stretch[0]) + SILENT_WITHIN_MS + FRAME_MS
        over_to = min(voice.ends, stretch[1])
        if over_to <= over_from or is_echoed(over_from):
            continue
        if not any(voice.starts <= at <= over_from for at in account.losses_at):
            yield f"talked over the caller's {voice.says!r} from {over_from} to {over_to} ms"


def _spoken_over(account: Account) -> Iterator[tuple[tuple[int, int], Sound]]:
    """Each stretch of the agent's sound with each voice of the caller's that overlaps it."""
    voices = sorted((s for s in account.sounds if s.kind is Kind.VOICE), key=_starts)
    first = 0
    for stretch in account.stretches:
        while first < len(voices) and voices[first].ends <= stretch[0]:
            first += 1
        for number in range(first, len(voices)):
            if voices[number].starts >= stretch[1]:
                break
            yield stretch, voices[number]


def _starts(sound: Sound) -> int:
    return sound.starts


def _stretches_that_echoed(account: Account) -> Callable[[int], bool]:
    """Whether a reply heard at a time had been stopped by its own echo too often (C-41)."""
    echoes = [
        turn.judged_at
        for turn in account.turns.values()
        if turn.meaning in {Meaning.ECHO, Meaning.UNCLEAR}
        and not turn.is_failed
        and turn.judged_at != UNKNOWN
    ]
    replies = [reply.heard for reply in account.replies.values() if reply.heard is not None]

    def is_echoed(at: int) -> bool:
        return any(
            begins <= at <= ends and sum(begins <= echo <= at for echo in echoes) >= ECHOES_MAX
            for begins, ends in replies
        )

    return is_echoed


def cut_for_words_only(account: Account) -> Iterator[str]:
    """What was heard in part is cut for words and keys and nothing else, nor for an older turn."""
    for order in account.orders:
        if isinstance(order.what, c.TruncateItem) and (wrong := _wrong_reason(account, order)):
            yield f"{order.what.item_id} cut at {order.at} ms {wrong}"


def _wrong_reason(account: Account, order: Order) -> str:
    because = order.because
    if isinstance(because, e.KeyPressed | e.EngineLost) or _ends_call(account, order):
        return ""
    if not isinstance(because, e.CallerTranscript):
        return f"because of {type(because).__name__}"
    turn = account.turns[because.item_id]
    if not turn.may_have_words:
        return f"for a {turn.meaning.value}: {because.text!r}"
    heard = [r for r in account.replies.values() if r.heard and r.heard[0] < order.at]
    if heard and turn.committed_at != UNKNOWN:
        speaking = max(heard, key=lambda reply: reply.heard[0] if reply.heard else 0)
        if speaking.asked_at >= turn.committed_at:
            return f"by {because.item_id}, a turn before {speaking.reply_id} was asked for"
    return ""


def _ends_call(account: Account, order: Order) -> bool:
    return account.ended is not None and account.ended[0] == order.at


def not_restless(account: Account) -> Iterator[str]:
    """A due time at which there is nothing to do is not told again and again."""
    for at, times in account.idle_deadlines:
        if times > IDLE_DEADLINES_MAX:
            yield f"{times} deadlines in a row from {at} ms brought nothing"


def resumed(account: Account) -> Iterator[str]:
    """A hold ends: with words, or soon after the caller's last sound without them."""
    held_at: int | None = None
    for order in account.orders:
        match order.what:
            case c.HoldSpeech():
                if held_at is not None:
                    yield f"held at {order.at} ms, though held since {held_at}"
                held_at = order.at
            case c.ResumeSpeech(held_ms):
                if held_at is None:
                    yield f"resumed at {order.at} ms without a hold"
                elif held_ms != order.at - held_at:
                    yield f"held for {order.at - held_at} ms, told {held_ms}"
                if held_at is not None:
                    yield from _overdue(account.sounds, held_at, order.at)
                held_at = None
            case c.ClearAudio() | c.HangUp():
                if held_at is not None:
                    yield from _overdue(account.sounds, held_at, order.at)
                held_at = None
            case _:
                pass


def _overdue(sounds: list[Sound], held_at: int, until: int) -> Iterator[str]:
    silent_from = held_at
    for sound in sorted(sounds, key=_starts):
        if sound.starts < min(until, silent_from + RESUMED_WITHIN_MS):
            silent_from = max(silent_from, min(sound.ends, until))
    if until - silent_from > RESUMED_WITHIN_MS:
        yield f"held from {held_at} to {until} ms, though nothing was said after {silent_from}"


def gate(account: Account) -> Iterator[str]:
    """While the agent is heard and nobody claims the floor, the engine hears nothing."""
    wrong: list[tuple[int, int]] = []
    is_wrong, since = True, 0
    for order in account.orders:
        match order.what:
            case c.OpenGate() | c.CloseGate() | c.HangUp():
                if is_wrong:
                    wrong.append((since, order.at))
                is_open = isinstance(order.what, c.OpenGate)
                is_wrong, since = is_open and not _is_claim(order.because), order.at
            case _:
                pass
    wrong = [(begins, stops) for begins, stops in wrong if stops - begins > IN_FLIGHT_MS]
    for starts, ends in account.stretches:
        for begins, stops in wrong:
            if min(ends, stops) - max(starts, begins) > IN_FLIGHT_MS:
                yield f"the gate is open while the agent is heard from {starts} to {ends} ms"


def _is_claim(because: e.Event) -> bool:
    return isinstance(
        because,
        e.CallerVoiceHeard | e.CallerSpeechStarted | e.CallerSpeechStopped | e.CallerTurnCommitted,
    )


def asks_after_the_turn(account: Account) -> Iterator[str]:
    """Nothing is asked of the engine while the caller's turn goes on (R-BI-13)."""
    for order in account.orders:
        if not isinstance(order.what, c.RequestReply):
            continue
        for turn in account.turns.values():
            if UNKNOWN < turn.begun_at < order.at < turn.committed_at:
                yield f"a reply was asked for at {order.at} ms, within {turn.item_id}"


def begins_in_silence(account: Account) -> Iterator[str]:
    """Nobody who has been speaking for a moment hears the agent begin."""
    for (starts, _), voice in _spoken_over(account):
        if voice.starts + NOTICED_MS < starts < voice.ends:
            yield f"the agent began at {starts} ms, into the caller's {voice.says!r}"
