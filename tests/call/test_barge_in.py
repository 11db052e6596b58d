"""A caller who speaks over the agent is given way at once; the engine keeps what was heard."""

from prosaasil.call import commands, events

from .conftest import Line, speech


def test_barge_in_keeps_only_what_the_caller_heard(answering: Line) -> None:
    assert answering.tell(events.CallerSpeechStarted("u2")) == [
        commands.CancelReply("a"),
        commands.ClearAudio(),
        commands.TruncateItem("a.0", heard_ms=1_000),
    ]
    assert answering.call.counters.barge_in_events == 1
    assert answering.call.counters.frames_flushed == 99
    assert answering.notes()[-2:] == [
        "[BARGE-IN] Cancelled AI response: a",
        "[BARGE-IN FLUSH] OpenAI queue: 99/150 frames | TX queue: 1/2 frames",
    ]


def test_every_reply_that_sounds_is_noted(answering: Line) -> None:
    note = commands.Note("BARGE-IN", "AI starting to speak", {"response_id": "a"})
    assert [c for _, c in answering.orders].count(note) == 1


def test_no_frame_follows_a_cut_and_late_speech_is_ignored(answering: Line) -> None:
    answering.tell(events.CallerSpeechStarted("u2"))
    sent = len(answering.frames)
    assert (
        answering.tell(
            events.ReplyAudio("a", "a.0", speech(500)), events.ReplyText("a", "a.0", "...")
        )
        == []
    )
    answering.pass_time(2_000)
    assert len(answering.frames) == sent


def test_an_item_that_the_engine_began_after_the_cut_is_deleted_once(answering: Line) -> None:
    answering.tell(events.CallerSpeechStarted("u2"))
    late = events.ReplyAudio("a", "a.1", speech(500))
    assert answering.tell(late, late) == [commands.DeleteItem("a.1")]


def test_items_never_heard_are_deleted_and_items_heard_whole_are_left(answering: Line) -> None:
    answering.tell(events.ReplyAudio("a", "a.1", speech(500)), events.ReplyText("a", "a.2", "So"))
    answering.tell(events.ReplyText("a", "a.3", "So"))
    answering.pass_time(2_100)
    answering.now += 5
    assert answering.tell(events.CallerSpeechStarted("u2")) == [
        commands.CancelReply("a"),
        commands.ClearAudio(),
        commands.TruncateItem("a.1", heard_ms=105),
        commands.DeleteItem("a.2"),
        commands.DeleteItem("a.3"),
    ]


def test_a_reply_that_is_made_but_still_heard_is_cut_without_being_cancelled(
    answering: Line,
) -> None:
    answering.tell(events.ReplyDone("a", "completed"))
    assert answering.tell(events.CallerSpeechStarted("u2")) == [
        commands.ClearAudio(),
        commands.TruncateItem("a.0", heard_ms=1_000),
    ]


def test_a_caller_who_speaks_after_the_end_cuts_nothing(answering: Line) -> None:
    answering.tell(events.ReplyDone("a", "completed"))
    answering.pass_time(2_100)
    assert answering.tell(events.CallerSpeechStarted("u2")) == []
    assert answering.call.counters.barge_in_events == 0


def test_a_reply_cut_before_it_sounds_needs_no_clearing(greeted: Line) -> None:
    greeted.tell(events.CallerTurnCommitted("u1"), events.ReplyStarted("a", "reply-2"))
    assert greeted.tell(events.CallerSpeechStarted("u2")) == [commands.CancelReply("a")]
    assert greeted.call.counters.barge_in_events == 0


def test_a_reply_that_has_run_dry_is_cut_where_the_engine_was(answering: Line) -> None:
    answering.pass_time(5_000)
    assert answering.tell(events.CallerSpeechStarted("u2")) == [
        commands.CancelReply("a"),
        commands.TruncateItem("a.0", heard_ms=3_000),
    ]
    assert answering.call.counters.barge_in_events == 1


def test_a_turn_whose_beginning_was_lost_interrupts_all_the_same(answering: Line) -> None:
    assert answering.tell(events.CallerTurnCommitted("u2"))[:2] == [
        commands.CancelReply("a"),
        commands.ClearAudio(),
    ]


def test_a_caller_already_speaking_is_not_spoken_to(greeted: Line) -> None:
    greeted.tell(events.CallerTurnCommitted("u1"), events.CallerSpeechStarted("u2"))
    assert greeted.tell(events.ReplyStarted("a", "reply-2")) == [commands.CancelReply("a")]
    assert greeted.tell(events.ReplyAudio("a", "a.0", speech(100))) == [commands.DeleteItem("a.0")]


def test_three_interruptions_are_three(answering: Line) -> None:
    answering.tell(events.CallerSpeechStarted("u2"), events.CallerTurnCommitted("u2"))
    answering.tell(events.ReplyDone("a", "cancelled"))
    for number in (2, 3):
        reply_id = f"a{number}"
        answering.tell(
            events.ReplyStarted(reply_id, f"reply-{number + 1}"),
            events.ReplyAudio(reply_id, f"{reply_id}.0", speech(2_000)),
        )
        answering.pass_time(200)
        turn = f"u{number + 1}"
        answering.tell(events.CallerSpeechStarted(turn), events.CallerTurnCommitted(turn))
        answering.tell(events.ReplyDone(reply_id, "cancelled"))
    assert answering.call.counters.barge_in_events == 3
