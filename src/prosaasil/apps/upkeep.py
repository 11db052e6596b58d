"""`prosaasil db` and `prosaasil user`: what an operator does by hand, now and then."""

import asyncio

import typer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import OperationalError as SQLAlchemyOperationalError

from prosaasil.accounts import service as accounts
from prosaasil.accounts.account import Role
from prosaasil.accounts.passwords import Passwords
from prosaasil.businesses import service as businesses
from prosaasil.kit import db, postgres
from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database, DatabaseUnreachable
from prosaasil.kit.errors import Refusal
from prosaasil.kit.secrets import Secrets


class UserExists(Refusal):
    """There is already a person with this address.

    Choose another address.
    """


class NoSuchBusiness(Refusal):
    """There is no business of this name.

    Give its short name, as it stands in its webhook's address.
    """


class MigrationsMissing(Refusal):
    """The database is not at the newest migration.

    Run `prosaasil db upgrade`; `prosaasil run` does it by itself.
    """


def upgrade(settings: Settings) -> None:
    """Bring the tables to the newest migration."""
    db.upgrade(owner_url(settings))
    typer.echo("The database is at the newest migration.")


def check(settings: Settings) -> None:
    """Say whether the database answers and is current."""
    if missing := lacking(settings):
        raise MigrationsMissing(f"The database lacks the migrations {', '.join(missing)}.")
    typer.echo("The database answers and is at the newest migration.")


def lacking(settings: Settings) -> list[str]:
    """The migrations that the database lacks."""
    return db.missing_migrations(owner_url(settings))


def owner_url(settings: Settings) -> str:
    """The address for migrations; no key is made for the sake of a managed one."""
    managed = settings.database_owner_url or settings.database_url
    return managed or postgres.owner_url(settings, Secrets.load(settings))


def create_user(settings: Settings, email: str, name: str, business: str, password: str) -> None:
    """Make a person who owns a business."""
    url = postgres.database_url(settings, Secrets.load(settings))
    try:
        asyncio.run(_create_user(url, email, name or email, business, password))
    except IntegrityError:
        raise UserExists(f"{email} may already sign in.") from None
    except SQLAlchemyOperationalError as error:
        raise DatabaseUnreachable from error
    typer.echo(f"{email} may sign in now.")


async def _create_user(url: str, email: str, name: str, slug: str, password: str) -> None:
    async with Database(url) as database, database.system() as tx:
        business = await businesses.find(tx, slug)
        if business is None:
            raise NoSuchBusiness(f"There is no business {slug!r}.")
        user_id = await accounts.create_user(
            tx, Passwords(), email=email, name=name, password=password
        )
        await accounts.join(tx, user_id, business.id, Role.OWNER)
