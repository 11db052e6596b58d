"""The command line says what is wrong in a sentence, and small commands stay small."""

import subprocess
import sys
from pathlib import Path

import pytest


def prosaasil(*arguments: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "prosaasil", *arguments],
        env={"DATA_DIR": str(folder / "data"), "COLUMNS": "100", **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        input="",
    )


def test_help_names_all_commands(tmp_path: Path) -> None:
    told = prosaasil("--help", folder=tmp_path).stdout
    ours = ("run", "web", "voice", "speech", "doctor", "db", "user")
    for command in (*ours, "call", "bench", "sim"):
        assert f" {command} " in told


@pytest.mark.parametrize("command", ["run", "web", "voice", "speech"])
def test_a_bad_setting_is_a_sentence_and_a_remedy(tmp_path: Path, command: str) -> None:
    done = prosaasil(command, folder=tmp_path, MEDIA_PORT="many")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "prosaasil: MEDIA_PORT is 'many', which is not a whole number.",
        "  Set MEDIA_PORT to a whole number from 0 to 65535, or leave it out.",
    ]


@pytest.mark.parametrize("command", [["db", "check"], ["user", "create", "dana@example.com"]])
def test_a_database_that_does_not_run_is_a_sentence(tmp_path: Path, command: list[str]) -> None:
    done = prosaasil(*command, folder=tmp_path)
    assert done.returncode == 1
    assert "Our own database is not running." in done.stderr
    assert "Traceback" not in done.stderr


def test_settings_are_read_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WEB_PORT=wide\n")
    assert "WEB_PORT is 'wide'" in prosaasil("web", folder=tmp_path).stderr


def test_the_command_line_itself_loads_no_heavy_library(tmp_path: Path) -> None:
    code = "import sys, prosaasil.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    heavy = {"sqlalchemy", "fastapi", "numpy", "onnxruntime", "alembic", "psycopg", "structlog"}
    assert heavy.isdisjoint(done.stdout.split())


def test_the_database_is_checked_and_brought_up(tmp_path: Path, database_owner_url: str) -> None:
    environ = {"DATABASE_URL": database_owner_url, "SECRET_KEY": "0123456789abcdef"}
    for command in ("upgrade", "check"):
        done = prosaasil("db", command, folder=tmp_path, **environ)
        assert (done.returncode, done.stderr) == (0, "")
        assert "newest migration" in done.stdout


def test_a_person_needs_a_business_that_exists(tmp_path: Path, database_url: str) -> None:
    environ = {"DATABASE_URL": database_url, "SECRET_KEY": "0123456789abcdef"}
    done = prosaasil(
        "user", "create", "dana@example.com", "--business", "none", folder=tmp_path, **environ
    )
    assert done.returncode == 2
    assert "There is no business 'none'." in done.stderr
