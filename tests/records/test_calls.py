"""A call's row: claimed once, ended once, and read by its own business only."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from prosaasil.agents import service as agents
from prosaasil.businesses import service as businesses
from prosaasil.businesses.business import Business
from prosaasil.call.briefing import Direction
from prosaasil.kit import ids
from prosaasil.kit.clock import utc_now
from prosaasil.kit.db import Database
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets, TicketRefused
from prosaasil.records import service as records
from prosaasil.records.call import Claimed, Ending, Kind, SpokenTurn

OWN = Secrets(b"the secret key of the tests")
ENDING = Ending(
    reason="caller_hung_up",
    duration_ms=61_499,
    metrics={"frames_dropped": 0},
    turns=[SpokenTurn("agent", "i1", "שלום", 20), SpokenTurn("caller", "i2", "Hello", 900)],
)


def business(slug: str) -> Business:
    return Business(
        id=ids.uuid7(),
        slug=slug,
        name=f"Business {slug}",
        language="he",
        time_zone="Asia/Jerusalem",
        greeting="שלום",
        follow_up="?",
        voice="marin",
    )


async def made(database: Database, slug: str) -> Business:
    new = business(slug)
    async with database.system() as tx:
        await businesses.create(tx, new)
    async with database.tenant(new.id) as tenant:
        await agents.write_prompt(tenant, Direction.INBOUND, f"IN-{slug} mentions outbound")
        await agents.write_prompt(tenant, Direction.OUTBOUND, f"OUT-{slug}")
    return new


@pytest.fixture
async def clinic(database: Database) -> Business:
    return await made(database, "clinic")


async def open_call(
    database: Database, owner: Business, sid: str = "CA1", *, direction: Direction | None = None
) -> tuple[UUID, str]:
    async with database.tenant(owner.id) as tx:
        call = await records.open_carrier_call(
            tx,
            owner,
            direction or Direction.INBOUND,
            carrier_call_sid=sid,
            from_number="+972501234567",
            to_number="+97235550100",
            has_worker=True,
            now=utc_now(),
        )
        return call.id, await records.issue_ticket(tx, OWN, call.id, Kind.CARRIER, now=utc_now())


async def claim(
    database: Database, ticket: str, *, sid: str = "CA1", kind: Kind = Kind.CARRIER
) -> Claimed:
    async with database.system() as tx:
        return await records.claim(
            tx, OWN, ticket, kind, carrier_call_sid=sid, stream_sid="MZ1", now=utc_now()
        )


async def test_of_many_claims_at_once_one_wins(database: Database, clinic: Business) -> None:
    _, ticket = await open_call(database, clinic)

    outcomes = await asyncio.gather(
        *(claim(database, ticket) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(outcome, Claimed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, records.TicketUsed) for outcome in outcomes) == 7


async def test_a_claimed_call_is_in_progress(database: Database, clinic: Business) -> None:
    call_id, ticket = await open_call(database, clinic)
    await claim(database, ticket)

    async with database.tenant(clinic.id) as tx:
        found = (await records.details(tx, call_id)).summary
    assert found.status == "in-progress"
    assert found.started_at is not None


@pytest.mark.parametrize("kind", [Kind.SOFTPHONE])
async def test_a_carriers_ticket_opens_no_softphone(
    database: Database, clinic: Business, kind: Kind
) -> None:
    _, ticket = await open_call(database, clinic)

    with pytest.raises(TicketRefused):
        await claim(database, ticket, kind=kind)


async def test_a_softphones_ticket_is_good_for_a_softphone_only(
    database: Database, clinic: Business
) -> None:
    async with database.tenant(clinic.id) as tx:
        call_id = await records.open_softphone_call(
            tx, Direction.OUTBOUND, account="a@b", now=utc_now()
        )
        ticket = await records.issue_ticket(tx, OWN, call_id, Kind.SOFTPHONE, now=utc_now())

    with pytest.raises(TicketRefused):
        await claim(database, ticket)
    claimed = await claim(database, ticket, sid="CAmadeup", kind=Kind.SOFTPHONE)
    assert "OUT-clinic" in claimed.briefing.instructions


async def test_a_ticket_is_bound_to_its_carrier_call(database: Database, clinic: Business) -> None:
    _, ticket = await open_call(database, clinic)
    await open_call(database, clinic, "CA2")

    for other in ("CA2", "CA3"):
        with pytest.raises(records.TicketOfAnotherCall):
            await claim(database, ticket, sid=other)
    await claim(database, ticket)


async def test_a_ticket_of_a_call_that_is_not_there_is_refused(database: Database) -> None:
    ticket = OWN.mint("carrier", str(uuid4()), now=utc_now(), valid_for=timedelta(seconds=60))

    with pytest.raises(records.CallUnknown):
        await claim(database, ticket)


async def test_an_expired_or_forged_ticket_is_refused(database: Database, clinic: Business) -> None:
    call_id, _ = await open_call(database, clinic)
    late = utc_now() - timedelta(seconds=61)
    stale = OWN.mint("carrier", str(call_id), now=late, valid_for=timedelta(seconds=60))
    forged = Secrets(b"another key").mint(
        "carrier", str(call_id), now=utc_now(), valid_for=timedelta(seconds=60)
    )
    for ticket in (stale, forged, "", "x" * 10_000, "א.ב.ג.ד.ה"):
        with pytest.raises(TicketRefused):
            await claim(database, ticket)


async def test_a_call_that_is_over_cannot_be_claimed(database: Database, clinic: Business) -> None:
    _, ticket = await open_call(database, clinic)
    async with database.system() as tx:
        await records.change_status(tx, "CA1", "canceled", None)

    with pytest.raises(records.CallOver):
        await claim(database, ticket)


async def test_a_call_of_another_business_is_not_taken_over(
    database: Database, clinic: Business
) -> None:
    await open_call(database, clinic)
    other = await made(database, "other")

    with pytest.raises(records.CarrierCallTaken):
        await open_call(database, other)


async def test_finishing_writes_the_transcript_once(database: Database, clinic: Business) -> None:
    call_id, ticket = await open_call(database, clinic)
    await claim(database, ticket)
    for _ in range(2):
        async with database.tenant(clinic.id) as tx:
            await records.finish(tx, call_id, ENDING)

    async with database.tenant(clinic.id) as tx:
        found = await records.details(tx, call_id)
    assert found.turns == ENDING.turns
    assert found.metrics == {"frames_dropped": 0}
    assert (found.summary.status, found.summary.duration_s) == ("completed", 61)
    assert found.summary.end_reason == "caller_hung_up"


async def test_the_carriers_status_outlives_the_workers_account(
    database: Database, clinic: Business
) -> None:
    call_id, ticket = await open_call(database, clinic)
    await claim(database, ticket)
    async with database.system() as tx:
        await records.change_status(tx, "CA1", "failed", 3)
    async with database.tenant(clinic.id) as tx:
        await records.finish(tx, call_id, ENDING)
        found = await records.details(tx, call_id)

    assert (found.summary.status, found.summary.duration_s) == ("failed", 3)
    assert len(found.turns) == 2


async def test_another_businesss_calls_are_not_there(database: Database, clinic: Business) -> None:
    call_id, ticket = await open_call(database, clinic)
    await claim(database, ticket)
    other = await made(database, "other")

    async with database.tenant(other.id) as tx:
        with pytest.raises(records.CallUnknown):
            await records.details(tx, call_id)
        await records.finish(tx, call_id, ENDING)
        assert await records.page(tx, before=None, limit=10) == []
        for table in ("calls", "call_turns", "prompts", "businesses"):
            rows = (await tx.session.execute(text(f"SELECT * FROM {table}"))).all()
            assert str(clinic.id) not in str(rows)
    async with database.tenant(clinic.id) as tx:
        assert (await records.details(tx, call_id)).turns == []


async def test_pages_of_calls_are_newest_first_and_miss_none(
    database: Database, clinic: Business
) -> None:
    opened = [(await open_call(database, clinic, f"CA{n}"))[0] for n in range(5)]
    seen: list[UUID] = []
    async with database.tenant(clinic.id) as tx:
        while page := await records.page(tx, before=seen[-1] if seen else None, limit=2):
            seen += [call.id for call in page]

    assert sorted(seen, reverse=True) == seen
    assert set(seen) == set(opened)


@pytest.mark.parametrize("direction", list(Direction))
async def test_a_poisoned_briefing_is_discarded_before_it_is_bound(
    database: Database, clinic: Business, direction: Direction
) -> None:
    """The row's briefing is replaced by the other direction's, and by another business's."""
    other = await made(database, "other")
    opposite = next(one for one in Direction if one is not direction)
    for n, (owner, way) in enumerate([(clinic, opposite), (other, direction)]):
        poison, _ = await open_call(database, owner, f"CApoison{n}", direction=way)
        call_id, ticket = await open_call(database, clinic, f"CA{n}", direction=direction)
        async with database.system() as tx:
            await tx.session.execute(
                text(
                    "UPDATE calls SET (briefing, prompt_hash) ="
                    " (SELECT briefing, prompt_hash FROM calls WHERE id = :poison) WHERE id = :id"
                ),
                {"poison": poison, "id": call_id},
            )
        with capture_logs() as logs:
            claimed = await claim(database, ticket, sid=f"CA{n}")

        assert [line["marker"] for line in logs] == [
            "PROMPT_MISMATCH",
            "PROMPT_ROUTER",
            "CALL_DIRECTION_SET",
            "PROMPT_BIND",
        ]
        own = {Direction.INBOUND: "IN-clinic", Direction.OUTBOUND: "OUT-clinic"}
        assert own[direction] in claimed.briefing.instructions
        assert own[opposite] not in claimed.briefing.instructions
        assert "-other" not in claimed.briefing.instructions
        assert claimed.briefing.business_id == str(clinic.id)
        async with database.system() as tx:
            bound = await tx.session.scalar(
                text("SELECT prompt_hash FROM calls WHERE id = :id"), {"id": call_id}
            )
        assert bound == claimed.briefing.instructions_hash


async def test_changed_words_under_an_unchanged_hash_are_noticed(
    database: Database, clinic: Business
) -> None:
    call_id, ticket = await open_call(database, clinic)
    async with database.system() as tx:
        await tx.session.execute(
            text(
                "UPDATE calls SET briefing = jsonb_set(briefing, '{instructions}', '\"evil\"')"
                " WHERE id = :id"
            ),
            {"id": call_id},
        )
    assert "IN-clinic" in (await claim(database, ticket)).briefing.instructions


async def test_a_briefing_is_kept_when_the_prompt_changes_after_the_webhook(
    database: Database, clinic: Business
) -> None:
    _, ticket = await open_call(database, clinic)
    async with database.tenant(clinic.id) as tx:
        await agents.write_prompt(tx, Direction.INBOUND, "changed")

    assert "IN-clinic" in (await claim(database, ticket)).briefing.instructions


async def test_resuming_is_refused_for_a_call_that_is_over(
    database: Database, clinic: Business
) -> None:
    call_id, ticket = await open_call(database, clinic)
    await claim(database, ticket)
    async with database.tenant(clinic.id) as tx:
        await records.finish(tx, call_id, ENDING)
    async with database.system() as tx:
        with pytest.raises(Refusal):
            await records.issue_resumption(tx, OWN, call_id, carrier_call_sid="CA1", now=utc_now())


async def test_direction_and_briefing_are_bound_once_however_often_the_stream_is_lost(
    database: Database, clinic: Business
) -> None:
    call_id, ticket = await open_call(database, clinic)
    with capture_logs() as logs:
        claimed = await claim(database, ticket)
        async with database.system() as tx:
            _, again = await records.issue_resumption(
                tx, OWN, call_id, carrier_call_sid="CA1", now=utc_now()
            )
        resumed = await claim(database, again)

    marked = [line for line in logs if "marker" in line]
    assert [line["marker"] for line in marked] == ["CALL_DIRECTION_SET", "PROMPT_BIND"]
    assert marked[0]["event"] == "Locked to: inbound (IMMUTABLE)"
    assert marked[1]["hash"] == agents.hash_of(claimed.briefing.instructions)
    assert resumed.briefing == claimed.briefing


async def test_a_prompt_that_mentions_the_other_direction_is_no_mismatch(
    database: Database, clinic: Business
) -> None:
    _, ticket = await open_call(database, clinic)
    with capture_logs() as logs:
        claimed = await claim(database, ticket)

    assert "mentions outbound" in claimed.briefing.instructions
    assert "PROMPT_MISMATCH" not in [line.get("marker") for line in logs]
