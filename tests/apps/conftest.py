"""The tests of the processes use a real Postgres and the web application over ASGI."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from postgres_fixture import (  # noqa: F401 - fixtures are found by their names
    data_dir,
    database,
    database_name,
    database_owner_url,
    database_url,
    postgres,
)
from web_fixture import carrier, client, login, own, settings  # noqa: F401 - the same
