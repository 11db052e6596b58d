"""Stopping the product leaves nothing running, calls included."""

import asyncio
from pathlib import Path

import psutil
import pytest

from prosaasil.rig.fake_twilio import FakeTwilio
from prosaasil.rig.product import DEMO_NUMBER, Product

pytestmark = pytest.mark.acceptance


async def test_stopping_ends_calls_and_leaves_nothing_running(tmp_path: Path) -> None:
    product = Product(tmp_path)
    await asyncio.to_thread(product.start)
    family = psutil.Process(product.pid).children(recursive=True)
    assert len(family) >= 3
    async with FakeTwilio(
        product.installation.auth_token, reach=product.installation.reach
    ) as twilio:
        placed = await twilio.call(product.webhook_url, called=DEMO_NUMBER)
        assert placed.phone is not None
        code = await asyncio.to_thread(product.stop)
        async with asyncio.timeout(5):
            await placed.phone.closed.wait()
    assert code == 0
    gone, alive = await asyncio.to_thread(psutil.wait_procs, family, 5)
    assert not alive
    assert len(gone) == len(family)
