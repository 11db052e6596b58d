"""Sign-in: one session a cookie, hashes only in the tables, and a limit on guessing."""

import asyncio

import pytest
from sqlalchemy import text

from prosaasil.accounts import service as accounts
from prosaasil.accounts import store
from prosaasil.accounts.account import Role
from prosaasil.accounts.passwords import Passwords
from prosaasil.kit import ids
from prosaasil.kit.db import Database

PASSWORD = "correct horse"
INSERT = "INSERT INTO businesses VALUES (:id, 'b', 'B', 'he', 'UTC', '', '', '', 'active', now())"


@pytest.fixture
def passwords() -> Passwords:
    return Passwords()


@pytest.fixture
async def ann(database: Database, passwords: Passwords) -> str:
    async with database.system() as tx:
        business_id = ids.uuid7()
        await tx.session.execute(text(INSERT), {"id": business_id})
        user_id = await accounts.create_user(
            tx, passwords, email=" Ann@Example.com ", name="Ann", password=PASSWORD
        )
        await accounts.join(tx, user_id, business_id, Role.MANAGER)
    return "ann@example.com"


async def sign_in(
    database: Database, passwords: Passwords, email: str, password: str, address: str = "10.0.0.1"
) -> accounts.SignIn:
    return await accounts.sign_in(
        database, passwords, email=email, password=password, address=address
    )


async def test_a_session_says_who_it_is_until_it_is_signed_out(
    database: Database, passwords: Passwords, ann: str
) -> None:
    done = await sign_in(database, passwords, ann, PASSWORD)
    async with database.system() as tx:
        account = await accounts.who_is(tx, done.session_id)
        await accounts.sign_out(tx, done.session_id)
        with pytest.raises(accounts.SignInRequired):
            await accounts.who_is(tx, done.session_id)

    assert (account.email, account.name) == (ann, "Ann")
    assert [(held.business_slug, held.role) for held in account.memberships] == [
        ("b", Role.MANAGER)
    ]


async def test_the_tables_hold_neither_password_nor_session(
    database: Database, passwords: Passwords, ann: str
) -> None:
    done = await sign_in(database, passwords, ann, PASSWORD)
    async with database.system() as tx:
        users = (await tx.session.execute(text("SELECT * FROM users"))).all()
        sessions = (await tx.session.execute(text("SELECT * FROM sign_in_sessions"))).all()

    assert PASSWORD not in str(users)
    assert "$argon2id$" in str(users)
    assert done.session_id not in str(sessions)


async def test_an_unknown_user_costs_a_hash_too(
    database: Database, passwords: Passwords, monkeypatch: pytest.MonkeyPatch, ann: str
) -> None:
    """What takes the time is counted, not the time."""
    checked: list[str] = []
    verify = passwords._argon2.verify

    def counted(password: str, password_hash: str) -> bool:
        checked.append(password_hash)
        return verify(password, password_hash)

    monkeypatch.setattr(passwords._argon2, "verify", counted)
    for email in (ann, "nobody@example.com"):
        with pytest.raises(accounts.SignInRefused):
            await sign_in(database, passwords, email, "wrong password")

    assert len(checked) == 2
    assert checked[0].rsplit("$", 2)[0] == checked[1].rsplit("$", 2)[0], "equal parameters"


async def test_guesses_are_limited_for_one_person_and_do_not_lock_others_out(
    database: Database, passwords: Passwords, ann: str
) -> None:
    for _ in range(accounts.ATTEMPTS_OF_ONE_PERSON_MAX):
        with pytest.raises(accounts.SignInRefused):
            await sign_in(database, passwords, ann, "wrong password")
    with pytest.raises(accounts.TooManyAttempts):
        await sign_in(database, passwords, ann, PASSWORD)

    await sign_in(database, passwords, ann, PASSWORD, address="10.0.0.2")


async def test_concurrent_guesses_are_all_counted(
    database: Database, passwords: Passwords, ann: str
) -> None:
    outcomes = await asyncio.gather(
        *(sign_in(database, passwords, ann, "wrong password") for _ in range(15)),
        return_exceptions=True,
    )
    refused = [type(outcome) for outcome in outcomes]

    assert refused.count(accounts.SignInRefused) == accounts.ATTEMPTS_OF_ONE_PERSON_MAX
    assert refused.count(accounts.TooManyAttempts) == 5


async def test_a_window_that_is_over_is_forgotten(
    database: Database, passwords: Passwords, ann: str
) -> None:
    async with database.system() as tx:
        await store.count_attempt(tx, "x", window=accounts.ATTEMPTS_WINDOW)
        await tx.session.execute(
            text("UPDATE sign_in_attempts SET window_started_at = now() - interval '16 minutes'")
        )
        count = await store.count_attempt(tx, "x", window=accounts.ATTEMPTS_WINDOW)
    assert count == 1


async def test_signing_in_forgets_the_attempts_before_it(
    database: Database, passwords: Passwords, ann: str
) -> None:
    for _ in range(accounts.ATTEMPTS_OF_ONE_PERSON_MAX * 2):
        await sign_in(database, passwords, ann, PASSWORD)


@pytest.mark.parametrize("password", ["short", "", "x" * 1_025])
async def test_a_password_is_neither_short_nor_endless(
    database: Database, passwords: Passwords, password: str
) -> None:
    with pytest.raises(accounts.PasswordTooShort):
        async with database.system() as tx:
            await accounts.create_user(tx, passwords, email="a@b.c", name="A", password=password)


async def test_an_endless_password_is_refused_without_hashing(
    database: Database, passwords: Passwords, ann: str
) -> None:
    with pytest.raises(accounts.SignInRefused):
        await sign_in(database, passwords, ann, "x" * 1_000_000)
    assert passwords._nobodys is None
