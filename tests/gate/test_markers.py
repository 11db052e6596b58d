"""The dictionary of markers is what the code says, neither more nor less (R-MET-08)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import prosaasil
from prosaasil.call.commands import Note
from prosaasil.gate.markers import complaints, dictionary, is_a
from prosaasil.gate.stage import Remark

SOURCE = Path(prosaasil.__file__).parent
SAYING = {"Note": 0, "_mark": 0, "note": 1}
"""Functions that say a marker, and which of their arguments it is; its text is the next."""
NOT_THE_PRODUCT = {"gate", "rig", "sim"}
UNKNOWN = None
"""A text that is put together elsewhere."""


def said() -> Iterator[tuple[str, str | None]]:
    """Every marker in the code, and its text with 0 for each value in it."""
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] not in NOT_THE_PRODUCT:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call):
                    yield from _said_by(node)


def _said_by(call: ast.Call) -> Iterator[tuple[str, str | None]]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    place = SAYING.get(name)
    if place is not None and len(call.args) > place:
        marker = _text(call.args[place])
        if marker is not None:
            text = _text(call.args[place + 1]) if len(call.args) > place + 1 else ""
            yield marker, text
    for keyword in call.keywords:
        marker = _text(keyword.value) if keyword.arg == "marker" else None
        if marker is not None:
            yield marker, _text(call.args[0])


def _text(node: ast.expr) -> str | None:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "0" for part in parts)
        case _:
            return UNKNOWN


def test_everything_that_is_said_is_in_the_dictionary() -> None:
    entries = dictionary().values()
    strange = [
        f"[{marker}] {text}"
        for marker, text in said()
        if not any(
            entry.marker == marker and (text is UNKNOWN or _may_be(entry.text, text))
            for entry in entries
        )
    ]
    assert strange == []


def _may_be(pattern: str, text: str) -> bool:
    """A value in a text may be one of those that the pattern lists."""
    loose = re.sub(r"\((?:\w+\|)+\w+\)|\\S\+|\\w\+", r"\\w+", pattern)
    return re.search(loose, text) is not None


def test_everything_in_the_dictionary_is_said_or_has_a_reason() -> None:
    emitted = list(said())
    unsaid = [
        name
        for name, entry in dictionary().items()
        if entry.where not in {"later", "replaced"}
        and not any(
            entry.marker == marker and (text is UNKNOWN or _may_be(entry.text, text))
            for marker, text in emitted
        )
    ]
    assert unsaid == []
    assert all(e.why for e in dictionary().values() if e.where in {"later", "replaced"})


def test_what_is_later_or_replaced_is_not_said() -> None:
    markers = {marker for marker, _ in said()}
    claimed = {e.marker for e in dictionary().values() if e.where in {"later", "replaced"}}
    kept = {e.marker for e in dictionary().values() if e.where not in {"later", "replaced"}}
    assert (claimed - kept) & markers == set()


def remark(marker: str, text: str = "") -> Remark:
    return Remark(0, Note(marker, text))


LOG = [
    remark("AUDIO_TX_LOOP", "started"),
    remark("GREETING", "Passing greeting audio to caller"),
    remark("AUDIO_TX_LOOP", "exiting"),
    remark("CALL_METRICS"),
    remark("F3", "WebSocket closed successfully"),
    remark("CLEANUP", "Resetting all state flags..."),
    remark("CLEANUP", "All state flags reset successfully"),
]


def test_an_ordinary_log_passes() -> None:
    assert list(complaints(LOG, with_shell=True)) == []
    assert list(complaints(LOG[1:2], with_shell=False)) == []


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (LOG[:3], "no call_metrics"),
        ([*LOG, LOG[1]], "2 times greeting"),
        ([*LOG, remark("B3 VIOLATION", "by itself")], "forbidden: [B3 VIOLATION] by itself"),
        ([*LOG, remark("FPS LIMIT", "Throttling")], "forbidden: [FPS LIMIT] Throttling"),
        ([*LOG, remark("SURPRISE", "?")], "not in the dictionary: [SURPRISE] ?"),
        ([*LOG, remark("STT_GUARD", "maybe")], "not in the dictionary: [STT_GUARD] maybe"),
    ],
)
def test_what_a_log_may_not_be(log: list[Remark], found: str) -> None:
    assert found in list(complaints(log, with_shell=True))


def test_a_scenario_may_want_what_is_otherwise_forbidden() -> None:
    log = [*LOG, remark("B3 VIOLATION", "by itself")]
    assert list(complaints(log, allowed=["b3_violation"], with_shell=True)) == []


def test_a_name_that_is_not_in_the_dictionary_is_a_mistake() -> None:
    assert is_a(LOG[1], "greeting")
    with pytest.raises(LookupError, match="hello"):
        is_a(LOG[1], "hello")
