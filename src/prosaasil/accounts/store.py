"""All SQL of accounts. A person is not a business's, so everything here crosses businesses."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import case, delete, func, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from prosaasil.accounts.account import Account, Membership, Role
from prosaasil.accounts.model import MembershipRow, SignInAttemptsRow, SignInSessionRow, UserRow
from prosaasil.kit.db import SystemTx

MEMBERSHIPS = text(
    "SELECT b.id, b.name, b.slug, m.role FROM memberships m"
    " JOIN businesses b ON b.id = m.business_id WHERE m.user_id = :user_id ORDER BY b.name, b.id"
)


async def add_user(
    tx: SystemTx, user_id: UUID, *, email: str, name: str, password_hash: str
) -> None:
    await tx.session.execute(
        insert(UserRow).values(id=user_id, email=email, name=name, password_hash=password_hash)
    )


async def add_membership(tx: SystemTx, user_id: UUID, business_id: UUID, role: Role) -> None:
    await tx.session.execute(
        insert(MembershipRow).values(user_id=user_id, business_id=business_id, role=role.value)
    )


async def credentials(tx: SystemTx, email: str) -> tuple[UUID, str] | None:
    """The user of this address and the hash of its password."""
    found = await tx.session.execute(
        select(UserRow.id, UserRow.password_hash).where(UserRow.email == email)
    )
    row = found.one_or_none()
    return (row[0], row[1]) if row is not None else None


async def account(tx: SystemTx, user_id: UUID) -> Account:
    row = (await tx.session.execute(select(UserRow).where(UserRow.id == user_id))).scalar_one()
    held = await tx.session.execute(MEMBERSHIPS, {"user_id": user_id})
    memberships = tuple(Membership(row.id, row.name, row.slug, Role(row.role)) for row in held)
    return Account(user_id=row.id, email=row.email, name=row.name, memberships=memberships)


async def add_session(tx: SystemTx, id_hash: bytes, user_id: UUID, *, valid_for: timedelta) -> None:
    """Also forgets the sessions of everybody that have expired: somebody must."""
    await tx.session.execute(
        delete(SignInSessionRow).where(SignInSessionRow.expires_at <= func.now())
    )
    await tx.session.execute(
        insert(SignInSessionRow).values(
            id_hash=id_hash, user_id=user_id, expires_at=func.now() + valid_for
        )
    )


async def user_of_session(tx: SystemTx, id_hash: bytes) -> UUID | None:
    return await tx.session.scalar(
        select(SignInSessionRow.user_id).where(
            SignInSessionRow.id_hash == id_hash, SignInSessionRow.expires_at > func.now()
        )
    )


async def remove_session(tx: SystemTx, id_hash: bytes) -> None:
    await tx.session.execute(delete(SignInSessionRow).where(SignInSessionRow.id_hash == id_hash))


async def count_attempt(tx: SystemTx, source: str, *, window: timedelta) -> int:
    """Count one more attempt of this source; answers how many its window holds now."""
    row = SignInAttemptsRow
    is_over = row.window_started_at <= func.now() - window
    statement = (
        upsert(row)
        .values(source=source, attempts=1, window_started_at=func.now())
        .on_conflict_do_update(
            index_elements=[row.source],
            set_={
                "attempts": case((is_over, 1), else_=row.attempts + 1),
                "window_started_at": case((is_over, func.now()), else_=row.window_started_at),
            },
        )
        .returning(row.attempts)
    )
    return (await tx.session.execute(statement)).scalar_one()


async def forget_attempts(tx: SystemTx, source: str, *, window: timedelta) -> None:
    """Of this source, as it has signed in, and of all whose window is over."""
    row = SignInAttemptsRow
    await tx.session.execute(
        delete(row).where((row.source == source) | (row.window_started_at <= func.now() - window))
    )
