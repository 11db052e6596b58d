"""What every test shares: no sockets unless its folder is about sockets."""

from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

pytest_plugins = ["postgres_fixture", "web_fixture"]

FOLDERS_WITH_SOCKETS = {"live", "rig", "speech", "apps", "browser", "kit", "records", "acceptance"}


@pytest.fixture(autouse=True)
def _sockets(request: pytest.FixtureRequest) -> None:
    """Only tests of shells may open sockets; the core's tests must not need any."""
    if FOLDERS_WITH_SOCKETS & set(Path(str(request.path)).parts):
        enable_socket()
    else:
        disable_socket(allow_unix_socket=True)
