"""The carrier's statuses, in any order and number: a call ends once and stays ended."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from prosaasil.kit import ids
from prosaasil.kit.db import Database, Signal
from prosaasil.records import service as records
from prosaasil.records.call import PROGRESS, TERMINAL

STATUSES = [*PROGRESS, *sorted(TERMINAL), "answered", "", "COMPLETED"]
told = st.tuples(st.sampled_from(STATUSES), st.none() | st.integers(0, 10_000))


async def carrier_call(database: Database) -> str:
    """A ringing call's carrier id; fresh each time, so that one database serves many examples."""
    sid = f"CA{ids.uuid7()}"
    async with database.system() as tx:
        business = await tx.session.scalar(text("SELECT id FROM businesses"))
        if business is None:
            business = ids.uuid7()
            await tx.session.execute(
                text(
                    "INSERT INTO businesses VALUES"
                    " (:id, 'b', 'B', 'he', 'UTC', 'g', 'f', 'v', 'active', now())"
                ),
                {"id": business},
            )
        await tx.session.execute(
            text(
                "INSERT INTO calls (id, business_id, direction, kind, carrier_call_sid,"
                ' "from", "to", status) VALUES'
                " (:id, :business, 'inbound', 'carrier', :sid, '', '', 'ringing')"
            ),
            {"id": ids.uuid7(), "business": business, "sid": sid},
        )
    return sid


async def tell(database: Database, sid: str, status: str, duration_s: int | None) -> None:
    async with database.system() as tx:
        await records.change_status(tx, sid, status, duration_s)


async def seen(database: Database, sid: str) -> tuple[str, int | None, object]:
    async with database.system() as tx:
        row = await tx.session.execute(
            text("SELECT status, duration_s, ended_at FROM calls WHERE carrier_call_sid = :sid"),
            {"sid": sid},
        )
        status, duration_s, ended_at = row.one()
        return status, duration_s, ended_at


@given(sequence=st.lists(told, max_size=12))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_sequence_of_statuses_ends_a_call_at_most_once(
    database_url: str, sequence: list[tuple[str, int | None]]
) -> None:
    async def run() -> None:
        async with Database(database_url, connections_max=2) as database:
            sid = await carrier_call(database)
            status, duration_s, ended_at = await seen(database, sid)
            for now_status, now_duration in sequence:
                await tell(database, sid, now_status, now_duration)
                after = await seen(database, sid)
                if status in TERMINAL:
                    assert after == (status, duration_s, ended_at)
                elif now_status in TERMINAL:
                    assert after[:2] == (now_status, now_duration)
                    assert after[2] is not None
                elif now_status in PROGRESS:
                    furthest = max(status, now_status, key=PROGRESS.index)
                    assert after == (furthest, None, None)
                else:
                    assert after == (status, duration_s, ended_at)
                status, duration_s, ended_at = after

    asyncio.run(run())


async def test_the_end_of_a_call_is_told_to_the_voice_workers_once(database: Database) -> None:
    sid = await carrier_call(database)
    heard: asyncio.Queue[Signal] = asyncio.Queue()
    is_listening = asyncio.Event()

    async def listening() -> None:
        is_listening.set()

    listener = asyncio.create_task(
        database.listen([records.CHANNEL], on_signal=heard.put, on_listening=listening)
    )
    await is_listening.wait()
    for status in ("in-progress", "completed", "completed", "busy", "ringing"):
        await tell(database, sid, status, 7)
    other = await carrier_call(database)
    await tell(database, other, "failed", None)
    first, second = await heard.get(), await heard.get()
    listener.cancel()
    await asyncio.gather(listener, return_exceptions=True)

    assert '"status":"completed"' in first.payload
    assert '"status":"failed"' in second.payload


async def test_statuses_of_strangers_change_nothing(database: Database) -> None:
    sid = await carrier_call(database)
    await tell(database, "CAstranger", "completed", 1)

    assert (await seen(database, sid))[0] == "ringing"


async def test_ended_calls_are_found_after_signals_were_missed(database: Database) -> None:
    ended, going_on = await carrier_call(database), await carrier_call(database)
    await tell(database, ended, "no-answer", None)
    async with database.system() as tx:
        rows = await tx.session.execute(text("SELECT carrier_call_sid, id FROM calls"))
        by_sid = {row.carrier_call_sid: row.id for row in rows}
        found = await records.ended_of(tx, list(by_sid.values()))
        nothing = await records.ended_of(tx, [])

    assert found == {by_sid[ended]: "no-answer"}
    assert going_on in by_sid
    assert nothing == {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE calls SET status = 'over'",
        "UPDATE calls SET direction = 'sideways'",
        "UPDATE calls SET kind = 'softphone'",
        "UPDATE calls SET prompt_hash = 'x'",
        "UPDATE calls SET duration_s = -1",
    ],
)
async def test_the_database_itself_refuses_a_senseless_call(
    database: Database, statement: str
) -> None:
    await carrier_call(database)
    with pytest.raises(Exception, match="violates check constraint"):
        async with database.system() as tx:
            await tx.session.execute(text(statement))
