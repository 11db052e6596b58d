"""STYLE.md as a test: what ruff and the type checker cannot say."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
CALL_PACKAGE_LINES_MAX = 3_500
ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "prosaasil"
BROAD_HANDLERS_ALLOWED_IN = {
    "live/session.py",  # a call
    "live/toolbox.py",  # a tool call
    "speech/session.py",  # a session of the embedded engine
    "kit/http.py",  # a request
}
CLOCKS = {
    ("time", "time"),
    ("time", "monotonic"),
    ("time", "monotonic_ns"),
    ("time", "perf_counter"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
}
CLOCKS_ALLOWED_IN = {"kit/clock.py"}
VAGUE_MODULE_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "data",
    "info",
    "misc",
    "common",
}
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
MODULES = sorted(SOURCE.rglob("*.py"))
TEXTS = MODULES + sorted((ROOT / "tests").rglob("*.py")) + [ROOT / "bootstrap.py"]


def complaints(path: Path) -> Iterator[str]:
    name = path.relative_to(SOURCE).as_posix()
    text = path.read_text()
    if text.count("\n") > MODULE_LINES_MAX:
        yield f"{name}: {text.count(chr(10))} lines, at most {MODULE_LINES_MAX}"
    if path.stem in VAGUE_MODULE_NAMES:
        yield f"{name}: name the module for what it holds"
    tree = ast.parse(text)
    if text.strip() and not ast.get_docstring(tree):
        yield f"{name}: say in a module docstring what this module is for"
    for node in ast.walk(tree):
        yield from _complaints_of_node(name, node)


def _complaints_of_node(name: str, node: ast.AST) -> Iterator[str]:
    where = f"{name}:{getattr(node, 'lineno', 0)}"
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{where}: {node.name} has {lines} lines, at most {FUNCTION_LINES_MAX}"
        case (
            ast.ExceptHandler(type=None)
            | ast.ExceptHandler(type=ast.Name(id="Exception" | "BaseException"))
        ):
            if name not in BROAD_HANDLERS_ALLOWED_IN:
                yield f"{where}: name the errors you expect; let the others reach the boundary"
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr)):
            if (owner, attr) in CLOCKS and name not in CLOCKS_ALLOWED_IN:
                yield f"{where}: take `now` as an argument; only kit/clock.py reads the clock"
        case _:
            pass


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_tidy(path: Path) -> None:
    assert list(complaints(path)) == []


def test_the_call_core_stays_readable_in_an_afternoon() -> None:
    lines = sum(path.read_text().count("\n") for path in (SOURCE / "call").glob("*.py"))
    assert lines <= CALL_PACKAGE_LINES_MAX


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_emoji_and_no_history_in_the_code(path: Path) -> None:
    text = path.read_text()
    assert EMOJI.findall(text) == []
    if path != Path(__file__):
        assert re.findall(r"#\s*(?:TODO|FIXME|HACK|XXX)\b", text) == []


def test_tests_do_not_sleep() -> None:
    sleeping = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(r"\btime\.sleep\(|asyncio\.sleep\((?!0\))", line) and path != Path(__file__)
    ]
    assert sleeping == []
