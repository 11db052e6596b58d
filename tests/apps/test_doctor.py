"""The doctor says what is configured, what is missing and what to do."""

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_fixture import Server

from prosaasil.apps import doctor, doctor_peers, machine
from prosaasil.apps.finding import Finding, State
from prosaasil.kit.config import Settings

TWILIO = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "t"}
REACHABLE = {"PUBLIC_URL": "https://calls.example", "MEDIA_URL": "wss://calls.example/{port}"}


def states(findings: Iterator[Finding]) -> dict[str, str]:
    return {finding.about: finding.state.value for finding in findings}


def settings_of(**environ: str) -> Settings:
    return Settings.from_env(environ)


def test_a_fresh_machine_lacks_nothing_that_must_be_there(tmp_path: Path) -> None:
    ports = {"WEB_PORT": "0", "MEDIA_PORT": "0", "SPEECH_PORT": "0"}
    findings = list(
        doctor.examine({"DATA_DIR": str(tmp_path / "data"), **ports}, tmp_path / ".env")
    )
    wrong = {finding.about for finding in findings if finding.state is State.MISSING}
    assert wrong <= {"dashboard"}
    assert not (tmp_path / "data").exists()


def test_every_trouble_comes_with_a_remedy(tmp_path: Path) -> None:
    environ = {"DATA_DIR": str(tmp_path), "TWILIO_ACCOUNT_SID": "x", "WEB_HOST": "0.0.0.0"}
    for finding in doctor.examine(environ, tmp_path / ".env"):
        assert bool(finding.remedy) == (finding.state is not State.OK), finding


def test_a_bad_setting_is_told_before_anything_else(tmp_path: Path) -> None:
    findings = list(doctor.examine({"WEB_PORT": "high"}, tmp_path / ".env"))
    assert findings[-1].state is State.MISSING
    assert "WEB_PORT" in findings[-1].said


@pytest.mark.parametrize(
    ("version", "state"),
    [((3, 10), "missing"), ((3, 11), "ok"), ((3, 14), "ok"), ((3, 15), "missing")],
)
def test_pythons(version: tuple[int, int], state: str) -> None:
    assert doctor.check_python(version).state.value == state


@pytest.mark.parametrize(("free_mb", "state"), [(100, "missing"), (1_000, "warn"), (10_000, "ok")])
def test_room_on_the_disk(tmp_path: Path, free_mb: int, state: str) -> None:
    assert doctor.check_room(tmp_path, free_mb * 1024**2).state.value == state


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {"Twilio": "warn"}),
        ({"TWILIO_ACCOUNT_SID": TWILIO["TWILIO_ACCOUNT_SID"], **REACHABLE}, {"Twilio": "missing"}),
        ({**TWILIO, **REACHABLE}, {"Twilio": "ok", "PUBLIC_URL": "ok", "MEDIA_URL": "ok"}),
        (TWILIO, {"Twilio": "ok", "PUBLIC_URL": "missing", "MEDIA_URL": "missing"}),
        (
            {**TWILIO, **REACHABLE, "MEDIA_URL": "wss://one.example", "VOICE_WORKERS": "2"},
            {"MEDIA_URL": "missing"},
        ),
        ({**TWILIO, "TWILIO_API_BASE_URL": "http://127.0.0.1:1"}, {"Twilio": "warn"}),
    ],
)
def test_a_real_carrier_needs_public_addresses(
    environ: dict[str, str], expected: dict[str, str]
) -> None:
    found = states(doctor.check_carrier(settings_of(**environ)))
    assert found.items() >= expected.items()


def test_a_key_that_others_may_read_is_told(tmp_path: Path) -> None:
    key = tmp_path / "secret_key"
    key.write_text("ab" * 32)
    key.chmod(0o644)
    assert doctor.check_key(settings_of(), key).state is State.MISSING
    key.chmod(0o600)
    assert doctor.check_key(settings_of(), key).state is State.OK


def test_a_port_in_use_names_the_setting(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as taken:
        environ = {"DATA_DIR": str(tmp_path), "WEB_PORT": str(taken.server_port)}
        found = next(iter(doctor.check_ports(settings_of(**environ))))
    assert found.state is State.MISSING
    assert "WEB_PORT" in found.remedy


def test_while_the_product_runs_its_ports_are_its_own(tmp_path: Path) -> None:
    with machine.hold(tmp_path):
        assert states(doctor.check_ports(settings_of(DATA_DIR=str(tmp_path)))) == {"ports": "ok"}


def test_a_managed_database_is_looked_into_and_nothing_is_made(
    database_url: str, tmp_path: Path
) -> None:
    environ = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data")}
    found = states(doctor_peers.check_database(settings_of(**environ)))
    assert found == {"database": "ok", "migrations": "ok"}
    assert not (tmp_path / "data").exists()


def test_a_role_that_passes_by_row_level_security_is_told(
    postgres: Server, database_name: str
) -> None:
    url = f"postgresql://postgres@/{database_name}?host={postgres.socket_folder}"
    environ = {"DATABASE_URL": url, "SECRET_KEY": "0123456789abcdef"}
    found = states(doctor_peers.check_database(settings_of(**environ)))
    assert found["database role"] == "warn"


def test_missing_migrations_are_named(postgres: Server, database_owner_url: str) -> None:
    postgres.execute("create database empty_one")
    url = f"postgresql://postgres@/empty_one?host={postgres.socket_folder}"
    environ = {"DATABASE_URL": url, "SECRET_KEY": "0123456789abcdef"}
    found = {
        finding.about: finding for finding in doctor_peers.check_database(settings_of(**environ))
    }
    postgres.execute("drop database empty_one")
    assert found["migrations"].state is State.MISSING
    assert "prosaasil db upgrade" in found["migrations"].remedy


def test_a_database_that_does_not_answer_is_told() -> None:
    environ = {
        "DATABASE_URL": "postgresql://a:b@127.0.0.1:1/c",
        "SECRET_KEY": "0123456789abcdef",
    }
    assert states(doctor_peers.check_database(settings_of(**environ))) == {"database": "missing"}


@pytest.mark.parametrize(("status", "state"), [(200, "ok"), (401, "missing"), (500, "warn")])
async def test_the_engine_is_asked_whether_it_takes_the_key(status: int, state: str) -> None:
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['Authorization']}")
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as engine:
        serving = threading.Thread(target=engine.handle_request)
        serving.start()
        url = f"http://127.0.0.1:{engine.server_port}/v1/models"
        found = await doctor_peers.ask_engine(url, {"Authorization": "Bearer k"})
        serving.join()
    assert asked == ["/v1/models Bearer k"]
    assert found.state.value == state


async def test_an_engine_that_is_not_there_is_told() -> None:
    found = await doctor_peers.ask_engine("http://127.0.0.1:1/v1/models", {})
    assert found.state is State.MISSING


def test_another_majors_data_is_told(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    found = doctor_peers.check_programs(settings_of(DATA_DIR=str(tmp_path)))
    assert found.state is State.MISSING
    assert "Postgres 9" in found.said


def test_programs_may_ask_for_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prosaasil", "doctor", "--json"],
        env={"WEB_PORT": "high"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)[-1]["state"] == "missing"
