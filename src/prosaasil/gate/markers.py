"""The dictionary of log markers (requirements, appendix A), and a linter that holds to it."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from prosaasil.gate.stage import Remark

DICTIONARY = Path(__file__).parent / "markers.toml"


class Marker(Struct, frozen=True, forbid_unknown_fields=True):
    marker: str
    """What stands in the brackets."""
    text: str = ""
    """A pattern of the text behind it."""
    where: Literal["core", "shell", "process", "later", "replaced"] = "core"
    """What says it; `process` is whatever writes to the log, but not to a call's own record.
    `later` is not said by anything yet, `replaced` never will be: `why`.
    """
    per_call: Literal["any", "once", "at most once", "never"] = "any"
    why: str = ""


@cache
def dictionary() -> dict[str, Marker]:
    return msgspec.convert(tomllib.loads(DICTIONARY.read_text()), dict[str, Marker])


def is_a(remark: Remark, name: str) -> bool:
    """Raises `LookupError` for a name that is not in the dictionary."""
    if name not in dictionary():
        raise LookupError(f"{name} is not in the dictionary of markers")
    return _fits(remark, dictionary()[name])


def _fits(remark: Remark, entry: Marker) -> bool:
    note = remark.note
    return note.marker == entry.marker and re.search(entry.text, note.text) is not None


def complaints(
    remarks: Sequence[Remark], *, allowed: Iterable[str] = (), with_shell: bool
) -> Iterator[str]:
    """What one call's log may not be; `with_shell` when it holds what the shell says as well."""
    said_here = {"core", "shell"} if with_shell else {"core"}
    for name, entry in dictionary().items():
        found = [remark for remark in remarks if _fits(remark, entry)]
        if entry.per_call == "never" and found and name not in allowed:
            yield f"forbidden: {found[0]}"
        if entry.per_call in {"once", "at most once"} and len(found) > 1:
            yield f"{len(found)} times {name}"
        if entry.per_call == "once" and not found and entry.where in said_here:
            yield f"no {name}"
    for remark in remarks:
        if not any(_fits(remark, entry) for entry in dictionary().values()):
            yield f"not in the dictionary: {remark}"
