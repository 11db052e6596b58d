"""Tools that the agent has called: run one by one, answered together.

The engine is told the answers when its reply has ended and the last tool has answered; asking it
to go on before that is an error. Every call is answered, even one that was not run, because the
model waits for each.
"""

from collections import deque

from msgspec import Struct

from .commands import AnswerTool, ReplayToolCall
from .policy import NEVER, CallPolicy

TIMED_OUT = '{"error": "The tool did not answer in time. Say that it did not work."}'
NOT_RUN = '{"error": "Not run: the caller interrupted."}'
SEEN_KEPT_MAX = 64  # calls whose repeated events are still recognised


class _ToolCall(Struct):
    name: str
    arguments: str
    called_at: int
    limit_at: int
    output: str | None = None


class ToolCalls:
    def __init__(self, policy: CallPolicy) -> None:
        self._policy = policy
        self._calls: dict[str, _ToolCall] = {}
        self._seen: deque[str] = deque(maxlen=SEEN_KEPT_MAX)
        self._wants_reply = False
        self._is_bridged = False

    @property
    def is_empty(self) -> bool:
        return not self._calls

    def deadline(self, *, may_bridge: bool) -> int:
        """`may_bridge`: whether a wait can be bridged now, so that it is worth waking up for."""
        waiting = [call for call in self._calls.values() if call.output is None]
        limits = [call.limit_at for call in waiting]
        if may_bridge and not self._is_bridged:
            limits += [call.called_at + self._policy.tool_filler_after_ms for call in waiting]
        return min(limits, default=NEVER)

    def called(self, tool_call_id: str, name: str, arguments: str, now: int) -> bool:
        """Whether the tool is to be run: not when it has been called before."""
        if not self._is_new(tool_call_id):
            return False
        limit_at = now + self._policy.tool_limit_ms
        self._calls[tool_call_id] = _ToolCall(name, arguments, now, limit_at)
        self._wants_reply = True
        return True

    def called_in_vain(self, tool_call_id: str, name: str, arguments: str) -> None:
        """The reply that calls the tool has been cut: answer without running it."""
        if self._is_new(tool_call_id):
            self._calls[tool_call_id] = _ToolCall(name, arguments, 0, NEVER, NOT_RUN)

    def take_time(self, now: int) -> bool:
        """Whether a tool has newly taken so long that the caller should be told (once)."""
        after_ms = self._policy.tool_filler_after_ms
        slow = any(c.output is None and now - c.called_at >= after_ms for c in self._calls.values())
        if not slow or self._is_bridged:
            return False
        self._is_bridged = True
        return True

    def replayed(self) -> list[ReplayToolCall]:
        """What a new engine has to know, to take the answers that are still to come."""
        return [
            ReplayToolCall(tool_call_id, call.name, call.arguments)
            for tool_call_id, call in self._calls.items()
        ]

    def answered(self, tool_call_id: str, output: str) -> None:
        call = self._calls.get(tool_call_id)
        if call is not None and call.output is None:
            call.output = output

    def give_up_overdue(self, now: int) -> int:
        """Answer for the tools that have not answered in time; how many there were."""
        overdue = [
            call for call in self._calls.values() if call.output is None and call.limit_at <= now
        ]
        for call in overdue:
            call.output = TIMED_OUT
        return len(overdue)

    def take_answers(self) -> tuple[list[AnswerTool], bool]:
        """The answers once all are there, and whether a reply is to follow them."""
        answers = [
            AnswerTool(tool_call_id, call.output)
            for tool_call_id, call in self._calls.items()
            if call.output is not None
        ]
        if len(answers) < len(self._calls):
            return [], False
        wants_reply, self._wants_reply = self._wants_reply, False
        self._calls.clear()
        self._is_bridged = False
        return answers, wants_reply

    def _is_new(self, tool_call_id: str) -> bool:
        if tool_call_id in self._seen:
            return False
        self._seen.append(tool_call_id)
        return True
