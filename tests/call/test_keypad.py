"""Keys are a turn of the caller: typed in one go, answered once."""

from prosaasil.call import commands, events

from .conftest import Line


def test_keys_typed_in_one_go_are_one_turn(greeted: Line) -> None:
    greeted.tell(events.KeyPressed("1"))
    greeted.pass_time(1_400)
    greeted.tell(events.KeyPressed("2"))
    assert greeted.pass_time(1_480) == []
    assert greeted.pass_time(40) == [
        commands.AddCallerText("[caller pressed 12]"),
        commands.RequestReply("reply-2"),
    ]
    said = greeted.transcript()[-1]
    assert (said.role, said.item_id, said.text) == (
        commands.Role.CALLER,
        "keys-1",
        "[caller pressed 12]",
    )
    assert greeted.call.counters.keys_pressed == 2


def test_a_key_interrupts_the_agent(answering: Line) -> None:
    assert answering.tell(events.KeyPressed("0"))[:2] == [
        commands.CancelReply("a"),
        commands.ClearAudio(),
    ]


def test_a_number_longer_than_any_is_cut_into_turns(greeted: Line) -> None:
    out = greeted.tell(*[events.KeyPressed("7")] * 33)
    assert out[0] == commands.AddCallerText(f"[caller pressed {'7' * 32}]")
