"""One response: parts of a dialogue made into events, sentence by sentence, faster than life."""

import math
from collections.abc import AsyncIterator
from typing import Any, Final

import numpy as np
from msgspec import Struct

from prosaasil.kit.errors import Fault
from prosaasil.speech.conversation import Conversation, Entry
from prosaasil.speech.dialogue import FunctionCall, Part, Sentence
from prosaasil.speech.formats import AudioFormat, SoundEncoder
from prosaasil.speech.outlet import Outlet, new_id
from prosaasil.speech.synthesiser import Synthesiser
from prosaasil.wire import openai_realtime as wire

FIRST_DELTA_MS: Final = 100
"""Small, so that the first sound leaves at once."""
DELTA_MS: Final = 200
_NOTHING: Final = np.zeros(0, np.float32)
AUDIO_TOKEN_MS: Final = 50
"""The protocol counts one token for this much of the agent's speech."""


class ReplyOrder(Struct, frozen=True):
    """What a response is to be like."""

    metadata: dict[str, str] | None
    is_spoken: bool
    audio_format: AudioFormat
    voice: Any
    speed: float
    tokens_max: int | str
    outside: bool
    """Outside of the conversation: leaves nothing in it."""


class Reply:
    def __init__(
        self, order: ReplyOrder, conversation: Conversation, outlet: Outlet, lane: str
    ) -> None:
        self.id = new_id("resp")
        self.order = order
        self.is_over = False
        self._conversation = conversation
        self._outlet = outlet
        self._lane = lane
        self._items: list[wire.Item] = []
        self._message: _Message | None = None
        self._spoken_ms = 0

    async def make(self, parts: AsyncIterator[Part], synthesiser: Synthesiser) -> None:
        """Say all parts; ends with `response.done` also when it fails."""
        self._outlet.say(wire.ResponseCreated(response=self._described("in_progress")))
        try:
            async for part in parts:
                match part:
                    case Sentence():
                        await self._say(part, synthesiser)
                    case FunctionCall(name, arguments):
                        self._call(name, arguments)
                if self._is_long_enough():
                    details = wire.StatusDetails(type="incomplete", reason="max_output_tokens")
                    return self._end("incomplete", details)
        except Fault as fault:
            self.fail(fault.code, fault.sentence)
            raise
        return self._end("completed", None)

    def cancel(self, reason: str) -> None:
        """Nothing more is made of it; whoever runs `make` stops that too."""
        self._end("cancelled", wire.StatusDetails(type="cancelled", reason=reason))

    def fail(self, code: str, message: str) -> None:
        error = wire.ErrorDetail(type="server_error", code=code, message=message)
        self._end("failed", wire.StatusDetails(type="failed", error=error))

    def _is_long_enough(self) -> bool:
        most = self.order.tokens_max
        return isinstance(most, int) and self._spoken_ms >= most * AUDIO_TOKEN_MS

    async def _say(self, sentence: Sentence, synthesiser: Synthesiser) -> None:
        if self._message is None:
            self._message = _Message(self, len(self._items))
            self._message.open()
        message = self._message
        message.add_text(sentence.text)
        if not self.order.is_spoken:
            return
        sounds = synthesiser.speak(sentence.text, sentence.language, self.order.speed, self._lane)
        async for samples in sounds:
            await self._outlet.writable()
            if self.is_over:
                return
            message.add_audio(message.encoder.encode(samples))
            self._spoken_ms = message.made_ms
            if self._is_long_enough():
                return

    def _call(self, name: str, arguments: str) -> None:
        self._close_message("completed")
        index = len(self._items)
        item_id, call_id = new_id("item"), new_id("call")
        item = wire.Item(
            "function_call",
            id=item_id,
            object="realtime.item",
            status="in_progress",
            call_id=call_id,
            name=name,
            arguments="",
        )
        self.begin_item(item, index)
        self._outlet.say(
            wire.FunctionCallArgumentsDelta(
                response_id=self.id,
                item_id=item_id,
                output_index=index,
                call_id=call_id,
                delta=arguments,
            )
        )
        self._outlet.say(
            wire.FunctionCallArgumentsDone(
                response_id=self.id,
                item_id=item_id,
                output_index=index,
                call_id=call_id,
                name=name,
                arguments=arguments,
            )
        )
        done = wire.Item(
            "function_call",
            id=item_id,
            object="realtime.item",
            status="completed",
            call_id=call_id,
            name=name,
            arguments=arguments,
        )
        self.finish_item(done, index, made_ms=None)

    def begin_item(self, item: wire.Item, index: int) -> None:
        self._outlet.say(wire.OutputItemAdded(response_id=self.id, output_index=index, item=item))
        if not self.order.outside:
            before = self._conversation.add(Entry(item))
            self._outlet.say(wire.ConversationItemAdded(item=item, previous_item_id=before))

    def finish_item(self, item: wire.Item, index: int, *, made_ms: int | None) -> None:
        self._items.append(item)
        assert item.id is not None
        entry = self._conversation.find(item.id)
        if entry is not None:
            entry.item = item
            entry.made_ms = made_ms
            self._outlet.say(wire.ConversationItemDone(item=item))
        self._outlet.say(wire.OutputItemDone(response_id=self.id, output_index=index, item=item))

    def note_made(self, item_id: str, made_ms: int) -> None:
        """What is made of an item may be truncated while more of it is being made."""
        entry = self._conversation.find(item_id)
        if entry is not None:
            entry.made_ms = made_ms

    @property
    def outlet(self) -> Outlet:
        return self._outlet

    def _close_message(self, status: str) -> None:
        if self._message is not None:
            self._message.close(status)
            self._message = None

    def _end(self, status: str, details: wire.StatusDetails | None) -> None:
        if self.is_over:
            return
        self._close_message("completed" if status == "completed" else "incomplete")
        self.is_over = True
        self._outlet.say(wire.ResponseDone(response=self._described(status, details)))

    def _described(self, status: str, details: wire.StatusDetails | None = None) -> wire.Response:
        order = self.order
        output = {"format": wire_format(order.audio_format), "voice": order.voice}
        return wire.Response(
            id=self.id,
            status=status,
            status_details=details,
            output=self._items,
            conversation_id=None if order.outside else self._conversation.id,
            output_modalities=["audio" if order.is_spoken else "text"],
            max_output_tokens=order.tokens_max,
            audio={"output": output},
            metadata=order.metadata,
            usage=None if status == "in_progress" else self._usage(),
        )

    def _usage(self) -> wire.Usage:
        """What was made, in the protocol's units; nothing here is billed."""
        audio = math.ceil(self._spoken_ms / AUDIO_TOKEN_MS)
        text = sum(len(item.text or item.arguments or "") for item in self._items) // 4
        nothing = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0}
        return wire.Usage(
            total_tokens=audio + text,
            input_tokens=0,
            output_tokens=audio + text,
            input_token_details=nothing,
            output_token_details={"text_tokens": text, "audio_tokens": audio},
        )


class _Message:
    """The message item that a reply is saying."""

    def __init__(self, reply: Reply, index: int) -> None:
        self._reply = reply
        self._index = index
        self._id = new_id("item")
        self._text = ""
        self._made = 0
        self._unsent = b""
        self._is_spoken = reply.order.is_spoken
        self.encoder = SoundEncoder(reply.order.audio_format)
        self._delta = wire.AudioDeltaEncoder(reply.id, self._id, output_index=index)

    @property
    def made_ms(self) -> int:
        return self._made // self._reply.order.audio_format.bytes_per_ms

    def open(self) -> None:
        self._reply.begin_item(self._item("in_progress", []), self._index)
        self._reply.outlet.say(
            wire.ContentPartAdded(
                response_id=self._reply.id,
                item_id=self._id,
                output_index=self._index,
                content_index=0,
                part=self._part(""),
            )
        )

    def add_text(self, text: str) -> None:
        delta = f" {text}" if self._text else text
        self._text += delta
        event = wire.OutputAudioTranscriptDelta if self._is_spoken else wire.OutputTextDelta
        self._reply.outlet.say(
            event(
                response_id=self._reply.id,
                item_id=self._id,
                output_index=self._index,
                delta=delta,
            )
        )

    def add_audio(self, audio: bytes) -> None:
        per_ms = self._reply.order.audio_format.bytes_per_ms
        pending = self._unsent + audio
        while pending:
            size = (DELTA_MS if self._made else FIRST_DELTA_MS) * per_ms
            if len(pending) < size:
                break
            self._send(pending[:size])
            pending = pending[size:]
        self._unsent = pending

    def close(self, status: str) -> None:
        if self._is_spoken:
            if status == "completed":
                rest = self._unsent + self.encoder.encode(_NOTHING, is_last=True)
                if rest:
                    self._send(rest)
            self._reply.outlet.say(
                wire.OutputAudioDone(
                    response_id=self._reply.id,
                    item_id=self._id,
                    output_index=self._index,
                    content_index=0,
                )
            )
            self._reply.outlet.say(
                wire.OutputAudioTranscriptDone(
                    response_id=self._reply.id,
                    item_id=self._id,
                    output_index=self._index,
                    transcript=self._text,
                )
            )
        else:
            self._reply.outlet.say(
                wire.OutputTextDone(
                    response_id=self._reply.id,
                    item_id=self._id,
                    output_index=self._index,
                    text=self._text,
                )
            )
        self._reply.outlet.say(
            wire.ContentPartDone(
                response_id=self._reply.id,
                item_id=self._id,
                output_index=self._index,
                content_index=0,
                part=self._part(self._text),
            )
        )
        item = self._item(status, [self._content()])
        self._reply.finish_item(
            item, self._index, made_ms=self.made_ms if self._is_spoken else None
        )

    def _send(self, audio: bytes) -> None:
        self._made += len(audio)
        self._reply.note_made(self._id, self.made_ms)
        self._reply.outlet.say_bytes(self._delta.encode(audio, new_id("event")))

    def _part(self, text: str) -> wire.Part:
        if self._is_spoken:
            return wire.Part(type="audio", transcript=text)
        return wire.Part(type="text", text=text)

    def _content(self) -> wire.Content:
        if self._is_spoken:
            return wire.Content("output_audio", transcript=self._text)
        return wire.Content("output_text", text=self._text)

    def _item(self, status: str, content: list[wire.Content]) -> wire.Item:
        return wire.Item(
            "message",
            id=self._id,
            object="realtime.item",
            status=status,
            role="assistant",
            content=content,
        )


def wire_format(audio_format: AudioFormat) -> dict[str, Any]:
    """The format as the protocol writes it: only PCM names its rate."""
    if audio_format is AudioFormat.PCM:
        return {"type": audio_format.value, "rate": audio_format.rate}
    return {"type": audio_format.value}
