"""What can be done with accounts: make one, sign in and out, ask who is signed in."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from prosaasil.accounts import store
from prosaasil.accounts.account import Account, Role
from prosaasil.accounts.passwords import Passwords
from prosaasil.kit import ids, telemetry
from prosaasil.kit.db import Database, SystemTx
from prosaasil.kit.errors import Refusal

SESSION_VALID_FOR = timedelta(days=14)
ATTEMPTS_WINDOW = timedelta(minutes=15)
ATTEMPTS_OF_ONE_PERSON_MAX = 10
"""From one address for one user: enough for a forgetful person, too few for a guesser."""
ATTEMPTS_OF_ONE_ADDRESS_MAX = 100
"""For whatever users: an office behind one address signs in at nine o'clock."""
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 1_024
"""Hashing is dear: what no person types is refused unread."""

log = telemetry.logger(__name__)


class SignInRefused(Refusal):
    """The address or the password is wrong."""

    status = 401


class SignInRequired(Refusal):
    """Nobody is signed in.

    Sign in first.
    """

    status = 401


class TooManyAttempts(Refusal):
    """There were too many attempts to sign in.

    Wait a quarter of an hour and try again.
    """

    status = 429


class PasswordTooShort(Refusal):
    """The password is too short, or far too long.

    Take at least ten letters.
    """

    status = 422


class SignIn(Struct, frozen=True):
    session_id: str
    """For the cookie, and nowhere else: the table has only its hash."""
    account: Account


async def create_user(
    tx: SystemTx, passwords: Passwords, *, email: str, name: str, password: str
) -> UUID:
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise PasswordTooShort
    user_id = ids.uuid7()
    password_hash = await passwords.hash(password)
    await store.add_user(
        tx, user_id, email=canonical(email), name=name, password_hash=password_hash
    )
    return user_id


async def join(tx: SystemTx, user_id: UUID, business_id: UUID, role: Role) -> None:
    await store.add_membership(tx, user_id, business_id, role)


async def sign_in(
    database: Database, passwords: Passwords, *, email: str, password: str, address: str
) -> SignIn:
    """Three steps, so that no transaction waits for a hash and a failed attempt stays counted."""
    email = canonical(email)
    person = f"{address} {hashlib.sha256(email.encode()).hexdigest()}"
    async with database.system() as tx:
        of_person = await store.count_attempt(tx, person, window=ATTEMPTS_WINDOW)
        of_address = await store.count_attempt(tx, address, window=ATTEMPTS_WINDOW)
        found = await store.credentials(tx, email)
    if of_person > ATTEMPTS_OF_ONE_PERSON_MAX or of_address > ATTEMPTS_OF_ONE_ADDRESS_MAX:
        log.warning("sign-in attempts are over the limit", attempts=of_person)
        raise TooManyAttempts
    is_right = len(password) <= PASSWORD_LENGTH_MAX and await passwords.is_right(
        password, found[1] if found is not None else None
    )
    if found is None or not is_right:
        log.warning("a sign-in was refused", attempts=of_person)
        raise SignInRefused
    session_id = secrets.token_urlsafe(32)
    async with database.system() as tx:
        await store.forget_attempts(tx, person, window=ATTEMPTS_WINDOW)
        await store.add_session(tx, _hash(session_id), found[0], valid_for=SESSION_VALID_FOR)
        return SignIn(session_id, await store.account(tx, found[0]))


async def who_is(tx: SystemTx, session_id: str) -> Account:
    user_id = await store.user_of_session(tx, _hash(session_id))
    if user_id is None:
        raise SignInRequired
    return await store.account(tx, user_id)


async def sign_out(tx: SystemTx, session_id: str) -> None:
    await store.remove_session(tx, _hash(session_id))


def canonical(email: str) -> str:
    return email.strip().lower()


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()
