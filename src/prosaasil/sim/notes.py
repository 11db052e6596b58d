"""What a call may write into the log, and how often (requirements, appendix A)."""

from collections import Counter
from collections.abc import Iterator

from prosaasil.sim.account import Account

VERDICTS = {"STT_GUARD", "C1 STT_GUARD", "STT_FILTER"}
FORBIDDEN = {
    "B3 VIOLATION",
    "F2 VIOLATION",
    "PROMPT_REBUILD",
    "PROMPT FALLBACK",
    "PROMPT_MISMATCH",
    "HANGUP BLOCKED",
    "FPS LIMIT",
    "CALL_DIRECTION_LOCK",
}
AT_MOST_ONCE = (
    ("GREETING", "Passing greeting audio"),
    ("GREETING", "Barge-in now ENABLED"),
    ("HANGUP", "Triggering hangup"),
)


def verdicts(account: Account) -> Iterator[str]:
    """Each transcript gives exactly one verdict (R-STT-12)."""
    for event, notes in account.judged:
        found = [note.text for note in notes if note.marker in VERDICTS]
        if len(found) != 1:
            yield f"{len(found)} verdicts on {event}: {found}"


def counts(account: Account) -> Iterator[str]:
    """Lines that may be written only once in a call."""
    for marker, text in AT_MOST_ONCE:
        found = [n for _, n in account.notes if n.marker == marker and n.text.startswith(text)]
        if len(found) > 1:
            yield f"[{marker}] {text}: {len(found)} times"


def forbidden(account: Account) -> Iterator[str]:
    """Lines that a world without faults must not cause."""
    found = Counter(note.marker for _, note in account.notes if note.marker in FORBIDDEN)
    for marker, times in found.items():
        yield f"[{marker}]: {times} times"
    errors = [note for _, note in account.notes if note.is_error]
    for note in errors:
        yield f"an error in a world without faults: [{note.marker}] {note.text}"
