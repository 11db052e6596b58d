"""An agent that asks the same thing twice in a row waits for its caller (R-LOOP, C-25)."""

from prosaasil.words.likeness import ALIKE_PERCENT, likeness

from .commands import AddSystemNote, Command, Fields, Note

WAIT = "אתה שואל את אותה שאלה שוב. המתן לתשובת הלקוח..."
"""The note of R-LOOP-03. That the agent waits does not depend on its reading it (C-15)."""
SHOWN_CHARS = 60


class Loops:
    def __init__(self) -> None:
        self._said = ""
        self._said_from = 0
        self.is_waiting = False
        """Nothing more is asked of the engine until the caller has spoken."""

    def agent_said(self, text: str, heard_from: int) -> list[Command]:
        """A whole utterance of the agent's; what to do if it is the one before, once more."""
        text = text.strip()
        before, self._said = self._said, text or self._said
        self._said_from = heard_from
        if self.is_waiting or not text or not before:
            return []
        alike = likeness(text, before)
        if alike <= ALIKE_PERCENT:
            return []
        self.is_waiting = True
        found = f"Duplicate question detected! Similarity={alike}%"
        fields: Fields = {
            "pii.current": text[:SHOWN_CHARS],
            "pii.previous": before[:SHOWN_CHARS],
        }
        return [
            Note("G ANTI-LOOP", found, fields),
            AddSystemNote(WAIT),
            Note("SYSTEM", f"Message sent: {WAIT}"),
        ]

    def caller_spoke(self, at: int) -> None:
        """Words that come late, of before the agent's last utterance, are no answer to it."""
        if at >= self._said_from:
            self._said = ""
            self.is_waiting = False
