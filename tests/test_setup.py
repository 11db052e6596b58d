"""Set-up is part of the product: the locks are whole, and say nothing of any machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-test.lock", "web/package-lock.json"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    resolved = re.findall(r'"resolved"|--index-url|--find-links', (ROOT / name).read_text())
    assert resolved == []


@pytest.mark.parametrize("name", LOCKS[:2])
def test_every_requirement_is_locked_with_hashes(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(entries) > 20
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_two_locks_do_not_overlap() -> None:
    names = [
        {line.split("==")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line}
        for lock in LOCKS[:2]
    ]
    shared = names[0] & names[1]
    assert shared == set()


def test_nothing_generated_is_committed() -> None:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    kinds = (".pyc", ".whl", ".onnx", ".sqlite")
    assert [name for name in listing if name.endswith(kinds) or "node_modules/" in name] == []


def test_ci_runs_what_everybody_runs() -> None:
    assert "exec make test" in (ROOT / ".ci" / "run").read_text()
