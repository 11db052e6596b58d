"""One reply of a scripted engine, from `response.created` to `response.done`."""

from collections.abc import Callable
from typing import Any, Protocol

from prosaasil.wire import openai_realtime as rt

from .script import BYTES_PER_MS, Moment, Script, deltas

CANCELLED_AFTER_MS = 60
"""`response.done` of a cancelled reply comes this much later, as the real engine's does."""


class Stage(Protocol):
    """The session in which a reply is given."""

    script: Script
    made_ms: dict[str, int]
    """How much was made of each of the engine's spoken items."""

    def say(self, event: Any) -> None: ...
    def say_raw(self, message: bytes) -> None: ...
    def new_id(self, kind: str) -> str: ...
    def after(self, delay_ms: float, do: Callable[[], None]) -> None: ...
    def misdo(self, moment: Moment) -> None: ...
    def reply_ended(self) -> None: ...


class EngineReply:
    """Sends itself, a delta at a time, and ends exactly once."""

    def __init__(self, session: Stage, number: int, metadata: dict[str, str] | None) -> None:
        self.number = number
        self.plan = session.script.reply(number)
        self.reply_id = session.new_id("resp")
        self.item_id = session.new_id("item")
        self.sent_bytes = 0
        self.is_done = False
        self.was_cut = False
        """Whether it was cancelled, truncated or deleted."""
        self.status = "in_progress"
        self._session = session
        self._metadata = metadata
        self._deltas = deltas(self.plan)
        self._next = 0
        self._encoder = rt.AudioDeltaEncoder(self.reply_id, self.item_id)

    def start(self) -> None:
        session = self._session
        session.say(rt.ResponseCreated(response=self._response("in_progress")))
        if self._deltas:
            item = self._item("in_progress")
            session.made_ms[self.item_id] = 0
            session.say(rt.OutputItemAdded(response_id=self.reply_id, output_index=0, item=item))
            session.say(rt.ConversationItemAdded(item=item, previous_item_id=None))
            session.say(rt.ContentPartAdded(**self._place, part=rt.Part(type="audio")))
            if self.plan.text:
                session.say(rt.OutputAudioTranscriptDelta(**self._place, delta=self.plan.text))
        self._arm()

    def cancel(self, reason: str) -> None:
        if self.status != "in_progress":
            return
        self.status = "cancelled"
        self.was_cut = True
        ends_after_ms = max(CANCELLED_AFTER_MS, self.plan.goes_on_ms)
        self._session.after(ends_after_ms, lambda: self._end("cancelled", reason))

    def _arm(self) -> None:
        if self._next < len(self._deltas):
            self._session.after(self._deltas[self._next].after_ms, self._send_next)
        else:
            self._session.after(0, self._finish)

    def _send_next(self) -> None:
        goes_on = self.status == "cancelled" and self.plan.goes_on_ms > 0
        if self.is_done or not (self.status == "in_progress" or goes_on):
            return
        delta = self._deltas[self._next]
        self._next += 1
        self.sent_bytes += len(delta.audio)
        self._session.made_ms[self.item_id] = self.sent_bytes // BYTES_PER_MS
        self._session.say_raw(self._encoder.encode(delta.audio, self._session.new_id("event")))
        if self._next * 2 >= len(self._deltas) and self._next * 2 < len(self._deltas) + 2:
            self._session.misdo(Moment.MID_REPLY)
        self._arm()

    def _finish(self) -> None:
        if self.status != "in_progress" or self.plan.never_ends:
            return
        if self.plan.fails_with is not None:
            self._end("failed", self.plan.fails_with)
        else:
            self._end("completed", "")

    def _end(self, status: str, reason: str) -> None:
        self.status = status
        self.is_done = True
        session = self._session
        outputs = []
        if self._deltas:
            item = self._item("completed" if status == "completed" else "incomplete")
            outputs.append(item)
            session.say(rt.OutputAudioDone(**self._place))
            session.say(rt.OutputAudioTranscriptDone(**self._place, transcript=self.plan.text))
            part = rt.Part(type="audio", transcript=self.plan.text)
            session.say(rt.ContentPartDone(**self._place, part=part))
            session.say(rt.ConversationItemDone(item=item, previous_item_id=None))
            session.say(rt.OutputItemDone(response_id=self.reply_id, output_index=0, item=item))
        if status == "completed":
            outputs += [self._call_tool(index) for index in range(len(self.plan.tools))]
        session.reply_ended()
        session.say(rt.ResponseDone(response=self._response(status, reason, outputs)))

    def _call_tool(self, index: int) -> rt.Item:
        tool = self.plan.tools[index]
        item_id = self._session.new_id("item")
        call_id = self._session.new_id("call")
        place: dict[str, Any] = {"response_id": self.reply_id, "output_index": index + 1}
        begun = rt.Item(
            "function_call",
            id=item_id,
            status="in_progress",
            call_id=call_id,
            name=tool.name,
            arguments="",
        )
        done = rt.Item(
            "function_call",
            id=item_id,
            status="completed",
            call_id=call_id,
            name=tool.name,
            arguments=tool.arguments,
        )
        self._session.say(rt.OutputItemAdded(**place, item=begun))
        self._session.say(
            rt.FunctionCallArgumentsDone(
                **place,
                item_id=item_id,
                call_id=call_id,
                name=tool.name,
                arguments=tool.arguments,
            )
        )
        self._session.say(rt.OutputItemDone(**place, item=done))
        return done

    @property
    def _place(self) -> dict[str, Any]:
        return {
            "response_id": self.reply_id,
            "item_id": self.item_id,
            "output_index": 0,
            "content_index": 0,
        }

    def _item(self, status: str) -> rt.Item:
        content = [] if status == "in_progress" else [rt.Content("output_audio")]
        return rt.Item("message", id=self.item_id, status=status, role="assistant", content=content)

    def _response(
        self, status: str, reason: str = "", outputs: list[rt.Item] | None = None
    ) -> rt.Response:
        details = None
        if status == "cancelled":
            details = rt.StatusDetails(type="cancelled", reason=reason)
        elif status == "failed":
            failure = rt.ErrorDetail(type="server_error", code=reason)
            details = rt.StatusDetails(type="failed", error=failure)
        return rt.Response(
            id=self.reply_id,
            status=status,
            status_details=details,
            output=outputs or [],
            metadata=self._metadata,
        )
