"""Strangers, forgers and babblers are refused or survived, and nobody else hears of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from prosaasil.rig.ear import Ear
from prosaasil.rig.fake_twilio import FakeTwilio, PlacedCall, WebhookFailed
from prosaasil.rig.phone import Phone, UpgradeRefused, open_stream
from prosaasil.rig.product import DEMO_NUMBER, Product
from prosaasil.rig.voices import Silent
from prosaasil.wire import twilio_http as http

pytestmark = pytest.mark.acceptance

CLOSED_LIMIT_S = 15


@pytest.fixture
async def bystander(product: Product, twilio: FakeTwilio) -> AsyncIterator[PlacedCall]:
    """A call that goes on meanwhile, and must not notice anything."""
    placed = await twilio.call(product.webhook_url, called=DEMO_NUMBER)
    yield placed
    await placed.heard_frames(50)
    assert placed.phone is not None
    assert not placed.phone.closed.is_set()
    placed.hang_up()
    await twilio.quiet()
    assert placed.failures == []


def stranger(twilio: FakeTwilio, parameters: dict[str, str] | None = None) -> Phone:
    return Phone(twilio.new_ids(), parameters or {}, Silent(), Ear())


async def closed(phone: Phone) -> None:
    async with asyncio.timeout(CLOSED_LIMIT_S):
        await phone.closed.wait()
    assert not phone.ear.arrivals


async def test_a_forged_webhook_is_refused(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    async with FakeTwilio("a forged token", reach=product.installation.reach) as forger:
        with pytest.raises(WebhookFailed) as refused:
            await forger.call(product.webhook_url, called=DEMO_NUMBER)
    assert refused.value.status == 403


async def test_an_unsigned_webhook_is_refused(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    form = http.IncomingCall("CA1", "AC1", "+1", DEMO_NUMBER).form()
    url = product.webhook_url
    assert (await twilio.post(url, form, signed=False)).status_code == 403


async def test_an_unknown_business_gets_no_stream(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    url = product.installation.webhook_url("nobody")
    placed = await twilio.call(url, called=DEMO_NUMBER)
    async with asyncio.timeout(CLOSED_LIMIT_S):
        await placed.ended.wait()
    assert not placed.phones


@pytest.mark.parametrize("token", ["forged", ""])
async def test_an_upgrade_without_a_good_signature_is_refused(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall, token: str
) -> None:
    with pytest.raises(UpgradeRefused, match="403"):
        await open_stream(stranger(twilio), product.media_url, token)


@pytest.mark.parametrize("ticket", [None, "", "nonsense", "carrier.x.y.9999999999.z", "x" * 450])
async def test_a_stream_without_a_webhook_is_closed(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall, ticket: str | None
) -> None:
    phone = stranger(twilio, {} if ticket is None else {"ticket": ticket})
    await open_stream(phone, product.media_url, twilio.auth_token)
    await closed(phone)


async def test_a_ticket_is_good_once(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    assert bystander.phone is not None
    phone = stranger(twilio, bystander.phone.parameters)
    await open_stream(phone, product.media_url, twilio.auth_token)
    await closed(phone)


class Mute(Phone):
    """Opens a socket and never says `start`."""

    def send_start(self) -> None:
        """Nothing."""


async def test_a_socket_that_never_starts_is_closed(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    phone = Mute(twilio.new_ids(), {}, Silent(), Ear())
    await open_stream(phone, product.media_url, twilio.auth_token)
    await closed(phone)


GARBAGE = [
    b"",
    b"not json",
    b"[]",
    b'{"event":"media"}',
    b'{"event":"surprise","streamSid":"MZ1"}',
    b'{"event":"media","streamSid":"MZ1","sequenceNumber":"2","media":{"payload":"*"}}',
    b"\xff\xfe\x00",
    b"[" * 10_000,
]


async def test_garbage_on_a_running_call_is_survived(product: Product, twilio: FakeTwilio) -> None:
    placed = await twilio.call(product.webhook_url, called=DEMO_NUMBER)
    phone = placed.phone
    assert phone is not None
    for message in GARBAGE:
        phone.send_text(message)
    phone.send_binary(b"\x00" * 160)
    await placed.heard_frames(50)
    assert not phone.closed.is_set()
    placed.hang_up()
    await twilio.quiet()


async def test_a_huge_frame_does_not_disturb_others(
    product: Product, twilio: FakeTwilio, bystander: PlacedCall
) -> None:
    placed = await twilio.call(product.webhook_url, called=DEMO_NUMBER)
    phone = placed.phone
    assert phone is not None
    phone.send_text(b'{"event":"media","media":{"payload":"' + b"A" * 3_000_000 + b'"}}')
    placed.hang_up()
    async with asyncio.timeout(CLOSED_LIMIT_S):
        await placed.ended.wait()
