"""The engine of a call may be connected again, and is then told what it missed."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from live_fakes import EngineLink, FakeEngine, Inbox, briefing

from prosaasil.call import commands, events
from prosaasil.call.commands import Role, Said
from prosaasil.call.events import Event
from prosaasil.kit import clock, telemetry
from prosaasil.live.engine import Engine, EngineAddress
from prosaasil.live.sockets import Closing
from prosaasil.wire import openai_realtime as oai


class Side:
    """Our end of an engine's sockets, and the engine's."""

    def __init__(self) -> None:
        self.peer = FakeEngine()
        self.facts: Inbox[Event] = Inbox()
        self.engine: Engine

    async def open(self) -> None:
        address = EngineAddress(f"ws://127.0.0.1:{await self.peer.listen()}/v1", "key", "model-1")
        closing = Closing(clock.now_ms)
        log = telemetry.logger("test")
        self.engine = address(briefing(), self.facts.add, log, closing)

    async def connected(self, count: int = 1) -> EngineLink:
        self.engine.connect()
        link = await self.peer.link(count)
        await self.facts.until(lambda _: len(self.facts.of(events.EngineOpened)) == count)
        return link

    async def lost(self, count: int = 1) -> None:
        await self.facts.until(lambda _: len(self.facts.of(events.EngineLost)) == count)


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    made = Side()
    await made.open()
    yield made
    made.engine.close()
    await made.peer.close()


async def items(link: EngineLink, count: int) -> list[oai.Item]:
    kind = oai.ConversationItemCreate
    await link.inbox.until(lambda _: len(link.inbox.of(kind)) == count)
    return [event.item for event in link.inbox.of(kind)]


async def test_a_lost_engine_is_connected_again(side: Side) -> None:
    first = await side.connected()
    first.transport.disconnect(graceful=False)
    await side.lost()
    second = await side.connected(2)
    side.engine.order(commands.ConfigureSession())
    await side.facts.first(events.SessionConfigured)
    side.engine.append(b"AQEB")
    await second.inbox.first(oai.InputAudioBufferAppend)

    assert second.caller_audio == b"\x01\x01\x01"
    assert not first.caller_audio
    assert not first.inbox.of(oai.SessionUpdate)


async def test_nothing_of_the_socket_before_reaches_the_call(side: Side) -> None:
    first = await side.connected()
    second = await side.connected(2)
    first.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="old")
    first.transport.disconnect(graceful=False)
    await first.closed.wait()
    second.say("input_audio_buffer.speech_started", audio_start_ms=0, item_id="new")
    await side.facts.first(events.CallerSpeechStarted)

    assert side.facts.of(events.CallerSpeechStarted) == [events.CallerSpeechStarted("new")]
    assert side.facts.of(events.EngineLost) == []


async def test_a_socket_given_up_is_closed_when_the_next_is_opened(side: Side) -> None:
    """Lost for what it said, not for its silence: it is still open."""
    first = await side.connected()
    for _ in range(110):
        first.send(b"bla")
    await side.lost()
    await side.connected(2)
    async with asyncio.timeout(20):
        await first.closed.wait()


async def test_every_loss_is_told_once(side: Side) -> None:
    for count in (1, 2, 3):
        link = await side.connected(count)
        link.transport.disconnect(graceful=False)
        await side.lost(count)

    assert len(side.facts.of(events.EngineLost)) == 3


async def test_an_engine_that_is_not_there_any_more_is_lost_again(side: Side) -> None:
    link = await side.connected()
    side.peer.refuses_upgrade = True
    link.transport.disconnect(graceful=False)
    await side.lost()
    side.engine.connect()
    await side.lost(2)

    assert side.facts.all[-1].reason.startswith("not opened")  # type: ignore[union-attr]


async def test_after_the_end_nothing_is_told(side: Side) -> None:
    link = await side.connected()
    side.engine.close()
    link.caller_speaks("late")
    await link.closed.wait()

    assert side.facts.all == [events.EngineOpened()]


async def test_what_was_said_is_replayed_in_order(side: Side) -> None:
    link = await side.connected()
    said = (Said(Role.AGENT, "Hello."), Said(Role.CALLER, "Hi."), Said(Role.AGENT, "Your name?"))
    side.engine.order(commands.ReplayConversation(said))
    replayed = await items(link, 3)

    assert [(item.type, item.role, item.text) for item in replayed] == [
        ("message", "assistant", "Hello."),
        ("message", "user", "Hi."),
        ("message", "assistant", "Your name?"),
    ]
    assert [content.type for item in replayed for content in item.content or ()] == [
        "output_text",
        "input_text",
        "output_text",
    ]


async def test_a_tool_call_is_replayed_before_its_answer(side: Side) -> None:
    link = await side.connected()
    side.engine.order(commands.ReplayToolCall("call_1", "book", '{"day":"sunday"}'))
    side.engine.order(commands.AnswerTool("call_1", '{"ok":true}'))
    call, answer = await items(link, 2)

    assert (call.type, call.call_id, call.name) == ("function_call", "call_1", "book")
    assert call.arguments == '{"day":"sunday"}'
    assert (answer.type, answer.call_id) == ("function_call_output", "call_1")


async def test_a_system_note_is_a_message_of_the_systems(side: Side) -> None:
    link = await side.connected()
    side.engine.order(commands.AddSystemNote("Asked twice."))
    [note] = await items(link, 1)

    assert (note.role, note.text) == ("system", "Asked twice.")
    assert [content.type for content in note.content or ()] == ["input_text"]
