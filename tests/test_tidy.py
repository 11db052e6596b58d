"""STYLE.md as a test: what ruff and the type checkers cannot say. After TigerBeetle's tidy.zig."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
CALL_PACKAGE_LINES_MAX = 2_000
SOURCE = Path(__file__).parent.parent / "src" / "prosaasil"
BROAD_HANDLERS_ALLOWED_IN = {
    "live/session.py",
    "live/toolbox.py",
    "kit/http.py",
    "kit/workflows.py",
}
CLOCKS = {("time", "time"), ("time", "monotonic"), ("datetime", "now"), ("date", "today")}
CLOCKS_ALLOWED_IN = {"kit/clock.py"}


def complaints(path: Path) -> Iterator[str]:
    name = path.relative_to(SOURCE).as_posix()
    text = path.read_text()
    if text.count("\n") > MODULE_LINES_MAX:
        yield f"{name}: {text.count(chr(10))} lines, at most {MODULE_LINES_MAX}"
    tree = ast.parse(text)
    if text.strip() and not ast.get_docstring(tree):
        yield f"{name}: say in a module docstring what this module is for"
    for node in ast.walk(tree):
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


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: p.name)
def test_tidy(path: Path) -> None:
    assert list(complaints(path)) == []


def test_the_call_core_stays_readable_in_an_hour() -> None:
    lines = sum(p.read_text().count("\n") for p in (SOURCE / "call").glob("*.py"))
    assert lines <= CALL_PACKAGE_LINES_MAX
