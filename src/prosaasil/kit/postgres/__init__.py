"""Our own Postgres: the programs of a Python package, run in DATA_DIR without any set-up.

`place` decides whose account, which folders and which programs; `cluster` makes the data directory,
says how to start the server and prepares its roles. Who starts and stops it is not decided here.
"""

from prosaasil.kit.postgres.cluster import (
    READY_LINE,
    Cluster,
    OtherMajor,
    database_url,
    owner_url,
)
from prosaasil.kit.postgres.place import Account, Place

__all__ = [
    "READY_LINE",
    "Account",
    "Cluster",
    "OtherMajor",
    "Place",
    "database_url",
    "owner_url",
]
