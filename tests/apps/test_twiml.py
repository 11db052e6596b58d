"""The carrier's webhooks: each refusal, each retry, and what a good call is told."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from web_fixture import PUBLIC_URL, Carrier

from prosaasil.agents import service as agents
from prosaasil.apps import demo, twiml, twiml_sentences
from prosaasil.businesses import service as businesses
from prosaasil.call.briefing import Direction
from prosaasil.kit.clock import utc_now
from prosaasil.kit.db import Database
from prosaasil.kit.secrets import Secrets
from prosaasil.records import service as records
from prosaasil.records import workers
from prosaasil.records.call import Claimed, Ending, Kind
from prosaasil.records.workers import VoiceWorker
from prosaasil.wire import twilio_http
from prosaasil.wire.twilio_http import (
    CallStatus,
    ConnectStream,
    Form,
    Hangup,
    IncomingCall,
    Redirect,
    Say,
)

NO_CALL = UUID(int=7)
WORKER = VoiceWorker(uuid4(), "ws://127.0.0.1:8081/media", "ws://127.0.0.1:8081/softphone")
CALLER = "+972501234567"
INCOMING = "/twiml/incoming/demo"
OUTBOUND = "/twiml/outbound/demo"


def incoming(sid: str = "CA1", *, caller: str = CALLER, called: str = demo.NUMBER) -> Form:
    return IncomingCall(sid, "AC1", caller, called).form()


def outgoing(sid: str = "CA1") -> Form:
    return IncomingCall(
        sid, "AC1", demo.NUMBER, CALLER, status="in-progress", direction="outbound-api"
    ).form()


def stream_of(body: str) -> ConnectStream:
    stream, _ = twilio_http.parse_twiml(body)
    assert isinstance(stream, ConnectStream)
    return stream


def sentence_of(body: str) -> str:
    said, end = twilio_http.parse_twiml(body)
    assert isinstance(said, Say)
    assert end == Hangup()
    return said.text


async def count_calls(database: Database) -> int:
    async with database.system() as tx:
        count = await tx.session.scalar(text("SELECT count(*) FROM calls"))
    assert isinstance(count, int)
    return count


async def claim(
    database: Database, own: Secrets, ticket: str, *, sid: str = "CA1", kind: Kind = Kind.CARRIER
) -> Claimed:
    async with database.system() as tx:
        return await records.claim(
            tx, own, ticket, kind, carrier_call_sid=sid, stream_sid="MZ1", now=utc_now()
        )


@pytest.fixture
async def clinic(database: Database, login: demo.DemoLogin) -> UUID:
    """The demo business, with a voice worker to take its calls."""
    async with database.system() as tx:
        await workers.beat(tx, WORKER, 0)
        business = await businesses.find(tx, demo.SLUG)
    assert business is not None
    return business.id


async def test_a_caller_is_connected_to_a_voice_worker(clinic: UUID, carrier: Carrier) -> None:
    answer = await carrier.post(INCOMING, incoming())

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    stream, then = twilio_http.parse_twiml(answer.text)
    assert isinstance(stream, ConnectStream)
    assert stream.url == WORKER.media_url
    assert stream.parameters["direction"] == "inbound"
    assert isinstance(then, Redirect)
    assert then.url.startswith(f"{PUBLIC_URL}/twiml/resume/")


@pytest.mark.parametrize(
    ("path", "form", "direction"),
    [(INCOMING, incoming(), "inbound"), (OUTBOUND, outgoing(), "outbound")],
)
async def test_the_route_decides_the_direction(
    clinic: UUID,
    carrier: Carrier,
    database: Database,
    own: Secrets,
    path: str,
    form: Form,
    direction: str,
) -> None:
    stream = stream_of((await carrier.post(path, form)).text)
    claimed = await claim(database, own, stream.parameters["ticket"])

    assert stream.parameters["direction"] == direction
    assert claimed.briefing.direction.value == direction


@pytest.mark.parametrize("signature", ["", "bm9uc2Vuc2U=", "\u05d0".encode().hex()])
@pytest.mark.parametrize(
    "path",
    [
        INCOMING,
        OUTBOUND,
        f"/twiml/resume/{NO_CALL}",
        "/twilio/call-status",
        "/twilio/stream-status",
    ],
)
async def test_a_request_that_is_not_signed_is_refused(
    clinic: UUID, carrier: Carrier, database: Database, path: str, signature: str
) -> None:
    answer = await carrier.post(path, incoming(), signature=signature)

    assert answer.status_code == 403
    assert answer.json()["error"] == "signature_refused"
    assert await count_calls(database) == 0


async def test_a_signature_for_another_host_is_refused_whatever_the_host_header_says(
    clinic: UUID, carrier: Carrier
) -> None:
    answer = await carrier.post(INCOMING, incoming(), base="https://evil.example.com")

    assert answer.status_code == 403


async def test_a_signature_over_a_forgotten_blank_value_is_refused(
    clinic: UUID, carrier: Carrier, settings: object
) -> None:
    whole = incoming()
    signed = twilio_http.signature(
        carrier._token, PUBLIC_URL + INCOMING, [pair for pair in whole if pair[1]]
    )
    assert (await carrier.post(INCOMING, whole, signature=signed)).status_code == 403


@pytest.mark.parametrize(
    "base", ["http://localhost:8080", "http://127.0.0.1:8080", "https://voice.example.com:443"]
)
async def test_our_own_other_addresses_are_accepted(
    clinic: UUID, carrier: Carrier, base: str
) -> None:
    assert (await carrier.post(INCOMING, incoming(), base=base)).status_code == 200


async def test_a_form_too_large_is_refused(clinic: UUID, carrier: Carrier) -> None:
    answer = await carrier.post(INCOMING, [*incoming(), ("X", "y" * 70_000)])

    assert answer.status_code == 413


async def test_a_form_that_names_no_call_is_refused(clinic: UUID, carrier: Carrier) -> None:
    answer = await carrier.post(INCOMING, [("To", demo.NUMBER)])

    assert answer.status_code == 400


async def test_a_business_that_does_not_exist_is_refused_politely(
    clinic: UUID, carrier: Carrier, database: Database
) -> None:
    answer = await carrier.post("/twiml/incoming/nobody", incoming())

    assert sentence_of(answer.text) == twiml_sentences.NOT_IN_SERVICE["he"]
    assert await count_calls(database) == 0


@pytest.mark.parametrize("called", ["+97235550199", "sip:demo@example.com", "anonymous"])
async def test_a_number_that_is_not_the_businesss_is_refused_politely(
    clinic: UUID, carrier: Carrier, database: Database, called: str
) -> None:
    answer = await carrier.post(INCOMING, incoming(called=called))

    assert sentence_of(answer.text) == twiml_sentences.NOT_IN_SERVICE["he"]
    assert await count_calls(database) == 0


async def test_an_outbound_call_from_a_number_of_somebody_else_is_refused(
    clinic: UUID, carrier: Carrier
) -> None:
    form = IncomingCall("CA1", "AC1", "+97235550199", CALLER).form()

    assert sentence_of((await carrier.post(OUTBOUND, form)).text)


async def test_a_suspended_business_is_refused_politely(
    clinic: UUID, carrier: Carrier, database: Database
) -> None:
    async with database.tenant(clinic) as tx:
        await businesses.suspend(tx)

    answer = await carrier.post(INCOMING, incoming())

    assert sentence_of(answer.text) == twiml_sentences.NOT_IN_SERVICE["he"]


async def test_without_a_voice_worker_the_caller_hears_why_and_the_call_is_kept(
    login: demo.DemoLogin, carrier: Carrier, database: Database
) -> None:
    answer = await carrier.post(INCOMING, incoming())

    assert sentence_of(answer.text) == twiml_sentences.BUSY["he"]
    assert await count_calls(database) == 1


async def test_a_withheld_caller_is_a_caller(clinic: UUID, carrier: Carrier) -> None:
    answer = await carrier.post(INCOMING, incoming(caller="anonymous"))

    assert stream_of(answer.text)


@pytest.mark.parametrize("empty", [None, "", "  \n"])
@pytest.mark.parametrize("direction", list(Direction))
async def test_a_missing_prompt_is_never_replaced_by_the_other_directions(
    clinic: UUID, carrier: Carrier, database: Database, direction: Direction, empty: str | None
) -> None:
    async with database.tenant(clinic) as tx:
        await tx.session.execute(
            text("DELETE FROM prompts WHERE direction = :d"), {"d": direction.value}
        )
        if empty is not None:
            await tx.session.execute(
                text("INSERT INTO prompts VALUES (:b, :d, 1, :t)"),
                {"b": clinic, "d": direction.value, "t": empty},
            )
    is_inbound = direction is Direction.INBOUND
    path, form = (INCOMING, incoming()) if is_inbound else (OUTBOUND, outgoing())

    answers = [(await carrier.post(path, form)).text for _ in range(2)]

    assert [sentence_of(body) for body in answers] == [twiml_sentences.UNABLE["he"]] * 2
    async with database.system() as tx:
        row = (await tx.session.execute(text("SELECT * FROM calls"))).one()
    assert (row.status, row.end_reason, row.briefing) == ("failed", "prompt_missing", None)


async def test_a_webhook_delivered_again_opens_no_second_call(
    clinic: UUID, carrier: Carrier, database: Database, own: Secrets
) -> None:
    first = stream_of((await carrier.post(INCOMING, incoming())).text)
    second = stream_of((await carrier.post(INCOMING, incoming())).text)

    assert await count_calls(database) == 1
    assert (first.url, first.parameters["direction"]) == (second.url, "inbound")
    with pytest.raises(records.TicketUsed):
        await claim(database, own, first.parameters["ticket"])
    await claim(database, own, second.parameters["ticket"])


async def test_two_deliveries_at_once_open_one_call(
    clinic: UUID, carrier: Carrier, database: Database
) -> None:
    answers = await asyncio.gather(*(carrier.post(INCOMING, incoming()) for _ in range(4)))

    assert all(stream_of(answer.text) for answer in answers)
    assert await count_calls(database) == 1


async def test_the_first_route_of_a_call_keeps_its_direction(
    clinic: UUID, carrier: Carrier, database: Database, own: Secrets
) -> None:
    """A carrier's call that arrives at the other route later keeps its first direction."""
    loop = IncomingCall("CA1", "AC1", demo.NUMBER, demo.NUMBER).form()
    await carrier.post(INCOMING, loop)
    stream = stream_of((await carrier.post(OUTBOUND, loop)).text)

    claimed = await claim(database, own, stream.parameters["ticket"])

    assert claimed.briefing.direction is Direction.INBOUND


async def test_a_call_that_is_over_is_not_begun_again_by_a_late_webhook(
    clinic: UUID, carrier: Carrier
) -> None:
    await carrier.post(INCOMING, incoming())
    await carrier.post("/twilio/call-status", CallStatus("CA1", "canceled").form())

    answer = await carrier.post(INCOMING, incoming())

    assert twilio_http.parse_twiml(answer.text) == (Hangup(),)


async def test_an_ended_call_is_hung_up_when_its_stream_closes(
    clinic: UUID, carrier: Carrier, database: Database, own: Secrets
) -> None:
    stream = stream_of((await carrier.post(INCOMING, incoming())).text)
    claimed = await claim(database, own, stream.parameters["ticket"])
    ending = Ending(reason="silence", duration_ms=5_000, metrics={}, turns=[])
    async with database.tenant(clinic) as tx:
        await records.finish(tx, claimed.call_id, ending)

    answer = await carrier.post(f"/twiml/resume/{claimed.call_id}", incoming())

    assert twilio_http.parse_twiml(answer.text) == (Hangup(),)


async def test_a_call_that_lost_its_stream_gets_another_and_no_more_than_three(
    clinic: UUID,
    carrier: Carrier,
    database: Database,
    own: Secrets,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(twiml, "ENDING_WAIT_S", 0)
    stream = stream_of((await carrier.post(INCOMING, incoming())).text)
    claimed = await claim(database, own, stream.parameters["ticket"])
    path = f"/twiml/resume/{claimed.call_id}"

    for _ in range(records.RESUMPTIONS_MAX):
        again = stream_of((await carrier.post(path, incoming())).text)
        resumed = await claim(database, own, again.parameters["ticket"])
        assert (resumed.call_id, resumed.is_first) == (claimed.call_id, False)
    answer = await carrier.post(path, incoming())

    assert twilio_http.parse_twiml(answer.text) == (Hangup(),)


async def test_a_call_is_not_resumed_for_another_carrier_call(
    clinic: UUID, carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twiml, "ENDING_WAIT_S", 0)
    answer = await carrier.post(INCOMING, incoming())
    _, then = twilio_http.parse_twiml(answer.text)
    assert isinstance(then, Redirect)
    path = then.url.removeprefix(PUBLIC_URL)

    other = await carrier.post(path, incoming("CA2"))

    assert twilio_http.parse_twiml(other.text) == (Hangup(),)


@pytest.mark.parametrize("sid", ["CA1", "CA9"])
@pytest.mark.parametrize("status", ["completed", "ringing", "nonsense", "", "queued"])
async def test_a_status_is_always_taken(
    clinic: UUID, carrier: Carrier, status: str, sid: str
) -> None:
    await carrier.post(INCOMING, incoming())

    form = [("CallSid", sid), ("CallStatus", status), ("CallDuration", "x")]
    answer = await carrier.post("/twilio/call-status", form)

    assert (answer.status_code, answer.content) == (204, b"")


async def test_a_stream_status_is_always_taken(clinic: UUID, carrier: Carrier) -> None:
    form = [("StreamEvent", "stream-error"), ("StreamSid", "MZ1"), ("StreamError", "x")]

    assert (await carrier.post("/twilio/stream-status", form)).status_code == 204


async def test_sentinels_of_two_businesses_and_directions_never_mix(
    clinic: UUID, carrier: Carrier, database: Database, own: Secrets
) -> None:
    async with database.tenant(clinic) as tx:
        for direction in Direction:
            await agents.write_prompt(tx, direction, f"sentinel-{direction.value} outbound inbound")

    stream = stream_of((await carrier.post(OUTBOUND, outgoing())).text)
    claimed = await claim(database, own, stream.parameters["ticket"])

    assert "sentinel-outbound" in claimed.briefing.instructions
    assert "sentinel-inbound" not in claimed.briefing.instructions
