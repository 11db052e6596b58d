"""PURE. Whether a call that was played is as its scenario expects: one code for both stages.

Beside what a file expects, each call has to satisfy what every call must: frames in order and once,
no unexplained gap, the markers that the dictionary demands, and an end.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from prosaasil.call import commands, events
from prosaasil.gate import markers
from prosaasil.gate.expect import (
    RIG_SLACK_MS,
    Commands,
    Count,
    Ended,
    EngineHears,
    Expectation,
    HeardMs,
    LastFrame,
    Pace,
    Silent,
    Soon,
    Times,
    Truncated,
    Whole,
)
from prosaasil.gate.stage import FOREVER_MS, FRAME_BYTES, FRAME_MS, Frame, Performance, Remark

GAP_MS_MAX = 60
"""R-TX-04."""
HEARD_SLACK_MS = 40
"""What lies at the carrier and is cleared was sent, but not heard."""
SECOND_MS = 1_000
FRAMES_IN_100_MS_MAX = 6


def complaints(played: Performance) -> list[str]:
    """All that is wrong; empty for a call as it should be."""
    found = [*_of_any_call(played)]
    for expectation in played.case.scenario.expect:
        if expectation.on not in {"both", "rig" if played.is_on_rig else "virtual"}:
            continue
        slack_ms = expectation.slack_ms if played.is_on_rig else 0
        kind = expectation.kind
        try:
            found += [
                f"{kind}: {wrong}"
                for wrong in CHECKS[kind](played, getattr(expectation, kind), slack_ms)
            ]
        except LookupError as missing:
            found.append(f"{kind}: {missing}")
    return found


# What any call must be


def _of_any_call(played: Performance) -> Iterator[str]:
    yield from played.faults
    if not played.ended:
        yield "the call did not end"
    if played.counters.get("frames_dropped", 0):
        yield f"{played.counters['frames_dropped']} frames were dropped"
    yield from _ends_once(played)
    yield from _frames_in_order(played.frames)
    yield from _bursts(played)
    slack_ms = RIG_SLACK_MS if played.is_on_rig else 0
    for number in {frame.reply for frame in played.frames if frame.reply is not None}:
        gap_ms = _gap_ms(played, number)
        if gap_ms > GAP_MS_MAX + slack_ms and not _stalls(played, number):
            yield f"a gap of {gap_ms} ms in reply {number}"
    if played.is_on_rig:
        yield from _told_each_second(played)
    yield from markers.complaints(
        played.remarks, allowed=played.case.scenario.allows, with_shell=played.is_on_rig
    )


def _ends_once(played: Performance) -> Iterator[str]:
    orders = [order for _, order in played.orders()]
    ends = sum(isinstance(order, commands.HangUp) for order in orders)
    if ends > 1 or (ends and not isinstance(orders[-1], commands.HangUp)):
        yield "the core went on after its last order"


def _told_each_second(played: Performance) -> Iterator[str]:
    """R-TX-13."""
    lines = sum(markers.is_a(remark, "tx_metrics") for remark in played.remarks)
    seconds = played.moments.at("closed") // SECOND_MS
    if abs(lines - seconds) > 1:
        yield f"{lines} lines of TX_METRICS in {seconds} s"


def _bursts(played: Performance) -> Iterator[str]:
    """R-TX-06; on the rig the ear itself is late at times, and then hears much at once."""
    frames_max = FRAMES_IN_100_MS_MAX * (2 if played.is_on_rig else 1)
    for first, last in zip(played.frames, played.frames[frames_max:], strict=False):
        if last.at - first.at < 100:
            yield f"more than {frames_max} frames in 100 ms at {first.at} ms"
            return


def _stalls(played: Performance, number: int) -> bool:
    """Whether its engine was to deliver too late."""
    return any(
        expectation.kind == "pace" and expectation.pace.reply == number  # type: ignore[union-attr]
        for expectation in played.case.scenario.expect
    )


def _frames_in_order(frames: list[Frame]) -> Iterator[str]:
    """Each reply's frames come once, one after the other, and replies do not interleave."""
    expected: dict[int, int] = {}
    last: int | None = None
    for frame in frames:
        if frame.size != FRAME_BYTES:
            yield f"a message of {frame.size} bytes at {frame.at} ms"
        if frame.reply is None:
            yield f"at {frame.at} ms something is heard that no reply was made of"
            return
        if frame.reply != last and frame.reply in expected:
            yield f"reply {frame.reply} is heard again after another, at {frame.at} ms"
        if frame.index != expected.get(frame.reply, 0):
            yield f"frame {frame.index} of reply {frame.reply} at {frame.at} ms is out of order"
            return
        expected[frame.reply] = frame.index + 1
        last = frame.reply


def _held(played: Performance) -> list[tuple[int, int]]:
    """When the core kept the agent silent."""
    held, since = [], None
    for at, command in played.orders():
        if isinstance(command, commands.HoldSpeech):
            since = at
        elif isinstance(command, commands.ResumeSpeech | commands.ClearAudio) and since is not None:
            held.append((since, at))
            since = None
    return held if since is None else [*held, (since, FOREVER_MS)]


def _gap_ms(played: Performance, number: int) -> int:
    """The longest silence within a reply that nobody asked for; not counted while held."""
    held = _held(played)
    gaps = [0]
    for before, after in pairwise(played.of_reply(number)):
        held_ms = sum(max(0, min(after.at, e) - max(before.at, b)) for b, e in held)
        gaps.append(after.at - before.at - held_ms)
    return max(gaps)


# What a scenario expects


def _order(played: Performance, names: list[str], _: int) -> Iterator[str]:
    at = 0
    for name in names:
        found = next((n for n, r in _numbered(played, at) if markers.is_a(r, name)), None)
        if found is None:
            yield f"no {name}" + (f" after {names[names.index(name) - 1]}" if at else "")
            return
        at = found + 1


def _numbered(played: Performance, start: int) -> Iterator[tuple[int, Remark]]:
    yield from enumerate(played.remarks[start:], start)


def _absent(played: Performance, names: list[str], _: int) -> Iterator[str]:
    for name in names:
        for remark in played.remarks:
            if markers.is_a(remark, name):
                yield f"{remark} at {remark.at} ms"


def _window(played: Performance, wanted: Count | Commands | Silent) -> tuple[int, int]:
    end = played.moments.at(wanted.to) if wanted.to else FOREVER_MS
    return played.moments.at(wanted.after), end


def _count(played: Performance, wanted: Count, _: int) -> Iterator[str]:
    begins, ends = _window(played, wanted)
    found = [
        remark
        for remark in played.remarks
        if begins <= remark.at <= ends
        and markers.is_a(remark, wanted.marker)
        and re.search(wanted.text, str(remark))
    ]
    if not wanted.fits(len(found)):
        yield f"{len(found)} times {wanted.marker} {wanted.text}"


def _streak(played: Performance, wanted: Count, _: int) -> Iterator[str]:
    longest = streak = 0
    for remark in played.remarks:
        if markers.is_a(remark, wanted.marker):
            streak = streak + 1 if re.search(wanted.text, str(remark)) else 0
            longest = max(longest, streak)
    if not wanted.fits(longest):
        yield f"at most {longest} lines of {wanted.marker} {wanted.text} in a row"


def _commands(played: Performance, wanted: Commands, _: int) -> Iterator[str]:
    begins, ends = _window(played, wanted)
    found = [at for at, order in played.orders() if type(order).__name__ == wanted.command]
    count = sum(begins <= at <= ends for at in found)
    if not wanted.fits(count):
        window = f"from {wanted.after} to {wanted.to or 'the end'}"
        yield f"{count} times {wanted.command} {window}; all are at {found} ms"


def _soon(played: Performance, wanted: Soon, slack_ms: int) -> Iterator[str]:
    since = played.moments.at(wanted.after)
    found = (r.at for r in played.remarks if r.at >= since and markers.is_a(r, wanted.marker))
    at = next(found, None)
    if at is None:
        yield f"no {wanted.marker} after {wanted.after}"
    elif not wanted.min_ms - slack_ms <= at - since <= wanted.within_ms + slack_ms:
        yield f"{wanted.marker} {at - since} ms after {wanted.after}"


def _last_frame(played: Performance, wanted: LastFrame, slack_ms: int) -> Iterator[str]:
    limit = played.moments.at(wanted.after) + wanted.within_ms + slack_ms
    late = [frame for frame in played.of_reply(wanted.reply) if frame.at > limit]
    if late:
        since = played.moments.at(wanted.after)
        yield (
            f"{len(late)} frames of reply {wanted.reply} later than {wanted.within_ms} ms after"
            f" {wanted.after}, the last {late[-1].at - since} ms after it"
        )


def _silent(played: Performance, wanted: Silent, slack_ms: int) -> Iterator[str]:
    begins, ends = _window(played, wanted)
    heard = [frame for frame in played.frames if begins + slack_ms < frame.at <= ends]
    if heard:
        yield f"{len(heard)} frames from {heard[0].at} ms on, of reply {heard[0].reply}"


def _whole(played: Performance, wanted: Whole, _: int) -> Iterator[str]:
    for number in wanted.replies:
        frames = len(played.of_reply(number))
        due = -(-played.case.scenario.plan(number).ms // FRAME_MS)
        if frames != due:
            yield f"{frames} of {due} frames of reply {number}"


def _heard_ms(played: Performance, wanted: HeardMs, slack_ms: int) -> Iterator[str]:
    heard_ms = len(played.of_reply(wanted.reply)) * FRAME_MS
    most_ms = FOREVER_MS if wanted.max is None else wanted.max + slack_ms
    if not wanted.min - slack_ms <= heard_ms <= most_ms:
        yield f"{heard_ms} ms of reply {wanted.reply}"


def _truncated(played: Performance, wanted: Truncated, slack_ms: int) -> Iterator[str]:
    item_ids = {
        line.event.item_id
        for line in played.lines
        if isinstance(line.event, events.ReplyAudio)
        and line.event.reply_id == _reply_id(played, wanted.reply)
    }
    sent_ms = len(played.of_reply(wanted.reply)) * FRAME_MS
    cuts = [order for _, order in played.orders() if isinstance(order, commands.TruncateItem)]
    cuts = [cut for cut in cuts if cut.item_id in item_ids]
    if len(cuts) != 1:
        yield f"reply {wanted.reply} was truncated {len(cuts)} times"
    elif not sent_ms - HEARD_SLACK_MS - slack_ms <= cuts[0].heard_ms <= sent_ms + slack_ms:
        yield f"reply {wanted.reply} was truncated at {cuts[0].heard_ms} of {sent_ms} ms"


def _reply_id(played: Performance, number: int) -> str:
    begun = [line.event for line in played.lines if isinstance(line.event, events.ReplyStarted)]
    if number >= len(begun):
        raise LookupError(f"reply {number} never began")
    return begun[number].reply_id


def _pace(played: Performance, wanted: Pace, slack_ms: int) -> Iterator[str]:
    gap_ms = _gap_ms(played, wanted.reply)
    if gap_ms > wanted.gap_ms_max + slack_ms:
        yield f"a gap of {gap_ms} ms in reply {wanted.reply}"
    frames = played.of_reply(wanted.reply)
    if not frames:
        yield f"nothing was heard of reply {wanted.reply}"
        return
    held_ms = sum(ends - begins for begins, ends in _held(played))
    if wanted.held_ms_max is not None and held_ms > wanted.held_ms_max + slack_ms:
        yield f"held for {held_ms} ms"
    slack = slack_ms // FRAME_MS
    for begins in range(frames[0].at, frames[-1].at - SECOND_MS + FRAME_MS, SECOND_MS):
        fps = sum(begins <= frame.at < begins + SECOND_MS for frame in frames)
        if not wanted.fps_min - slack <= fps <= wanted.fps_max + slack:
            yield f"{fps} frames in the second from {begins} ms on"


def _engine_hears(played: Performance, wanted: EngineHears, slack_ms: int) -> Iterator[str]:
    act = next(act for act in played.case.scenario.act if act.name == wanted.act)
    heard_ms = played.engine_heard_ms.get(wanted.act, 0)
    if wanted.ms_max is not None and heard_ms > wanted.ms_max + slack_ms:
        yield f"{heard_ms} ms of {wanted.act} reached the engine"
    if wanted.missing_ms_max is not None and act.ms - heard_ms > wanted.missing_ms_max + slack_ms:
        yield f"only {heard_ms} of {act.ms} ms of {wanted.act} reached the engine"


def _counters(played: Performance, wanted: dict[str, int | Times], _: int) -> Iterator[str]:
    for name, value in wanted.items():
        if name not in played.counters:
            yield f"there is no {name}"
            continue
        times = Times(exactly=value) if isinstance(value, int) else value
        if not times.fits(int(played.counters[name])):
            yield f"{name} is {played.counters[name]}, not {value}"


def _ended(played: Performance, wanted: Ended, slack_ms: int) -> Iterator[str]:
    if played.ended != wanted.reason:
        yield f"{played.ended or 'not at all'}, not {wanted.reason}"
        return
    closed_at = max(played.moments.at("closed"), played.moments.at("engine_closed"))
    took_ms = closed_at - played.moments.at(wanted.after)
    limit_ms = FOREVER_MS if wanted.within_ms is None else wanted.within_ms + slack_ms
    if not wanted.min_ms - slack_ms <= took_ms <= limit_ms:
        yield f"{took_ms} ms after {wanted.after}"


CHECKS: dict[str, Callable[[Performance, Any, int], Iterator[str]]] = {
    "order": _order,
    "absent": _absent,
    "count": _count,
    "streak": _streak,
    "commands": _commands,
    "soon": _soon,
    "last_frame": _last_frame,
    "silent": _silent,
    "whole": _whole,
    "heard_ms": _heard_ms,
    "truncated": _truncated,
    "pace": _pace,
    "engine_hears": _engine_hears,
    "counters": _counters,
    "ended": _ended,
}
assert set(CHECKS) == set(Expectation.__struct_fields__) - {"slack_ms", "on"}
