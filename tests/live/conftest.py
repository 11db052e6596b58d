"""A voice worker on loopback sockets, with a carrier, an engine and a book of our own making."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from live_world import Open, World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    await world.open()
    yield world
    await world.close()


@pytest.fixture
async def open_world(tmp_path: Path) -> AsyncIterator[Open]:
    """Worlds with options of the worker's."""
    worlds: list[World] = []

    async def open_(**options: Any) -> World:
        world = World(tmp_path)
        await world.open(**options)
        worlds.append(world)
        return world

    yield open_
    await asyncio.gather(*(world.close() for world in worlds))
