"""A voice worker on loopback sockets, with a carrier, an engine and a book of our own making."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from live_world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.open()
    yield world
    await world.close()
