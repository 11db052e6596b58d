"""A call on real sockets, from the greeting to the end."""

from live_fakes import briefing, numbered
from live_world import World
from sounds import frames, recording

from prosaasil.call.briefing import ToolSpec
from prosaasil.call.policy import CallPolicy
from prosaasil.wire import openai_realtime as oai
from prosaasil.wire import twilio_media as carrier_wire

VOICE = frames(recording("transfer"))[5:45]
QUIET = b"\xfd" * 160


async def test_the_engine_is_asked_as_the_protocol_wants_it(world: World) -> None:
    await world.call()
    link = await world.engine.link()

    assert link.request.path == b"/v1/realtime?model=model-1"
    assert link.request.headers["Authorization"] == "Bearer key"
    assert "OpenAI-Beta" not in link.request.headers


async def test_the_engine_is_told_the_briefing(world: World) -> None:
    tool = ToolSpec("book", "Books.", {"type": "object", "properties": {}})
    await world.call(tools=(tool,), voice="cedar", language="he")
    link = await world.engine.link()
    update: oai.SessionUpdate = await link.inbox.first(oai.SessionUpdate)

    session = update.session
    assert session.instructions == briefing().instructions
    assert session.tools == [oai.FunctionTool(tool.name, tool.description, tool.parameters)]
    assert isinstance(session.audio, oai.SessionAudio)
    assert isinstance(session.audio.output, oai.AudioOutput)
    assert session.audio.output.voice == "cedar"
    assert isinstance(session.audio.input, oai.AudioInput)
    assert isinstance(session.audio.input.transcription, oai.Transcription)
    assert session.audio.input.transcription.language == "he"


async def test_the_greeting_is_asked_for_once_the_engine_has_confirmed(world: World) -> None:
    world.engine.confirms = False
    await world.call()
    link = await world.engine.link()
    await link.inbox.first(oai.SessionUpdate)
    assert not link.inbox.of(oai.ResponseCreate)

    link.say("session.updated", session={"type": "realtime"})
    request = await link.request_of()

    assert isinstance(request.response, oai.ResponseSettings)
    assert request.response.instructions == (
        'You answer the phone.\n\nSay exactly this, word for word, and nothing else: "Hello."'
    )


async def test_caller_frames_reach_the_engine_as_they_are(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    said = numbered(50)
    for at in range(0, len(said), 160):
        carrier.speak(said[at : at + 160])
    await link.inbox.until(lambda _: len(link.caller_audio) >= len(said))

    assert link.caller_audio == said


async def test_frames_of_other_sizes_reach_the_engine_as_they_are(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    said = numbered(7)
    for at, size in ((0, 80), (80, 320), (400, 240), (640, 480)):
        carrier.speak(said[at : at + size])
    await link.inbox.until(lambda _: len(link.caller_audio) >= len(said))

    assert link.caller_audio == said


async def test_what_the_caller_says_before_the_engine_is_ready_is_kept(world: World) -> None:
    world.engine.confirms = False
    carrier = await world.call()
    link = await world.engine.link()
    said = numbered(20)
    for at in range(0, len(said), 160):
        carrier.speak(said[at : at + 160])
    carrier.press("1")  # comes after the frames, and its effect shows that they are there
    await link.inbox.first(oai.SessionUpdate)
    assert not link.caller_audio

    link.say("session.updated", session={"type": "realtime"})
    await link.inbox.until(lambda _: len(link.caller_audio) >= len(said))

    assert link.caller_audio == said


async def test_of_a_long_wait_the_last_two_seconds_are_kept(world: World) -> None:
    world.engine.confirms = False
    carrier = await world.call()
    link = await world.engine.link()
    await link.inbox.first(oai.SessionUpdate)
    said = numbered(120)
    for at in range(0, len(said), 160):
        carrier.speak(said[at : at + 160])
    session = next(iter(world.worker.calls))
    await world.until(lambda: session.frames_in == 120)

    link.say("session.updated", session={"type": "realtime"})
    carrier.speak(b"\x01" * 160)
    await link.inbox.until(lambda _: link.caller_audio.endswith(b"\x01" * 160))

    assert link.caller_audio == said[-16_000:] + b"\x01" * 160


async def test_lost_caller_audio_is_made_up_for_with_silence(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    carrier.speak(b"\x01" * 160, 0)
    carrier.speak(b"\x02" * 160, 220)  # 200 ms are missing
    carrier.speak(b"\x03" * 160, 290)  # 50 ms late: jitter
    carrier.speak(b"\x04" * 160, 60_000)  # a minute is missing: no more than two seconds of it
    await link.inbox.until(lambda _: link.caller_audio.endswith(b"\x04"))

    parts = [b"\x01" * 160, b"\xff" * 1_600, b"\x02" * 160, b"\x03" * 160]
    assert link.caller_audio == b"".join([*parts, b"\xff" * 16_000, b"\x04" * 160])


async def test_a_long_answer_made_at_once_is_heard_whole(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    answer = numbered(1_000)
    link.reply("r1", await link.request_of(), answer, burst=7_777)
    await carrier.heard(160)
    await world.play(ms=20_000)
    heard = await carrier.heard(len(answer))

    assert heard == answer
    assert {len(media.audio) for media in carrier.inbox.of(carrier_wire.PlatformMedia)} == {160}


async def test_a_voice_holds_the_agent_and_its_words_cut_it_off(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.begin("r1", await link.request_of())
    link.audio("r1", "i1", numbered(500))
    await carrier.heard(10 * 160)
    for frame in VOICE:
        carrier.speak(frame)
    await link.inbox.until(lambda _: VOICE[-1] in link.caller_audio)
    sent = len(carrier.audio)
    link.caller_speaks("u1")
    link.caller_stops("u1")
    await world.play(ms=400)
    assert len(carrier.audio) == sent
    assert not carrier.inbox.of(carrier_wire.PlatformClear)
    assert not link.inbox.of(oai.ResponseCancel)

    link.transcript("u1", "Wait, I have a question.")
    await carrier.inbox.first(carrier_wire.PlatformClear)
    cancel: oai.ResponseCancel = await link.inbox.first(oai.ResponseCancel)
    truncate: oai.ConversationItemTruncate = await link.inbox.first(oai.ConversationItemTruncate)
    link.audio("r1", "i1", numbered(100))  # was on its way
    link.end("r1", "cancelled")
    await link.request_of(2)

    assert cancel.response_id == "r1"
    assert (truncate.item_id, truncate.content_index) == ("i1", 0)
    assert sent // 8 - 60 <= truncate.audio_end_ms <= sent // 8
    assert len(carrier.audio) == sent


async def test_after_a_hesitation_the_agent_goes_on_with_the_next_frame(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    said = numbered(500)
    link.reply("r1", await link.request_of(), said, burst=8_000)
    await carrier.heard(10 * 160)
    for frame in VOICE + [QUIET] * 20:
        carrier.speak(frame)
    await link.inbox.until(lambda _: QUIET * 20 in link.caller_audio)
    sent = len(carrier.audio)
    link.caller_speaks("u1")
    link.caller_stops("u1")
    await world.play(ms=400)
    assert len(carrier.audio) == sent

    link.transcript("u1", "hmm")
    await world.play(ms=10_000)
    assert await carrier.heard(len(said)) == said
    assert not carrier.inbox.of(carrier_wire.PlatformClear)
    assert not link.inbox.of(oai.ResponseCancel)


async def test_a_key_becomes_part_of_the_conversation(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(5), burst=800)
    carrier.press("5")
    carrier.press("#")
    await world.play(ms=5_000)
    item: oai.ConversationItemCreate = await link.inbox.first(oai.ConversationItemCreate)

    assert "5" in item.item.text


async def test_a_hung_up_call_closes_the_engine_and_is_written_down(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    await link.request_of()
    carrier.stop()
    await carrier.gone()
    await world.over()

    assert link.closed.is_set()
    (outcome,) = world.book.outcomes.all
    assert outcome.reason == "caller_hung_up"
    assert world.worker.census().calls == 0


async def test_a_dropped_socket_ends_the_call(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    await link.request_of()
    carrier.drop()
    await world.over()

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["caller_hung_up"]


async def test_a_terminal_status_ends_the_call_without_another_frame(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    await link.request_of()
    world.worker.end_call("call-1", "ringing")
    world.worker.end_call("call-2", "completed")
    world.worker.end_call("call-1", "completed")
    await carrier.gone()
    await world.over()

    assert carrier.close_code == 1000
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["call_ended"]


async def test_a_silent_caller_is_asked_once_and_then_let_go(world: World) -> None:
    carrier = await world.call(policy=CallPolicy(silence_ms=1_000, mark_limit_ms=100))
    carrier.echoes_marks = False  # it plays nothing, so it could not say when it did
    link = await world.engine.link()
    link.reply("r1", await link.request_of(1), numbered(5), burst=800)
    await carrier.heard(5 * 160)
    await world.play(ms=3_000)
    request = await link.request_of(2)
    link.reply("r2", request, numbered(5), burst=800)
    await carrier.heard(10 * 160)
    await world.play(ms=3_000)
    await carrier.gone()
    await world.over()

    assert isinstance(request.response, oai.ResponseSettings)
    assert "Are you there?" in str(request.response.instructions)
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["silence"]
    assert len(link.inbox.of(oai.ResponseCreate)) == 2


async def test_the_turns_of_a_call_are_written_down(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(5), burst=800)
    await carrier.heard(5 * 160)
    await world.play(ms=1_000)
    for frame in VOICE:
        carrier.speak(frame)
    await link.inbox.until(lambda _: VOICE[-1] in link.caller_audio)
    link.caller_speaks("u1")
    link.caller_stops("u1")
    link.transcript("u1", "When do you open?")
    await link.request_of(2)
    await world.play(ms=1_000)
    carrier.stop()
    await world.over()

    (outcome,) = world.book.outcomes.all
    said = {(turn.role.value, turn.text) for turn in outcome.turns}
    assert said == {("agent", "text of r1"), ("caller", "When do you open?")}
    assert outcome.metrics["stt_utterances"] == 1
