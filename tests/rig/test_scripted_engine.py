"""The scripted engine misbehaves exactly as its script says."""

import json
from base64 import b64decode, b64encode

import pytest
import websockets

from prosaasil.rig.cues import Kind, stamp
from prosaasil.rig.script import Hearing, Misdeed, Moment, ReplyPlan, Script, ToolPlan, deltas
from prosaasil.rig.scripted_engine import ScriptedEngine
from prosaasil.rig.sound import made_up_speech, quiet_room
from prosaasil.wire.openai_realtime import append_audio

SPEECH = b"".join(made_up_speech(25, seed=8))
ROOM = b"".join(quiet_room(60, seed=8))


async def answers(script: Script, *said: dict[str, object]) -> list[dict[str, object]]:
    """Everything that a client hears after saying these, until `response.done` or the end."""
    heard: list[dict[str, object]] = []
    async with ScriptedEngine(script) as engine:
        url = f"{engine.url}/realtime?model=any"
        async with websockets.connect(url) as socket:
            for event in said:
                await socket.send(json.dumps(event))
            try:
                while not heard or heard[-1]["type"] != "response.done":
                    message = await socket.recv()
                    heard.append(
                        json.loads(message)
                        if isinstance(message, str) and message.startswith('{"')
                        else {"type": "garbage"}
                    )
            except websockets.ConnectionClosed as closed:
                heard.append({"type": "closed", "code": closed.rcvd and closed.rcvd.code})
    return heard


@pytest.mark.parametrize(
    ("misdeed", "told"),
    [
        (Misdeed.CLOSE, {"type": "closed", "code": 1011}),
        (Misdeed.BREAK_OFF, {"type": "closed", "code": None}),
        (Misdeed.HALF_MESSAGE, {"type": "closed", "code": None}),
    ],
)
async def test_a_misdeed_that_ends_the_session_ends_it(
    misdeed: Misdeed, told: dict[str, object]
) -> None:
    heard = await answers(Script(misdeeds=((Moment.OPENED, misdeed),)))
    assert heard[-1] == told


@pytest.mark.parametrize(
    ("misdeed", "kind"),
    [
        (Misdeed.GARBAGE, "garbage"),
        (Misdeed.BINARY, "garbage"),
        (Misdeed.UNKNOWN_EVENT, "response.surprise"),
        (Misdeed.ERROR, "error"),
    ],
)
async def test_a_misdeed_in_the_middle_of_a_reply_leaves_the_reply_whole(
    misdeed: Misdeed, kind: str
) -> None:
    script = Script(
        replies=(ReplyPlan(SPEECH * 2, speed=0),), misdeeds=((Moment.MID_REPLY, misdeed),)
    )
    heard = await answers(script, {"type": "response.create"})
    types = [event["type"] for event in heard]
    assert types.count(kind) == 1
    assert types[-1] == "response.done"


async def test_an_engine_may_refuse_the_socket() -> None:
    async with ScriptedEngine(Script(refuses_with=503)) as engine:
        with pytest.raises(websockets.InvalidStatus, match="503"):
            await websockets.connect(f"{engine.url}/realtime")


async def test_a_reply_may_fail() -> None:
    script = Script(replies=(ReplyPlan(SPEECH, fails_with="insufficient_quota", speed=0),))
    done = (await answers(script, {"type": "response.create"}))[-1]["response"]
    assert isinstance(done, dict)
    assert done["status"] == "failed"
    assert done["status_details"]["error"]["code"] == "insufficient_quota"


async def test_a_reply_may_call_a_tool() -> None:
    script = Script(replies=(ReplyPlan(tools=(ToolPlan("book", "{not json"),)),))
    heard = await answers(script, {"type": "response.create"})
    [item] = [e["item"] for e in heard if e["type"] == "response.output_item.done"]
    assert isinstance(item, dict)
    assert (item["type"], item["name"], item["arguments"]) == ("function_call", "book", "{not json")


CANCELLED: tuple[dict[str, object], ...] = (
    {"type": "response.create"},
    {"type": "response.cancel"},
)


@pytest.mark.parametrize(("goes_on_ms", "pieces_min", "pieces_max"), [(0, 0, 0), (250, 2, 9)])
async def test_a_cancelled_reply_may_go_on_for_a_while(
    goes_on_ms: int, pieces_min: int, pieces_max: int
) -> None:
    plan = ReplyPlan(SPEECH * 2, delta_ms=100, speed=1, goes_on_ms=goes_on_ms)
    heard = await answers(Script(replies=(plan,)), *CANCELLED)
    pieces = sum(event["type"] == "response.output_audio.delta" for event in heard)
    assert pieces_min <= pieces <= pieces_max


async def test_a_cancelled_reply_gives_the_reason_of_the_script() -> None:
    plan = ReplyPlan(SPEECH, speed=1, cancelled_as="turn_detected")
    done = (await answers(Script(replies=(plan,)), *CANCELLED))[-1]["response"]
    assert isinstance(done, dict)
    assert done["status_details"]["reason"] == "turn_detected"


LEAVE_TURNS_TO_ME: dict[str, object] = {
    "type": "session.update",
    "session": {
        "type": "realtime",
        "audio": {
            "input": {
                "format": {"type": "audio/pcmu"},
                "turn_detection": {
                    "type": "server_vad",
                    "create_response": False,
                    "interrupt_response": False,
                },
            }
        },
    },
}


@pytest.mark.parametrize(("itself", "status"), [(True, "cancelled"), (False, "completed")])
async def test_an_engine_may_interrupt_itself_against_its_settings(
    itself: bool, status: str
) -> None:
    script = Script(replies=(ReplyPlan(SPEECH, speed=2),), interrupts_itself=itself)
    speech: dict[str, object] = {
        "type": "input_audio_buffer.append",
        "audio": b64encode(SPEECH).decode(),
    }
    heard = await answers(script, LEAVE_TURNS_TO_ME, {"type": "response.create"}, speech)
    done = heard[-1]["response"]
    assert isinstance(done, dict)
    assert done["status"] == status


async def test_a_turn_may_be_imagined(scripted: ScriptedEngine) -> None:
    async with websockets.connect(f"{scripted.url}/realtime") as socket:
        await socket.recv()
        scripted.sessions[0].imagine_turn(20)
        types = [json.loads(await socket.recv())["type"] for _ in range(3)]
    assert types == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
    ]


async def test_audio_arrives_whole_however_it_is_cut() -> None:
    plan = ReplyPlan(SPEECH + b"odd", first_delta_ms=7, delta_ms=33, speed=0)
    heard = await answers(Script(replies=(plan,)), {"type": "response.create"})
    pieces = [e["delta"] for e in heard if e["type"] == "response.output_audio.delta"]
    assert b"".join(b64decode(str(piece)) for piece in pieces) == SPEECH + b"odd"


def test_a_stall_delays_the_rest_of_a_reply_once() -> None:
    plan = ReplyPlan(SPEECH, delta_ms=100, speed=0, stall_after_ms=200, stall_ms=5_000)
    assert [delta.after_ms for delta in deltas(plan)] == [50, 0, 5_000, 0, 0]


def test_speed_is_in_times_of_real_time() -> None:
    plan = ReplyPlan(SPEECH, first_after_ms=0, speed=4)
    assert sum(delta.after_ms for delta in deltas(plan)) == pytest.approx(100 / 4 + 200 / 4)


async def test_a_turn_is_answered_when_the_settings_say_so() -> None:
    script = Script(
        replies=(ReplyPlan(SPEECH, speed=0),), hearing=Hearing.LEVEL, transcripts=("hello",)
    )
    heard = await answers(
        script,
        {
            "type": "session.update",
            "session": {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}}}},
        },
        {"type": "input_audio_buffer.append", "audio": b64encode(ROOM + SPEECH + ROOM).decode()},
    )
    types = [event["type"] for event in heard]
    assert "input_audio_buffer.committed" in types
    assert types[-1] == "response.done"


async def test_a_filler_is_understood_as_one_and_is_no_turn_of_the_script() -> None:
    script = Script(
        hearing=Hearing.CUES,
        transcripts=("Tomorrow at ten.",),
        turn_starts_after_ms=0,
        turn_ends_after_ms=0,
        transcribed_after_ms=0,
    )
    told: list[str] = []
    async with (
        ScriptedEngine(script) as engine,
        websockets.connect(f"{engine.url}/realtime?model=any") as socket,
    ):
        for starts in (Kind.FILLER_STARTED, Kind.SPEECH_STARTED):
            for cue in (starts, Kind.SPEECH_STOPPED):
                await socket.send(append_audio(b64encode(stamp(cue, 1))).decode())
            while len(told) < 1 + (starts is Kind.SPEECH_STARTED):
                event = json.loads(await socket.recv())
                told += [event["transcript"]] if "transcript" in event else []
        fillers = len(engine.sessions[0].fillers_told_us)

    assert told == ["mm", "Tomorrow at ten."]
    assert fillers == 1


async def test_what_the_client_did_is_kept(scripted: ScriptedEngine) -> None:
    async with websockets.connect(f"{scripted.url}/realtime") as socket:
        await socket.send('{"type":"response.cancel"}')
        while json.loads(await socket.recv())["type"] != "error":
            pass
    session = scripted.sessions[0]
    assert [type(one.event).__name__ for one in session.received] == ["ResponseCancel"]
    assert session.refusals == ["response_cancel_not_active"]
