"""Engines that refuse, stall, babble or go away: the call has a defined end or goes on."""

from collections.abc import Callable

import pytest
from live_fakes import EngineLink, numbered
from live_world import World
from msgspec import structs
from picows import WSCloseCode, WSMsgType
from structlog.testing import capture_logs

from prosaasil.call.policy import CallPolicy
from prosaasil.live.engine import EngineAddress
from prosaasil.wire import openai_realtime as oai


async def test_an_engine_that_refuses_the_socket_ends_the_call(world: World) -> None:
    world.engine.refuses_upgrade = True
    carrier = await world.call()
    await carrier.gone()
    await world.over()

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["engine_failed"]


async def test_an_engine_that_is_not_there_ends_the_call(world: World) -> None:
    await world.engine.close()
    carrier = await world.call()
    await carrier.gone()
    await world.over()

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["engine_failed"]


async def test_an_engine_that_never_confirms_is_asked_twice_and_given_up(world: World) -> None:
    world.engine.confirms = False
    carrier = await world.call()
    link = await world.engine.link()
    await link.inbox.first(oai.SessionUpdate)
    await world.play(ms=3_100)
    await link.inbox.until(lambda _: len(link.inbox.of(oai.SessionUpdate)) == 2)
    await world.play(ms=5_000)
    await carrier.gone()
    await world.over()

    assert not link.inbox.of(oai.ResponseCreate)
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["engine_failed"]


async def test_an_engine_that_stalls_in_the_middle_is_given_up_in_time(world: World) -> None:
    policy = CallPolicy(reply_stall_limit_ms=1_000, silence_ms=1_000)
    carrier = await world.call(policy=policy)
    carrier.echoes_marks = False
    link = await world.engine.link()
    link.begin("r1", await link.request_of())
    link.audio("r1", "i1", numbered(5))
    await carrier.heard(5 * 160)
    await world.play(ms=60_000)
    await carrier.gone()
    await world.over()

    assert link.inbox.of(oai.ResponseCancel)


Misdeed = Callable[[EngineLink], None]


@pytest.mark.parametrize(
    "misdeed",
    [
        lambda link: link.transport.send_close(WSCloseCode.INTERNAL_ERROR, b"oops"),
        lambda link: link.transport.disconnect(graceful=False),
        lambda link: link.transport.underlying_transport.write(b"\x81\x7e\x01"),
        lambda link: link.transport.underlying_transport.write(b"\xff\xff\xff\xff"),
    ],
    ids=["closes", "breaks off", "half a message", "not a websocket"],
)
async def test_an_engine_that_goes_away_is_replaced(world: World, misdeed: Misdeed) -> None:
    carrier = await world.call()
    first = await world.engine.link()
    said = numbered(50)
    first.begin("r1", await first.request_of())
    first.text("r1", "i1", "We are open")
    first.audio("r1", "i1", said)
    await carrier.heard(160)
    misdeed(first)
    first.transport.disconnect()
    second = await world.engine.link(2)
    request = await second.request_of()
    [item] = [event.item for event in second.inbox.of(oai.ConversationItemCreate)]
    await carrier.heard(len(said))
    second.reply("r2", request, numbered(5), burst=800)

    assert await carrier.heard(len(said) + 800) == said + numbered(5)
    assert (item.role, item.text) == ("assistant", "We are open")


async def test_an_engine_that_goes_away_twice_ends_the_call(world: World) -> None:
    carrier = await world.call()
    for count in (1, 2):
        link = await world.engine.link(count)
        await link.request_of()
        link.transport.disconnect(graceful=False)
    await carrier.gone()
    await world.over()

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["engine_failed"]
    assert carrier.close_code == 1000


@pytest.mark.parametrize(
    ("message", "kind", "reason"),
    [
        (b"Bonjour", WSMsgType.TEXT, "malformed_json"),
        (b'{"type":"response.output_audio.delta"}', WSMsgType.TEXT, "bad_field"),
        (b"\x00\x01", WSMsgType.BINARY, "binary"),
        (
            b'{"type":"response.output_audio.delta","response_id":"r1","item_id":"i1","delta":"!"}',
            WSMsgType.TEXT,
            "bad_base64",
        ),
    ],
)
async def test_what_cannot_be_read_of_the_engine_is_passed_over(
    world: World, message: bytes, kind: WSMsgType, reason: str
) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    request = await link.request_of()
    with capture_logs() as logs:
        link.send(message, kind)
        link.send(message, kind)
        link.reply("r1", request, numbered(5), burst=800)
        await carrier.heard(5 * 160)

    assert carrier.audio == numbered(5)
    bad = [log for log in logs if log["event"] == "bad message from the engine"]
    assert [(log["reason"], log["call_id"]) for log in bad] == [(reason, "call-1")]


async def test_an_unknown_event_of_the_engine_is_nothing_to_speak_of(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    request = await link.request_of()
    with capture_logs() as logs:
        link.say("response.something_new", response_id="r1")
        link.reply("r1", request, numbered(5), burst=800)
        await carrier.heard(5 * 160)

    assert not [log for log in logs if log["log_level"] != "info"]


async def test_an_engine_that_only_babbles_is_given_up(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    await link.request_of()
    for _ in range(110):
        link.send(b"bla")
    await carrier.gone()
    await world.over()

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["engine_failed"]


async def test_an_engine_far_ahead_is_not_read_until_it_was_heard(world: World) -> None:
    carrier = await world.call(policy=CallPolicy(buffer_ms_max=10_000))
    link = await world.engine.link()
    answer = numbered(3_000) * 2
    link.reply("r1", await link.request_of(), answer, burst=16_000)
    await carrier.heard(160)
    most_ms = 0
    for _ in range(130):
        await world.play(ms=1_000)
        most_ms = max(most_ms, max((s.waiting_ms for s in world.worker.calls), default=0))
    heard = await carrier.heard(len(answer))

    assert heard == answer
    assert most_ms < 100_000


async def test_a_large_message_in_pieces_is_one_message(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.begin("r1", await link.request_of())
    encoder = oai.AudioDeltaEncoder("r1", "i1")
    whole = encoder.encode(numbered(500), "event_1")
    for at in range(0, len(whole), 20_000):
        kind = WSMsgType.CONTINUATION if at else WSMsgType.TEXT
        link.send(whole[at : at + 20_000], kind, fin=at + 20_000 >= len(whole))
    link.end("r1")
    await carrier.heard(160)
    await world.play(ms=10_000)

    assert await carrier.heard(80_000) == numbered(500)


def test_azure_gets_the_key_in_the_header_it_reads() -> None:
    address = EngineAddress("wss://clinic.openai.azure.com/openai/v1", "k", "my deployment")
    azure = structs.replace(address, is_azure=True)
    assert address.headers == {"Authorization": "Bearer k"}
    assert azure.headers == {"api-key": "k"}
    assert azure.url.endswith("/openai/v1/realtime?model=my%20deployment")
