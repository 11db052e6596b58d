"""A call written down can be lived through again, and shows where it would go otherwise."""

import pytest
from a_briefing import BRIEFING
from msgspec.structs import replace

from prosaasil.call import Call, events
from prosaasil.call.policy import CallPolicy
from prosaasil.call.trace import (
    Line,
    TraceUnreadable,
    encode,
    encode_opening,
    first_difference,
    live_through,
    load,
)

from .conftest import speech, turn


def recorded() -> list[Line]:
    call = Call(BRIEFING)
    told: list[tuple[int, events.Event]] = [
        (0, events.CallStarted()),
        (5, events.EngineOpened()),
        (90, events.SessionConfigured()),
        (300, events.ReplyStarted("g", "reply-1")),
        (300, events.ReplyText("g", "g.0", "Hello, caller!")),
        (310, events.ReplyAudio("g", "g.0", speech(770))),
        *[(640, event) for event in turn("u1")],
        (900, events.CallerTranscript("u1", "One moment")),
        (950, events.ReplyDone("g", "cancelled")),
        (1_000, events.CallerHungUp()),
    ]
    lines = []
    tick = 0
    for now, event in told:
        for at in range(tick, now, 20):
            call.playout.next_frame(at + 7)
            tick = at + 20
        lines.append(live_through(call, event, now))
    return lines


def written() -> bytes:
    return encode_opening(BRIEFING) + b"".join(map(encode, recorded()))


def test_a_recorded_call_replays_to_the_same_commands() -> None:
    trace = load(written())
    assert first_difference(trace.lines, trace.briefing) is None


def test_a_trace_has_the_size_of_speech_and_not_its_sound_nor_the_prompt() -> None:
    assert len(written()) < 6_000
    assert BRIEFING.instructions.encode() not in written()
    lines = load(written()).lines
    audio = [line.event for line in lines if isinstance(line.event, events.ReplyAudio)]
    assert audio == [events.ReplyAudio("g", "g.0", bytes(8 * 770))]


def test_the_first_difference_is_where_the_call_would_have_gone_otherwise() -> None:
    lines = recorded()
    number = next(n for n, line in enumerate(lines) if line.commands and n > 6)
    lines[number] = replace(lines[number], commands=[])
    found = first_difference(lines, BRIEFING)
    assert found is not None
    assert (found.number, found.line) == (number + 1, lines[number])
    assert found.commands == recorded()[number].commands
    hasty = replace(BRIEFING, greeting="Hi!", policy=CallPolicy())
    found = first_difference(recorded(), hasty)
    assert found is not None
    assert found.number == 3


def test_what_the_shell_remarked_is_no_event_of_the_call() -> None:
    remark = b'{"at":5,"commands":[{"type":"Note","marker":"TX_METRICS","text":"\\"event\\":"}]}\n'
    opening, *rest = written().splitlines(keepends=True)
    assert load(opening + remark + b"".join(rest)) == load(written())


@pytest.mark.parametrize("text", [b"", b"{}", b"[", written() + b'{"event":1}\n', b"\xff"])
def test_what_is_not_a_trace_is_refused_with_its_line(text: bytes) -> None:
    with pytest.raises(TraceUnreadable, match="line "):
        load(text)
