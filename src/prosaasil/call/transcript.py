"""What was said, by item: the caller's words as accepted, the agent's as far as they were heard.

An item's place in the conversation is the time at which it began to be heard (`at_ms`), because
its text may come much later: a caller's is often recognised when the agent already answers.
"""

from collections import deque

from msgspec import Struct

from .acceptance import Evidence, Verdict, judge
from .commands import Command, Note, PublishTranscript, Role, Said
from .playout import Heard
from .policy import CallPolicy

SHORT_TEXT_CHARS = 5  # R-STT-13: shorter is "very short"
CALLER_ITEMS_KEPT_MAX = 256  # more than `turns` keeps, so that no turn is judged twice
SAID_KEPT_MAX = 60
"""Turns that a new engine is told: more than what a call is about at any time."""
AGENT_ITEMS_COMPARED = 3
"""An echo is at most a second old: of the item being heard or of the one before; and one more that
is made already and not heard yet."""


class Counters(Struct):
    """What `[CALL_METRICS]` and the owner's statistics count of a call."""

    replies: int = 0
    """Replies that began to sound."""
    replies_retried: int = 0
    replies_unasked: int = 0
    engine_interruptions: int = 0
    """Replies that the engine cut by itself, though it is told never to."""
    engine_reconnections: int = 0
    barge_in_events: int = 0
    candidates: int = 0
    """Voices over the agent's speech, whatever they turned out to be."""
    holds: int = 0
    held_ms: int = 0
    """How long the agent was kept silent by voices, confirmed or not."""
    answers_withdrawn: int = 0
    """Answers taken back unheard: what they answered was nothing, or the caller went on."""
    duplicate_questions: int = 0
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
    stt_filler_only: int = 0
    stt_failed: int = 0


class _Line(Struct):
    reply_id: str
    at_ms: int
    text: str = ""
    sounds: bool = False


class Transcript:
    def __init__(self, policy: CallPolicy, counters: Counters) -> None:
        self._policy = policy
        self._counters = counters
        self._judged: deque[str] = deque(maxlen=CALLER_ITEMS_KEPT_MAX)
        self._lines: dict[str, _Line] = {}  # the agent's items that are not final yet
        self._said: deque[Said] = deque(maxlen=SAID_KEPT_MAX)
        self._latest: deque[_Line] = deque(maxlen=AGENT_ITEMS_COMPARED)

    def agent_said(self, until: int) -> tuple[str, str, int | None]:
        """What the agent has been heard to say lately, and what an echo could so repeat.

        All of it, the last utterance, and when that began to be heard.
        """
        lines = [line for line in self._latest if line.at_ms < until]
        if not lines:
            return "", "", None
        return " ".join(line.text for line in lines), lines[-1].text, lines[-1].at_ms

    def so_far(self) -> tuple[Said, ...]:
        """The conversation in order, for an engine that was not there."""
        unfinished = [Said(Role.AGENT, line.text) for line in self._lines.values() if line.sounds]
        return (*self._said, *(said for said in unfinished if said.text))

    def caller_said(
        self, item_id: str, text: str, evidence: Evidence, at_ms: int, out: list[Command]
    ) -> Verdict | None:
        """The verdict on a turn's words, noted exactly once (R-STT-12); None for a repetition."""
        if item_id in self._judged:
            return None
        self._judged.append(item_id)
        text = text.strip()
        counters = self._counters
        counters.stt_utterances += 1
        counters.stt_empty += not text
        counters.stt_short += 0 < len(text) < SHORT_TEXT_CHARS
        verdict = judge(text, evidence, self._policy)
        counters.stt_filler_only += verdict.reason == "filler_only"
        out.append(verdict.note(item_id, text))
        if verdict.is_accepted:
            self._said.append(Said(Role.CALLER, text))
            out.append(PublishTranscript(Role.CALLER, item_id, text, final=True, at_ms=at_ms))
        return verdict

    def caller_typed(self, item_id: str, text: str, at_ms: int) -> PublishTranscript:
        self._said.append(Said(Role.CALLER, text))
        return PublishTranscript(Role.CALLER, item_id, text, final=True, at_ms=at_ms)

    def caller_not_understood(self, item_id: str, reason: str, out: list[Command]) -> bool:
        """The words of a turn will not come; whether that is news."""
        if item_id in self._judged:
            return False
        self._judged.append(item_id)
        self._counters.stt_failed += 1
        out.append(Note("STT_FILTER", "drop reason=failed", {"item": item_id, "why": reason}))
        return True

    def agent_says(self, reply_id: str, item_id: str, text: str, at_ms: int) -> PublishTranscript:
        line = self._line(reply_id, item_id, at_ms)
        line.text += text
        return PublishTranscript(Role.AGENT, item_id, line.text, final=False, at_ms=line.at_ms)

    def agent_sounds(self, reply_id: str, item_id: str, at_ms: int) -> None:
        """The first speech of an item has come, and begins to be heard at `at_ms`."""
        line = self._line(reply_id, item_id, at_ms)
        if not line.sounds:
            line.sounds, line.at_ms = True, at_ms

    def _line(self, reply_id: str, item_id: str, at_ms: int) -> _Line:
        line = self._lines.get(item_id)
        if line is None:
            line = self._lines[item_id] = _Line(reply_id, at_ms)
            self._latest.append(line)
        return line

    def reply_heard(self, reply_id: str) -> list[Command]:
        """The reply is over, and what was made of it was heard: nothing, if it made no sound."""
        items = [item_id for item_id, line in self._lines.items() if line.reply_id == reply_id]
        return [final for item_id in items for final in self._final(item_id, 1, 1)]

    def take_back(self, unheard: list[Heard]) -> list[Command]:
        """Nothing of these was heard, nor will be; what was said before stands."""
        items = [part.item_id for part in unheard if part.item_id in self._lines]
        return [final for item_id in items for final in self._final(item_id, 0, 1)]

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
        if final:
            self._said.append(Said(Role.AGENT, heard))
        return [PublishTranscript(Role.AGENT, item_id, heard, final=final, at_ms=line.at_ms)]
