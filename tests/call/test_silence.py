"""When nobody speaks the agent asks once, and then the call ends."""

from prosaasil.call import commands, events
from prosaasil.call.commands import HangUpReason

from .conftest import Line, speech, turn

ASKS = commands.RequestReply("reply-2", "Are you there?")


def follow_up(line: Line, number: int = 2) -> list[commands.Command]:
    line.tell(events.ReplyStarted("f", f"reply-{number}"))
    line.tell(events.ReplyAudio("f", "f.0", speech(1_000)), events.ReplyDone("f", "completed"))
    out = line.pass_time(1_020)
    return [*out, *line.tell(events.MarkPlayed(f"{number}:f"))]


def test_a_silent_caller_is_asked_once_and_then_let_go(greeted: Line) -> None:
    assert greeted.pass_time(10_000) == [ASKS]
    assert follow_up(greeted) == [commands.SendMark("2:f")]
    assert greeted.pass_time(9_980) == []
    assert greeted.pass_time(20) == [commands.HangUp(HangUpReason.SILENCE)]
    assert greeted.call.counters.follow_ups == 1
    assert greeted.call.deadline is None


def test_a_caller_who_spoke_in_between_may_be_silent_again(greeted: Line) -> None:
    greeted.pass_time(10_000)
    greeted.tell(*turn("u1"))
    assert greeted.tell(events.ReplyStarted("f", "reply-2")) == [commands.CancelReply("f")]
    cancelled = events.ReplyDone("f", "cancelled")
    assert greeted.tell(cancelled) == [commands.RequestReply("reply-3")]
    greeted.tell(events.CallerTranscript("u1", "I was thinking"))
    greeted.tell(events.ReplyStarted("a", "reply-3"), events.ReplyAudio("a", "a.0", speech(100)))
    greeted.tell(events.ReplyDone("a", "completed"))
    greeted.pass_time(100)
    greeted.tell(events.MarkPlayed("2:a"))
    assert greeted.pass_time(11_000) == [commands.RequestReply("reply-4", "Are you there?")]


def test_it_is_not_silent_before_the_carrier_has_played_everything(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyAudio("g", "g.0", speech(400)))
    line.tell(events.ReplyDone("g", "completed"))
    line.pass_time(1_500)
    line.tell(events.MarkPlayed("1:g"), events.MarkPlayed("1:g"))
    assert line.pass_time(9_980) == []
    assert line.pass_time(20) == [ASKS]


def test_a_mark_that_never_comes_is_waited_for_no_longer_than_its_limit(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyAudio("g", "g.0", speech(400)))
    line.tell(events.ReplyDone("g", "completed"))
    assert line.pass_time(12_400) == [commands.SendMark("1:g")]
    assert line.pass_time(40) == [ASKS]


def test_a_mark_of_before_a_clearing_proves_nothing(greeted: Line) -> None:
    greeted.tell(*turn("u1"), events.ReplyStarted("a", "reply-2"))
    greeted.tell(events.ReplyAudio("a", "a.0", speech(400)), events.ReplyDone("a", "completed"))
    assert greeted.pass_time(400) == [commands.SendMark("2:a")]
    greeted.now += 1
    assert greeted.tell(events.KeyPressed("1")) == [
        commands.ClearAudio(),
        commands.TruncateItem("a.0", 381),
    ]
    before = greeted.transcript()
    assert greeted.tell(events.MarkPlayed("2:a")) == []
    assert greeted.transcript() == before


def test_a_mark_that_comes_before_its_time_is_believed(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyText("g", "g.0", "Hello!"))
    line.tell(events.ReplyAudio("g", "g.0", speech(400)), events.ReplyDone("g", "completed"))
    line.pass_time(400)
    assert line.transcript() == []
    line.tell(events.MarkPlayed("1:g"))
    assert [said.text for said in line.transcript()] == ["Hello!"]


def test_coughs_do_not_buy_another_follow_up(greeted: Line) -> None:
    greeted.pass_time(10_000)
    follow_up(greeted)
    for number in range(3):
        greeted.tell(*turn(f"n{number}", frames=9))
        greeted.tell(events.CallerTranscript(f"n{number}", ""))
        greeted.tell(events.ReplyStarted(f"x{number}", f"reply-{3 + number}"))
        greeted.tell(events.ReplyDone(f"x{number}", "cancelled"))
        greeted.pass_time(1_000)
    greeted.pass_time(10_000)
    assert greeted.orders[-1][1] == commands.HangUp(HangUpReason.SILENCE)
    assert greeted.call.counters.follow_ups == 1


def test_nobody_is_hung_up_on_in_the_middle_of_a_word(greeted: Line) -> None:
    greeted.pass_time(10_000)
    follow_up(greeted)
    greeted.pass_time(9_900)
    greeted.tell(events.CallerVoiceHeard(8))
    assert greeted.pass_time(400) == []
    greeted.tell(*turn("u1"), events.CallerTranscript("u1", "Yes, I am here"))
    assert greeted.call.counters.follow_ups == 1


def test_a_voice_that_the_engine_never_notices_delays_the_end_only_so_long(greeted: Line) -> None:
    greeted.pass_time(10_000)
    follow_up(greeted)
    greeted.pass_time(9_900)
    greeted.tell(events.CallerVoiceHeard(8))
    assert greeted.pass_time(13_000)[-1] == commands.HangUp(HangUpReason.SILENCE)
