"""What was said, by item: the caller's words as recognised, the agent's as far as they were heard.

An item's place in the conversation is the time at which it began to be heard (`at_ms`), because
its text may come much later: a caller's is often recognised when the agent already answers.
"""

from collections import deque

from msgspec import Struct

from .commands import Command, Note, PublishTranscript, Role
from .playout import Heard

SHORT_TEXT_CHARS = 5  # R-STT-13: shorter is "very short"
CALLER_ITEMS_KEPT_MAX = 64


class Counters(Struct):
    """What `[CALL_METRICS]` and the owner's statistics count of a call."""

    replies: int = 0
    """Replies that began to sound."""
    replies_retried: int = 0
    replies_unasked: int = 0
    barge_in_events: int = 0
    frames_flushed: int = 0
    """Agent frames that an interruption or the end left unsent; not losses."""
    follow_ups: int = 0
    tools_called: int = 0
    tools_failed: int = 0
    """Tools that did not answer in time."""
    keys_pressed: int = 0
    engine_refusals: int = 0
    stt_utterances: int = 0
    stt_empty: int = 0
    stt_short: int = 0
    stt_failed: int = 0


class _Line(Struct):
    reply_id: str
    at_ms: int
    text: str = ""
    sounds: bool = False


class Transcript:
    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._began: deque[tuple[str, int]] = deque(maxlen=CALLER_ITEMS_KEPT_MAX)
        self._judged: deque[str] = deque(maxlen=CALLER_ITEMS_KEPT_MAX)
        self._lines: dict[str, _Line] = {}  # the agent's items that are not final yet

    def caller_began(self, item_id: str, now: int) -> None:
        if all(item_id != known for known, _ in self._began):
            self._began.append((item_id, now))

    def caller_said(self, item_id: str, text: str, now: int) -> list[Command]:
        """Exactly one note for each transcript, with the reason (R-STT-12)."""
        if item_id in self._judged:
            return []
        self._judged.append(item_id)
        text = text.strip()
        self._counters.stt_utterances += 1
        if not text:
            self._counters.stt_empty += 1
            return [Note("STT_FILTER", "drop reason=empty")]
        if len(text) < SHORT_TEXT_CHARS:
            self._counters.stt_short += 1
        self.caller_began(item_id, now)
        at_ms = next(at for known, at in self._began if known == item_id)
        return [
            PublishTranscript(Role.CALLER, item_id, text, final=True, at_ms=at_ms),
            Note("STT_GUARD", "Accepted", {"item": item_id, "chars": len(text)}),
        ]

    def caller_typed(self, item_id: str, text: str, at_ms: int) -> PublishTranscript:
        return PublishTranscript(Role.CALLER, item_id, text, final=True, at_ms=at_ms)

    def caller_not_understood(self, item_id: str, reason: str) -> list[Command]:
        if item_id in self._judged:
            return []
        self._judged.append(item_id)
        self._counters.stt_failed += 1
        return [Note("STT_FILTER", "drop reason=failed", {"item": item_id, "why": reason})]

    def agent_says(self, reply_id: str, item_id: str, text: str, at_ms: int) -> PublishTranscript:
        line = self._lines.setdefault(item_id, _Line(reply_id, at_ms))
        line.text += text
        return PublishTranscript(Role.AGENT, item_id, line.text, final=False, at_ms=line.at_ms)

    def agent_sounds(self, reply_id: str, item_id: str, at_ms: int) -> None:
        """The first speech of an item has come, and begins to be heard at `at_ms`."""
        line = self._lines.setdefault(item_id, _Line(reply_id, at_ms))
        if not line.sounds:
            line.sounds, line.at_ms = True, at_ms

    def reply_heard(self, reply_id: str) -> list[Command]:
        """The reply is over, and what was made of it was heard: nothing, if it made no sound."""
        items = [item_id for item_id, line in self._lines.items() if line.reply_id == reply_id]
        return [final for item_id in items for final in self._final(item_id, 1, 1)]

    def cut(self, heard: list[Heard]) -> list[Command]:
        """The agent was silenced: what it says now ends where it was last heard."""
        parts = {part.item_id: part for part in heard}
        finals: list[Command] = []
        for item_id in list(self._lines):
            part = parts.get(item_id)
            if part is None:
                finals += self._final(item_id, 1, 1)
            else:
                finals += self._final(item_id, part.heard_ms, part.made_ms)
        return finals

    def _final(self, item_id: str, heard_ms: int, made_ms: int) -> list[Command]:
        """There is no alignment of text and speech: cut the text in proportion."""
        line = self._lines.pop(item_id)
        if not line.text:
            return []
        heard = line.text[: len(line.text) * heard_ms // made_ms] if line.sounds else ""
        final = bool(heard)
        return [PublishTranscript(Role.AGENT, item_id, heard, final=final, at_ms=line.at_ms)]
