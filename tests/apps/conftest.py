"""Processes are tested with a real Postgres and real child processes."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))

from postgres_fixture import (  # noqa: F401 - fixtures are found by their names
    data_dir,
    database,
    database_name,
    database_owner_url,
    database_url,
    postgres,
)
