"""What `run` refuses before it starts anything, and what it says then."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from prosaasil.apps import machine
from prosaasil.apps.machine import AlreadyRunning, DiskFull, PortNeed, PortTaken
from prosaasil.kit.config import Settings

ANY_PORTS = {"WEB_PORT": "0", "MEDIA_PORT": "0", "SPEECH_PORT": "0"}


def run(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """`prosaasil run`, which is expected to refuse."""
    return subprocess.run(
        [sys.executable, "-m", "prosaasil", "run"],
        env={"PATH": os.defpath, "DATA_DIR": str(folder), **ANY_PORTS, **environ},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_second_run_on_the_same_data_is_refused_and_names_the_first(data_dir: Path) -> None:
    with machine.hold(data_dir):
        done = run(data_dir)
    assert done.returncode == 2
    assert f"already runs on {data_dir} (process {os.getpid()})" in done.stderr
    assert "set DATA_DIR to another folder" in done.stderr


def test_the_data_is_free_again_after_a_run(data_dir: Path) -> None:
    with machine.hold(data_dir) as was_cut_short:
        assert not was_cut_short
        with pytest.raises(AlreadyRunning), machine.hold(data_dir):
            pass
        assert machine.is_held(data_dir)
    assert not machine.is_held(data_dir)
    with machine.hold(data_dir) as was_cut_short:
        assert not was_cut_short


def test_a_run_that_was_killed_is_known_by_the_next(data_dir: Path) -> None:
    code = "import os, sys; from pathlib import Path; from prosaasil.apps import machine\n"
    code += "with machine.hold(Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code, str(data_dir)], check=False)
    assert killed.returncode == -signal.SIGKILL
    with machine.hold(data_dir) as was_cut_short:
        assert was_cut_short


def test_a_used_port_is_refused_and_the_setting_named(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(data_dir, WEB_PORT=str(port))
    assert done.returncode == 2
    assert f"The web server cannot listen on 127.0.0.1, port {port}" in done.stderr
    assert "Set WEB_PORT to a free port" in done.stderr
    assert not (data_dir / "postgres").exists()


def test_two_that_want_the_same_port_are_told() -> None:
    settings = Settings.from_env({"WEB_PORT": "8082", "VOICE_WORKERS": "2"})
    with pytest.raises(PortTaken, match="WEB_PORT asks for the same port"):
        machine.check_ports(machine.port_needs(settings))


def test_an_address_of_another_machine_is_told() -> None:
    need = PortNeed("The web server", "WEB_PORT", "192.0.2.1", 0)
    assert machine.problem_with(need) == "192.0.2.1 is not an address of this machine"


def test_drawn_ports_are_free_and_the_workers_in_a_row() -> None:
    settings = Settings.from_env({**ANY_PORTS, "VOICE_WORKERS": "3"})
    drawn = Settings.from_env({**machine.draw_ports(settings), "VOICE_WORKERS": "3"})
    machine.check_ports(machine.port_needs(drawn))


def test_ports_are_drawn_only_where_they_are_left_open() -> None:
    assert machine.draw_ports(Settings.from_env({})) == {}


def test_an_engine_elsewhere_needs_no_port_of_ours() -> None:
    settings = Settings.from_env({"OPENAI_API_KEY": "k"})
    assert [need.setting for need in machine.port_needs(settings)] == ["WEB_PORT", "MEDIA_PORT"]


def test_a_full_disk_is_refused_with_what_is_needed(tmp_path: Path) -> None:
    machine.check_disk(tmp_path, 400 * 1024**2)
    with pytest.raises(DiskFull, match="has only 12 MB left; at least 300 MB are needed") as caught:
        machine.check_disk(tmp_path, 12 * 1024**2)
    assert "DATA_DIR" in caught.value.remedy


def test_data_of_another_postgres_major_is_refused_with_advice(data_dir: Path) -> None:
    cluster = data_dir / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    done = run(data_dir)
    assert done.returncode == 2
    assert "was made by Postgres 9; the programs here are 18" in done.stderr
    assert "pg_dump" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_managed_database_that_does_not_answer_stops_the_start(data_dir: Path) -> None:
    done = run(data_dir, DATABASE_URL="postgresql://a:b@127.0.0.1:1/c")
    assert done.returncode == 1
    assert "The database does not answer." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_refused(data_dir: Path) -> None:
    (data_dir / "file").write_text("")
    done = run(data_dir, DATA_DIR=str(data_dir / "file" / "data"))
    assert done.returncode == 2
    assert "cannot be made" in done.stderr
