"""What strangers and broken peers send is refused or survived, with one record each."""

from collections.abc import Callable

import pytest
from live_fakes import FakeCarrier, Softphone, numbered
from live_world import World
from picows import WSError, WSMsgType
from structlog.testing import capture_logs

from prosaasil.live import metrics
from prosaasil.live.media_server import BAD_MESSAGES_MAX, FRAME_BYTES_MAX
from prosaasil.wire import twilio_http
from prosaasil.wire import twilio_media as carrier_wire

SIGNED_URL = "wss://voice.example.com/media"


def count(counter: object, *labels: str) -> float:
    return float(counter.labels(*labels)._value.get())  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "signature"),
    [
        ("/media", ""),
        ("/media", "Zm9yZ2Vk"),
        ("/media", twilio_http.signature("another token", SIGNED_URL)),
        ("/media", twilio_http.signature("12345", "wss://elsewhere.example.com/media")),
    ],
)
async def test_an_upgrade_without_a_good_signature_is_forbidden(
    world: World, path: str, signature: str
) -> None:
    refused = count(metrics.UPGRADES_REFUSED, "signature")
    carrier = FakeCarrier()
    with capture_logs() as logs, pytest.raises(WSError) as error:
        await carrier.connect(world.url + path, signature=signature)

    assert error.value.response.status == 403  # type: ignore[attr-defined]
    assert count(metrics.UPGRADES_REFUSED, "signature") == refused + 1
    assert [log["event"] for log in logs] == ["upgrade refused"]
    assert world.worker.census().carrier_sockets == 0


async def test_an_unknown_path_is_not_found(world: World) -> None:
    with pytest.raises(WSError) as error:
        await FakeCarrier().connect(world.url + "/elsewhere")

    assert error.value.response.status == 404  # type: ignore[attr-defined]


async def test_the_health_of_the_worker_can_be_asked(world: World) -> None:
    with pytest.raises(WSError) as error:
        await FakeCarrier().connect(world.url + "/healthz")

    assert error.value.response.status == 200  # type: ignore[attr-defined]


@pytest.mark.parametrize("ticket", ["", "no-such-ticket", "x" * 400])
async def test_a_wrong_ticket_is_refused(world: World, ticket: str) -> None:
    carrier = await world.dial()
    with capture_logs() as logs:
        carrier.start(ticket)
        await carrier.gone()

    assert carrier.close_code == 1008
    assert [(log["event"], log["reason"]) for log in logs] == [("start refused", "unknown_ticket")]


async def test_a_ticket_is_good_for_one_stream(world: World) -> None:
    first = await world.call()
    second = await world.dial()
    second.start("ticket-call-1")
    await second.gone()
    link = await world.engine.link()
    first.speak(numbered(1))
    await link.inbox.until(lambda _: bool(link.caller_audio))

    assert second.close_code == 1008
    assert len(world.worker.calls) == 1


async def test_a_softphone_is_told_why_it_is_refused(world: World) -> None:
    phone = await world.dial("/softphone")
    assert isinstance(phone, Softphone)
    phone.start("no-such-ticket")
    await phone.gone()

    assert phone.extensions.all == [
        {
            "event": "refused",
            "streamSid": "MZ1",
            "refused": {"reason": "The ticket is not one of ours."},
        }
    ]


async def test_a_socket_that_never_starts_is_closed(world: World) -> None:
    carrier = await world.dial()
    with capture_logs() as logs:
        await world.play(ms=4_900)
        assert not carrier.closed.is_set()
        await world.play(ms=100)
        await carrier.gone()

    assert carrier.close_code == 1008
    assert [log["reason"] for log in logs if log["event"] == "start refused"] == ["no_start"]


async def test_a_book_that_does_not_answer_is_not_waited_for(world: World) -> None:
    carrier = await world.dial()
    gate = world.book.hold_claims()
    carrier.start(world.book.issue("call-1"))
    await world.book.claims.until(bool)
    await world.play(ms=5_000)
    await carrier.gone()
    gate.set()
    await world.over()

    assert carrier.close_code == 1008
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["caller_hung_up"]


async def test_a_caller_who_leaves_while_the_ticket_is_claimed_is_written_down(
    world: World,
) -> None:
    carrier = await world.dial()
    gate = world.book.hold_claims()
    carrier.start(world.book.issue("call-1"))
    await world.book.claims.until(bool)
    carrier.drop()
    await world.until(lambda: world.worker.census().carrier_sockets == 0)
    gate.set()
    await world.over()

    assert world.book.outcomes.all[0].duration_ms == 0
    assert world.worker.census().calls == 0


async def test_a_book_that_fails_costs_that_call_only(world: World) -> None:
    world.book.before_claim = world.book.fail
    carrier = await world.dial()
    carrier.start(world.book.issue("call-1"))
    await carrier.gone()
    world.book.before_claim = None
    await world.call("call-2")
    await world.engine.link()

    assert carrier.close_code == 1008


Nonsense = Callable[[FakeCarrier], None]


def _raw(message: bytes, kind: WSMsgType = WSMsgType.TEXT) -> Nonsense:
    return lambda carrier: carrier.send(message, kind)


def _media(payload: str, timestamp: str = "20") -> Nonsense:
    frame = '{"track":"inbound","chunk":"2","timestamp":"%s","payload":"%s"}'
    return _raw(
        (
            '{"event":"media","sequenceNumber":"3","streamSid":"MZ1","media":'
            + frame % (timestamp, payload)
            + "}"
        ).encode()
    )


@pytest.mark.parametrize(
    ("nonsense", "reason"),
    [
        (_raw(b"Bonjour"), "malformed_json"),
        (_raw(b""), "malformed_json"),
        (_raw(b"[1, 2]"), "bad_field"),
        (_raw(b"\xff\xfe"), "malformed_json"),
        (_raw(b"{" * 50_000), "malformed_json"),
        (_raw(b'{"event":"tone"}'), "unknown_event"),
        (_raw(b'{"event":"media"}'), "bad_field"),
        (_raw(b" " * 200_000), "oversized"),
        (_raw(bytes(160), WSMsgType.BINARY), "binary"),
        (_media("!!!!"), "bad_base64"),
        (_media(""), "empty_frame"),
        (_media("/" * 133_336), "oversized"),
        (_media("////", timestamp="soon"), "bad_field"),
        (_raw(carrier_wire.start("MZ1", "CA1", parameters={})), "second_start"),
        (_raw(carrier_wire.connected()), "second_connected"),
        (_raw(carrier_wire.CarrierEncoder("MZ2", "CA1").media(b"x")), "foreign_stream"),
    ],
)
async def test_nonsense_in_a_call_is_counted_and_survived(
    world: World, nonsense: Nonsense, reason: str
) -> None:
    counted = count(metrics.BAD_MESSAGES, "carrier", reason)
    carrier = await world.call()
    link = await world.engine.link()
    carrier.speak(numbered(1))
    await link.inbox.until(lambda _: bool(link.caller_audio))
    with capture_logs() as logs:
        nonsense(carrier)
        nonsense(carrier)
        carrier.speak(b"\x11" * 160)
        await link.inbox.until(lambda _: link.caller_audio.endswith(b"\x11" * 160))

    assert link.caller_audio == numbered(1) + b"\x11" * 160
    assert count(metrics.BAD_MESSAGES, "carrier", reason) == counted + 2
    bad = [log for log in logs if log["event"] == "bad message from the carrier"]
    assert [(log["reason"], log["call_id"]) for log in bad] == [(reason, "call-1")]


async def test_frames_before_the_start_are_nobodys(world: World) -> None:
    carrier = await world.dial()
    with capture_logs() as logs:
        carrier.speak(numbered(1))
        carrier.press("1")
        carrier.start(world.book.issue("call-1"))
        await world.engine.link()

    bad = [log["reason"] for log in logs if log["event"] == "bad message from the carrier"]
    assert bad == ["before_start"]


async def test_a_peer_that_only_babbles_is_closed(world: World) -> None:
    carrier = await world.call()
    await world.engine.link()
    with capture_logs() as logs:
        for _ in range(BAD_MESSAGES_MAX + 10):
            carrier.send(b"bla")
        await carrier.gone()
        await world.over()

    assert carrier.close_code == 1008
    events = [log["event"] for log in logs if log["log_level"] == "warning"]
    assert events == ["bad message from the carrier", "too many bad messages"]


async def test_a_frame_beyond_all_bounds_closes_the_socket(world: World) -> None:
    carrier = await world.call()
    await world.engine.link()
    carrier.send(bytes(FRAME_BYTES_MAX + 1), WSMsgType.TEXT)
    await carrier.gone()
    await world.over()

    assert carrier.close_code == 1009


async def test_a_message_in_pieces_is_one_message(world: World) -> None:
    carrier = await world.call()
    link = await world.engine.link()
    whole = carrier_wire.CarrierEncoder("MZ1", "CA1").media(b"\x11" * 160)
    carrier.send(whole[:50], fin=False)
    carrier.send(whole[50:90], WSMsgType.CONTINUATION, fin=False)
    carrier.send(whole[90:], WSMsgType.CONTINUATION)
    await link.inbox.until(lambda _: bool(link.caller_audio))

    assert link.caller_audio == b"\x11" * 160


async def test_a_stopping_worker_takes_no_calls(world: World) -> None:
    first = await world.call()
    await world.engine.link()
    await world.worker.stop()

    assert first.close_code == 1000
    with pytest.raises((WSError, OSError)):
        await FakeCarrier().connect(world.url + "/media")
    assert [outcome.reason for outcome in world.book.outcomes.all] == ["shutdown"]
