"""The voice workers' leases: the next call goes to a living worker with the fewest calls."""

from uuid import uuid4

from sqlalchemy import text

from prosaasil.kit.db import Database
from prosaasil.records import workers
from prosaasil.records.workers import VoiceWorker


def worker(name: str) -> VoiceWorker:
    return VoiceWorker(uuid4(), f"ws://{name}/media", f"ws://{name}/softphone")


async def grow_old(database: Database, who: VoiceWorker, seconds: int) -> None:
    async with database.system() as tx:
        await tx.session.execute(
            text(
                "UPDATE voice_workers SET seen_at = now() - make_interval(secs => :s)"
                " WHERE id = :id"
            ),
            {"s": seconds, "id": who.id},
        )


async def test_calls_spread_over_the_workers_between_two_beats(database: Database) -> None:
    one, two = worker("one"), worker("two")
    async with database.system() as tx:
        await workers.beat(tx, one, 3)
        await workers.beat(tx, two, 1)
        chosen = [await workers.choose(tx) for _ in range(4)]

    assert chosen[:2] == [two, two]
    assert {one, two} == {chosen[2], chosen[3]}


async def test_without_a_worker_nobody_is_chosen(database: Database) -> None:
    async with database.system() as tx:
        assert await workers.choose(tx) is None
        assert await workers.alive(tx) == 0


async def test_a_worker_not_seen_for_its_lease_gets_no_calls(database: Database) -> None:
    silent = worker("silent")
    async with database.system() as tx:
        await workers.beat(tx, silent, 0)
    await grow_old(database, silent, 16)
    async with database.system() as tx:
        assert await workers.choose(tx) is None
        await workers.beat(tx, silent, 0)
        assert await workers.choose(tx) == silent


async def test_a_worker_that_leaves_is_gone_and_may_leave_twice(database: Database) -> None:
    leaving = worker("leaving")
    async with database.system() as tx:
        await workers.beat(tx, leaving, 0)
        await workers.leave(tx, leaving.id)
        await workers.leave(tx, leaving.id)
        assert await workers.alive(tx) == 0


async def test_long_dead_workers_are_forgotten(database: Database) -> None:
    dead = worker("dead")
    async with database.system() as tx:
        await workers.beat(tx, dead, 0)
    await grow_old(database, dead, 4_000)
    async with database.system() as tx:
        await workers.beat(tx, worker("alive"), 0)
        count = await tx.session.scalar(text("SELECT count(*) FROM voice_workers"))
    assert count == 1
