"""The real product, started once as a user starts it, and real recordings to call it with."""

import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from prosaasil.rig.fake_twilio import FakeTwilio
from prosaasil.rig.product import Product
from prosaasil.rig.sound import read_wav

RECORDINGS = Path(__file__).parent.parent / "recordings"
NAMES = (
    "tt-weasels",
    "something-terribly-wrong",
    "conf-onlyperson",
    "ss-noservice",
    "transfer",
)


@pytest.fixture(scope="session")
def product() -> Iterator[Product]:
    """Not in pytest's own directory, which another session may clean up in the meantime."""
    with tempfile.TemporaryDirectory(
        prefix="prosaasil-acceptance-", ignore_cleanup_errors=True
    ) as directory:
        product = Product(Path(directory))
        product.start()
        yield product
        product.stop()


@pytest.fixture
async def twilio(product: Product) -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio(
        product.installation.auth_token, reach=product.installation.reach
    ) as twilio:
        yield twilio


@pytest.fixture(scope="session")
def words() -> dict[str, str]:
    """What each recording says."""
    said: dict[str, str] = json.loads((RECORDINGS / "transcripts.json").read_text())["words"]
    return {name: said[name] for name in NAMES}


@pytest.fixture(scope="session")
def sounds(words: dict[str, str]) -> dict[str, bytes]:
    """Each recording as the telephone brings it."""
    return {name: read_wav(RECORDINGS / f"{name}.wav") for name in words}
