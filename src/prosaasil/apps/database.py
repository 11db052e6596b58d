"""Opening the database that the settings name."""

from prosaasil.kit.config import Settings
from prosaasil.kit.db import Database
from prosaasil.kit.errors import Refusal


class DatabaseNotGiven(Refusal):
    """No database was given.

    Set DATABASE_URL, or start with `prosaasil run`, which brings a database of its own.
    """


def open_database(settings: Settings) -> Database:
    """Connects when it is first used."""
    if not settings.database_url:
        raise DatabaseNotGiven
    return Database(settings.database_url)
