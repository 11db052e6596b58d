"""A call written down can be lived through again, and shows where it would go otherwise."""

from msgspec.structs import replace

from prosaasil.call import Call, events
from prosaasil.call.policy import CallPolicy
from prosaasil.call.trace import Line, encode, first_difference, live_through, load

from .conftest import BRIEFING, speech


def recorded() -> list[Line]:
    call = Call(BRIEFING)
    told: list[tuple[int, events.Event]] = [
        (0, events.CallStarted()),
        (5, events.EngineOpened()),
        (90, events.SessionConfigured()),
        (300, events.ReplyStarted("g", "reply-1")),
        (300, events.ReplyText("g", "g.0", "Hello, caller!")),
        (310, events.ReplyAudio("g", "g.0", speech(770))),
        (640, events.CallerSpeechStarted("u1")),
        (900, events.CallerTurnCommitted("u1")),
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


def test_a_recorded_call_replays_to_the_same_commands() -> None:
    written = b"".join(map(encode, recorded()))
    assert first_difference(load(written), BRIEFING) is None


def test_a_trace_has_the_size_of_speech_and_not_its_sound() -> None:
    written = b"".join(map(encode, recorded()))
    assert len(written) < 4_000
    audio = [line.event for line in load(written) if isinstance(line.event, events.ReplyAudio)]
    assert audio == [events.ReplyAudio("g", "g.0", bytes(8 * 770))]


def test_the_first_difference_is_where_the_call_would_have_gone_otherwise() -> None:
    lines = recorded()
    assert lines[5].commands != []
    lines[6] = replace(lines[6], commands=[])
    assert first_difference(lines, BRIEFING) == lines[6]
    hasty = replace(BRIEFING, greeting="Hi!", policy=CallPolicy())
    assert first_difference(recorded(), hasty) == recorded()[2]
