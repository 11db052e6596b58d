"""However a call ends, nothing of it is left, and no other call notices."""

import asyncio
import gc
import wave
import weakref
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from live_fakes import FakeCarrier, Softphone, numbered
from live_world import World
from structlog.testing import capture_logs

from prosaasil.kit.errors import Refusal
from prosaasil.live import control, session
from prosaasil.live.worker import Census
from prosaasil.wire import openai_realtime as oai


async def test_nothing_is_left_of_a_call(world: World) -> None:
    tasks = len(asyncio.all_tasks())
    carrier = await world.call()
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(100), burst=1_000)
    await carrier.heard(800)
    left = weakref.ref(next(iter(world.worker.calls)))
    carrier.stop()
    await carrier.gone()
    await world.over()
    nothing = Census(calls=0, carrier_sockets=0, sockets_closing=0, outcomes_pending=0, tasks=tasks)
    await world.until(lambda: world.worker.census() == nothing)
    gc.collect()

    assert left() is None
    assert len(world.worker.pacer) == 2  # the door and the closing sockets


async def test_a_session_is_gone_without_the_garbage_collector(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(20), burst=1_000)
    await carrier.heard(800)
    left = weakref.ref(next(iter(world.worker.calls)))
    gc.collect()
    gc.disable()
    try:
        carrier.stop()
        await carrier.gone()
        await world.over()
        await world.until(lambda: left() is None)
    finally:
        gc.enable()


async def test_a_mistake_of_ours_costs_one_call(world: World) -> None:
    victim = await world.call("victim")
    bystander = await world.call("bystander")
    await (await world.engine.link(2)).request_of()
    broken = next(s for s in world.worker.calls if s.call_id == "victim")

    def crash(_: bytes) -> None:
        raise AssertionError("a mistake of ours")

    broken._uplink.put = crash
    with capture_logs() as logs:
        victim.speak(numbered(1))
        await victim.gone()
        await world.over("victim")
    bystander.speak(b"\x11" * 160)
    links = world.engine.links.all
    await world.until(lambda: any(link.caller_audio for link in links))

    assert [outcome.reason for outcome in world.book.outcomes.all] == ["crashed"]
    assert [log["call_id"] for log in logs if log["event"] == "call crashed"] == ["victim"]
    assert [s.call_id for s in world.worker.calls] == ["bystander"]


async def test_an_end_that_fails_still_closes_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    await link.request_of()

    def crash(_: session.Session) -> dict[str, int | float]:
        raise AssertionError("a mistake of ours")

    monkeypatch.setattr(session.Session, "_totals", crash)
    world.worker.end_call("call-1", "completed")
    await carrier.gone()
    await world.over()

    assert world.worker.census().calls == 0
    assert (world.recordings / "call-1" / "transcript.txt").exists()


async def test_a_peer_that_does_not_answer_our_close_is_cut_off(world: World) -> None:
    carrier = await world.call()
    await (await world.engine.link()).request_of()
    carrier.answers_close = False
    world.worker.end_call("call-1", "completed")
    await world.until(lambda: world.worker.census().calls == 0)
    assert not carrier.closed.is_set()
    await world.play(ms=600)
    await carrier.gone()


async def test_an_outcome_is_written_down_in_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "FINISH_RETRY_S", 0)
    world.book.failures_left = 2
    carrier = await world.call()
    await world.engine.link()
    with capture_logs() as logs:
        carrier.stop()
        await world.over()

    assert [log["attempt"] for log in logs if log["event"] == "outcome not written down"] == [1, 2]


async def test_what_is_left_to_do_after_a_call_is_told_and_when_it_is_done(world: World) -> None:
    carrier = await world.call()
    await world.engine.link()
    with capture_logs() as logs:
        carrier.stop()
        await world.over()
        await world.until(lambda: not world.worker.calls.finishing)

    assert [log["event"] for log in logs if "background thread" in log["event"].lower()] == [
        "Waiting for 2 background threads...",
        "Background thread 1 completed",
        "Background thread 2 completed",
        "All background threads cleanup complete",
    ]


async def test_work_that_does_not_end_is_named(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "FINISH_RETRY_S", 0)
    world.book.failures_left = control.FINISH_ATTEMPTS_MAX
    carrier = await world.call()
    await world.engine.link()
    with capture_logs() as logs:
        carrier.stop()
        await carrier.gone()
        await world.until(lambda: not world.worker.calls.finishing)

    violations = [log["event"] for log in logs if log.get("marker") == "F2 VIOLATION"]
    assert violations == ["Background thread 2 (backroom) still running after 5s timeout"]


async def test_a_call_leaves_a_recording_a_trace_and_a_transcript(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(10), burst=1_000)
    await carrier.heard(1_600)
    await world.play(ms=2_000)
    carrier.stop()
    await world.over()

    directory = world.recordings / "call-1"
    with wave.open(str(directory / "call.wav")) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, 8_000)
        duration_ms = world.book.outcomes.all[0].duration_ms
        assert wav.getnframes() == duration_ms * 8
    trace = (directory / "trace.jsonl").read_bytes()
    lines = [msgspec.json.decode(line) for line in trace.splitlines()]
    orders = [order for line in lines for order in line.get("commands", ())]
    notes = [order for order in orders if order["type"] == "Note"]
    markers = [note["marker"] for note in notes]
    assert lines[1]["at"] <= lines[-1]["at"]
    for once in ("AUDIO_TX_LOOP", "CALL_METRICS", "TX_METRICS", "CLEANUP", "F3"):
        assert once in markers
    assert [markers.count(once) for once in ("CALL_METRICS", "F3")] == [1, 1]
    assert (directory / "transcript.txt").read_text().endswith("agent: text of r1\n")


async def test_a_disk_that_fails_costs_the_recording_only(world: World) -> None:
    (world.recordings / "call-1").write_text("in the way")
    with capture_logs() as logs:
        carrier = await world.call()
        link = await world.engine.link()
        link.reply("r1", await link.request_of(), numbered(10), burst=1_000)
        await carrier.heard(1_600)
        await world.play(ms=3_000)
        carrier.stop()
        await world.over()

    assert len([log for log in logs if log["event"] == "recording failed"]) == 1
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["caller_hung_up"]


async def test_a_softphone_sees_what_is_said_and_why_it_ended(world: World) -> None:
    ticket = world.book.issue("call-1")
    phone = await world.dial("/softphone")
    assert isinstance(phone, Softphone)
    phone.start(ticket)
    link = await world.engine.link()
    link.reply("r1", await link.request_of(), numbered(5), burst=800)
    await phone.heard(800)
    world.worker.end_call("call-1", "completed")
    await phone.gone()

    kinds = [said["event"] for said in phone.extensions.all]
    assert kinds[-1] == "ended"
    assert phone.extensions.all[-1]["ended"] == {"reason": "call_ended"}
    said = phone.extensions.all[0]["transcript"]
    assert said.pop("at_ms") >= 0
    assert said == {"role": "agent", "item": "item-r1", "text": "text of r1", "final": False}


class BusyCalendar(Refusal):
    """The slot is taken."""


async def book(arguments: Mapping[str, Any]) -> object:
    return {"booked": arguments["day"]}


async def refuse(_: Mapping[str, Any]) -> object:
    raise BusyCalendar


async def break_down(_: Mapping[str, Any]) -> object:
    raise ZeroDivisionError


async def never(_: Mapping[str, Any]) -> object:
    await asyncio.Event().wait()
    return None


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [
        ("book", '{"day": "monday"}', {"booked": "monday"}),
        ("refuse", "{}", {"error": "The slot is taken."}),
        ("break_down", "", {"error": "The tool failed."}),
        ("unknown", "{}", {"error": "There is no tool 'unknown'."}),
        ("book", "[1]", None),
        ("book", '{"day', None),
    ],
)
async def test_every_tool_call_is_answered(
    world: World, name: str, arguments: str, output: object
) -> None:
    world.book.tools = {"book": book, "refuse": refuse, "break_down": break_down}
    await world.call()
    link = await world.engine.link()
    link.begin("r1", await link.request_of())
    link.tool_call("r1", "tool-1", name, arguments)
    link.end("r1")
    created: oai.ConversationItemCreate = await link.inbox.first(oai.ConversationItemCreate)
    await link.request_of(2)

    assert (created.item.type, created.item.call_id) == ("function_call_output", "tool-1")
    answer = msgspec.json.decode(created.item.output or "")
    assert answer == output if output is not None else "not a JSON object" in answer["error"]


async def test_a_tool_still_running_is_cancelled_with_its_call(world: World) -> None:
    world.book.tools = {"never": never}
    carrier: FakeCarrier = await world.call()
    link = await world.engine.link()
    link.begin("r1", await link.request_of())
    link.tool_call("r1", "tool-1", "never", "{}")
    link.end("r1")
    await world.until(lambda: len(asyncio.all_tasks(world.worker.backroom.loop)) > 0)
    carrier.stop()
    await world.over()
    await world.until(lambda: not asyncio.all_tasks(world.worker.backroom.loop))
