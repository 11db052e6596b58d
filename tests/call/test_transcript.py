"""What was said, by item and as heard."""

from prosaasil.call import commands, events
from prosaasil.call.commands import PublishTranscript, Role

from .conftest import Line, interruption, speech


def test_the_agents_words_come_as_they_are_made_and_stand_when_heard(line: Line) -> None:
    out = line.tell_all(
        events.ReplyStarted("g", "reply-1"),
        events.ReplyText("g", "g.0", "Hel"),
        events.ReplyText("g", "g.0", "lo!"),
        events.ReplyAudio("g", "g.0", speech(400)),
        events.ReplyDone("g", "completed"),
    )
    assert [c for c in out if isinstance(c, PublishTranscript)] == [
        PublishTranscript(Role.AGENT, "g.0", "Hel", final=False, at_ms=100),
        PublishTranscript(Role.AGENT, "g.0", "Hello!", final=False, at_ms=100),
    ]
    line.pass_time(400)
    assert line.transcript() == []
    line.pass_time(20)
    assert line.transcript() == [
        PublishTranscript(Role.AGENT, "g.0", "Hello!", final=True, at_ms=100)
    ]


def test_an_interrupted_sentence_ends_where_it_was_heard(answering: Line) -> None:
    answering.tell(*interruption("u2"))
    text = "We open at nine. We close at five."
    assert answering.transcript()[-1].text == text[: len(text) * 1_000 // 3_000]


def test_an_item_never_heard_is_taken_back(answering: Line) -> None:
    answering.tell(events.ReplyAudio("a", "a.1", speech(500)), events.ReplyText("a", "a.1", "And"))
    out = answering.tell_all(*interruption("u2"))
    assert PublishTranscript(Role.AGENT, "a.1", "", final=False, at_ms=3_620) in out


def test_words_without_a_sound_were_not_said(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyText("g", "g.0", "Hello!"))
    out = line.tell_all(events.ReplyDone("g", "completed"))
    assert out[0] == PublishTranscript(Role.AGENT, "g.0", "", final=False, at_ms=100)


def test_sound_without_words_is_no_line(line: Line) -> None:
    line.tell(events.ReplyStarted("g", "reply-1"), events.ReplyAudio("g", "g.0", speech(100)))
    line.tell(events.ReplyDone("g", "completed"))
    line.pass_time(500)
    assert line.transcript() == []


def test_a_callers_words_stand_where_they_were_spoken(answering: Line) -> None:
    answering.tell(events.CallerTranscript("u1", " When do you open? "))
    caller = answering.transcript()[-1]
    answering.tell(events.ReplyDone("a", "completed"))
    answering.pass_time(3_000)
    agent = answering.transcript()[-1]
    assert caller == PublishTranscript(Role.CALLER, "u1", "When do you open?", True, 0)
    assert caller.at_ms <= agent.at_ms == 600


def test_words_of_a_turn_whose_beginning_was_lost_stand_where_its_voice_was(greeted: Line) -> None:
    greeted.pass_time(500)
    greeted.tell(events.CallerVoiceEnded(3), events.CallerTranscript("u7", "Yes"))
    assert greeted.transcript()[-1].at_ms == greeted.now - 60


def test_each_transcript_is_judged_once_and_counted(greeted: Line) -> None:
    noted = len(greeted.notes())
    greeted.pass_time(1_500)
    greeted.tell(events.CallerVoiceHeard(30))
    for item_id, text in (("u1", "A long sentence"), ("u2", "yes"), ("u3", " "), ("u1", "again")):
        greeted.tell(events.CallerTranscript(item_id, text))
    greeted.tell(*[events.CallerTranscriptFailed("u4", "noise")] * 2)
    counters = greeted.call.counters
    assert (counters.stt_utterances, counters.stt_empty, counters.stt_short) == (3, 1, 1)
    assert counters.stt_failed == 1
    assert greeted.notes()[noted:] == [
        "[STT_GUARD] Accepted",
        "[STT_GUARD] Accepted short phrase",
        "[STT_FILTER] drop reason=empty",
        "[STT_FILTER] drop reason=failed",
    ]
    assert [said.text for said in greeted.transcript()][-2:] == ["A long sentence", "yes"]


def test_a_cancelled_reply_is_noted_with_its_reason(greeted: Line) -> None:
    greeted.tell(events.ReplyDone("x", "cancelled"))
    assert greeted.notes()[-1] == "[RESPONSE] Cancelled: reason=unknown"
    assert not any(isinstance(c, commands.RequestReply) for t, c in greeted.orders if t > 100)
