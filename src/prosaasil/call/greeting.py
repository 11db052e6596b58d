"""The greeting: said once, at the beginning, and as interruptible as any other speech."""

from .commands import Note


class Greeting:
    """Whose first sound and whose end are each noted once (R-GRT-02, R-GRT-07)."""

    def __init__(self) -> None:
        self._reply_id: str | None = None
        self._is_over = False

    def sounds(self, reply_id: str) -> list[Note]:
        """The first speech of a reply that greets has come."""
        self._reply_id = reply_id
        return [Note("GREETING", "Passing greeting audio to caller")]

    def heard(self, reply_id: str) -> list[Note]:
        return self.ended() if reply_id == self._reply_id else []

    def interrupted(self) -> list[Note]:
        """The caller speaks or types."""
        if self._is_over or self._reply_id is None:
            return self.ended()
        stopping = Note("BARGE-IN", "User interrupted greeting - stopping immediately")
        return [stopping, *self.ended()]

    def ended(self) -> list[Note]:
        """There will be nothing more of it, whether or not anything was said."""
        if self._is_over:
            return []
        self._is_over = True
        return [Note("GREETING", "Barge-in now ENABLED for rest of call")]
