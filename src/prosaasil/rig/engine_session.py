"""One session of a scripted engine: the protocol's rules, and what its client did."""

import asyncio
from array import array
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from prosaasil.wire import openai_realtime as rt
from prosaasil.wire.errors import WireError

from .cues import Kind
from .engine_reply import EngineReply
from .script import BYTES_PER_MS, Hearing, Misdeed, Moment, Script
from .stopwatch import now_us
from .turns import Level, Turn, appended_bytes, cue_in, turn_of

EXPIRES_AT = 4_102_444_800
"""Far enough: scripted sessions do not expire by themselves."""
DEFAULT_SILENCE_MS = 200


class Received(Struct, frozen=True):
    """One event of the client's, other than audio."""

    at_us: int
    event: rt.ClientEvent


class EngineSession:
    """Holds no socket: messages leave by `send`, misdeeds by `misbehave`."""

    def __init__(
        self, script: Script, send: Callable[[bytes], None], misbehave: Callable[[Misdeed], None]
    ) -> None:
        self.script = script
        self.settings = rt.default_session("scripted")
        self.received: list[Received] = []
        self.refusals: list[str] = []
        """The code of every error that the client was told."""
        self.appends = 0
        self.audio_bytes = 0
        self.audio = bytearray()
        self.latencies_us = array("q")
        """Of stamped frames, from the caller's microphone to here."""
        self.fillers_told_us = array("q")
        """When the client was told that a turn was only a filler."""
        self.made_ms: dict[str, int] = {}
        """Audio made of each of the agent's items."""
        self.replies: list[EngineReply] = []
        self.active: EngineReply | None = None
        self.is_open = False
        self._send = send
        self._misbehave = misbehave
        self._ids = count(1)
        self._timers: set[asyncio.TimerHandle] = set()
        self._level = Level(DEFAULT_SILENCE_MS)
        self._turns = 0
        self._caller_item = ""
        self._is_filler = False
        self._hears_speech = False
        self._caller_items: set[str] = set()

    # --- the wire ---------------------------------------------------------------------------------

    def open(self) -> None:
        self.is_open = True
        self.say(rt.SessionCreated(session=self._described()))
        self.misdo(Moment.OPENED)

    def close(self) -> None:
        self.is_open = False
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def say(self, event: Any) -> None:
        self._send(rt.encode(replace(event, event_id=self.new_id("event"))))

    def say_raw(self, message: bytes) -> None:
        self._send(message)

    def misdo(self, moment: Moment) -> None:
        for misdeed in self.script.misdeeds_at(moment):
            self._misbehave(misdeed)

    def new_id(self, kind: str) -> str:
        return f"{kind}_{next(self._ids):06d}"

    def reply_ended(self) -> None:
        self.active = None

    def after(self, delay_ms: float, do: Callable[[], None]) -> None:
        """Do it later, unless the session is closed by then."""
        loop = asyncio.get_running_loop()

        def on_time() -> None:
            self._timers.discard(timer)
            do()

        timer = loop.call_later(delay_ms / 1_000, on_time)
        self._timers.add(timer)

    def refuse(
        self,
        code: str,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        event_id: str | None = None,
    ) -> None:
        self.refusals.append(code)
        self.say(
            rt.ErrorEvent(
                error=rt.ErrorDetail(
                    type=kind, code=code, message=message, param=param, event_id=event_id
                )
            )
        )

    # --- what the client says ---------------------------------------------------------------------

    def receive(self, at_us: int, message: bytes) -> None:
        size = appended_bytes(message)
        if size and self.script.hearing is Hearing.CUES:
            self._append_unheard(at_us, message, size)
            return
        try:
            event = rt.decode_client(message)
        except WireError as error:
            self.refuse("invalid_event", str(error))
            return
        if isinstance(event, rt.InputAudioBufferAppend):
            self._append(event.audio)
            return
        self.received.append(Received(at_us, event))
        self._answer(event)

    def _append_unheard(self, at_us: int, message: bytes, size: int) -> None:
        self.appends += 1
        self.audio_bytes += size
        cue = cue_in(message)
        if cue is None:
            return
        if cue.kind is Kind.SENT_AT:
            self.latencies_us.append(at_us - cue.value)
        match turn_of(cue):
            case Turn.STARTED | Turn.FILLER_STARTED as turn:
                self._hears_speech = True
                self._is_filler = turn is Turn.FILLER_STARTED
                self.after(self.script.turn_starts_after_ms, self._speech_started)
            case Turn.STOPPED if self._hears_speech:
                self._hears_speech = False
                self.after(self.script.turn_ends_after_ms, self._speech_stopped)

    def _append(self, audio: bytes) -> None:
        self.appends += 1
        self.audio_bytes += len(audio)
        if self.script.keeps_audio:
            self.audio += audio
        for turn in self._level.hear(audio):
            if turn is Turn.STARTED:
                self._speech_started()
            else:
                self._speech_stopped()

    def _answer(self, event: rt.ClientEvent) -> None:
        match event:
            case rt.SessionUpdate():
                self._update(event)
            case rt.ResponseCreate():
                self._create(event)
            case rt.ResponseCancel():
                self._cancel(event)
            case rt.ConversationItemTruncate():
                self._truncate(event)
            case rt.ConversationItemDelete():
                self._delete(event)
            case rt.ConversationItemCreate():
                item_id = event.item.id or self.new_id("item")
                self._add_item(replace(event.item, id=item_id, status="completed"))
            case rt.InputAudioBufferCommit():
                self._commit(event)
            case rt.InputAudioBufferClear():
                self.say(rt.InputAudioBufferCleared())
            case _:
                self.refuse("invalid_event", "Not possible here.", event_id=event.event_id)

    def _update(self, event: rt.SessionUpdate) -> None:
        if self._changes_voice(event.session):
            self.refuse(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                event_id=event.event_id,
            )
            return
        if self.script.configured_after_ms is None:
            return
        self.settings = self.settings.changed(event.session)
        self._level.silence_ms = _set(self._detection("silence_duration_ms"), DEFAULT_SILENCE_MS)
        self.after(self.script.configured_after_ms, self._configured)

    def _configured(self) -> None:
        self.say(rt.SessionUpdated(session=self._described()))
        self.misdo(Moment.CONFIGURED)

    def _changes_voice(self, update: rt.Session) -> bool:
        audio = update.audio
        if not self.made_ms or isinstance(audio, UnsetType) or isinstance(audio.output, UnsetType):
            return False
        return audio.output.voice is not UNSET

    def _create(self, event: rt.ResponseCreate) -> None:
        if self.active is not None:
            self.refuse(
                "conversation_already_has_active_response",
                "Conversation already has an active response in progress: "
                f"{self.active.reply_id}. Wait until the response is finished before creating a "
                "new one.",
                event_id=event.event_id,
            )
            return
        settings = event.response
        metadata = None if isinstance(settings, UnsetType) else settings.metadata
        self._reply(None if isinstance(metadata, UnsetType) else metadata)

    def _reply(self, metadata: dict[str, str] | None) -> None:
        reply = EngineReply(self, len(self.replies), metadata)
        self.replies.append(reply)
        self.active = reply
        reply.start()

    def _cancel(self, event: rt.ResponseCancel) -> None:
        is_other = event.response_id is not None and (
            self.active is None or event.response_id != self.active.reply_id
        )
        if self.active is None or is_other:
            self.refuse(
                "response_cancel_not_active",
                "Cancellation failed: no active response found",
                event_id=event.event_id,
            )
            return
        self.active.cancel(self.active.plan.cancelled_as)

    def _truncate(self, event: rt.ConversationItemTruncate) -> None:
        made_ms = self.made_ms.get(event.item_id)
        if made_ms is None:
            self._refuse_item("truncate", event.item_id, event.event_id)
        elif event.audio_end_ms > made_ms:
            self.refuse(
                "invalid_value",
                f"Audio content of {made_ms}ms is already shorter than {event.audio_end_ms}ms",
                param="audio_end_ms",
                event_id=event.event_id,
            )
        else:
            self.made_ms[event.item_id] = event.audio_end_ms
            self.mark_cut(event.item_id)
            self.say(
                rt.ConversationItemTruncated(
                    item_id=event.item_id, content_index=0, audio_end_ms=event.audio_end_ms
                )
            )

    def _delete(self, event: rt.ConversationItemDelete) -> None:
        if event.item_id not in self.made_ms and event.item_id not in self._caller_items:
            self._refuse_item("delete", event.item_id, event.event_id)
            return
        self.made_ms.pop(event.item_id, None)
        self._caller_items.discard(event.item_id)
        self.mark_cut(event.item_id)
        self.say(rt.ConversationItemDeleted(item_id=event.item_id))

    def _refuse_item(self, verb: str, item_id: str, event_id: str | None) -> None:
        self.refuse(
            f"item_{verb}_invalid_item_id",
            f"Error {verb[:-1]}ing item: the item with id '{item_id}' does not exist.",
            event_id=event_id,
        )

    def mark_cut(self, item_id: str) -> None:
        for reply in self.replies:
            if reply.item_id == item_id:
                reply.was_cut = True

    # --- the caller's turns -----------------------------------------------------------------------

    def _speech_started(self) -> None:
        self._caller_item = self.new_id("item")
        self.say(
            rt.SpeechStarted(
                audio_start_ms=self.audio_bytes // BYTES_PER_MS, item_id=self._caller_item
            )
        )
        interrupts = self._detection("interrupt_response") is not False
        if self.active is not None and (interrupts or self.script.interrupts_itself):
            self.active.cancel("turn_detected")

    def _speech_stopped(self) -> None:
        self.say(
            rt.SpeechStopped(
                audio_end_ms=self.audio_bytes // BYTES_PER_MS, item_id=self._caller_item
            )
        )
        self._committed()
        if self.active is None and self._detection("create_response") is not False:
            self._reply(None)

    def imagine_turn(self, lasts_ms: int) -> None:
        """Take silence for a turn of the caller's, as real detectors do now and then."""
        self._speech_started()
        self.after(lasts_ms, self._speech_stopped)

    def _commit(self, event: rt.InputAudioBufferCommit) -> None:
        if self.audio_bytes < 100 * BYTES_PER_MS:
            self.refuse(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least 100ms "
                f"of audio, but buffer only has {self.audio_bytes / BYTES_PER_MS:.2f}ms of audio.",
                event_id=event.event_id,
            )
            return
        self._caller_item = self.new_id("item")
        self._committed()

    def _committed(self) -> None:
        item_id = self._caller_item
        self._caller_items.add(item_id)
        self.say(rt.InputAudioBufferCommitted(item_id=item_id, previous_item_id=None))
        self._add_item(
            rt.Item(
                "message",
                id=item_id,
                status="completed",
                role="user",
                content=[rt.Content("input_audio")],
            )
        )
        if self._is_filler:
            self._is_filler = False
            understood = partial(self._take_for_filler, item_id)
        else:
            text = self.script.transcript(self._turns)
            self._turns += 1
            understood = partial(self._transcribed, item_id, text)
        self.after(self.script.transcribed_after_ms, understood)
        self.misdo(Moment.TURN_COMMITTED)

    def _take_for_filler(self, item_id: str) -> None:
        self.fillers_told_us.append(now_us())
        self._transcribed(item_id, self.script.filler_transcript)

    def _transcribed(self, item_id: str, text: str | None) -> None:
        if text is None:
            detail = rt.ErrorDetail(type="transcription_error", code="audio_unintelligible")
            self.say(rt.TranscriptionFailed(item_id=item_id, content_index=0, error=detail))
        else:
            self.say(rt.TranscriptionCompleted(item_id=item_id, content_index=0, transcript=text))

    # --- the session ------------------------------------------------------------------------------

    def _add_item(self, item: rt.Item) -> None:
        self.say(rt.ConversationItemAdded(item=item, previous_item_id=None))
        self.say(rt.ConversationItemDone(item=item, previous_item_id=None))

    def _described(self) -> dict[str, Any]:
        return self.settings.described("sess_scripted", expires_at=EXPIRES_AT)

    def _detection(self, field: str) -> Any:
        """A setting of the turn detection; None where there is none."""
        audio = self.settings.audio
        if isinstance(audio, UnsetType) or isinstance(audio.input, UnsetType):
            return None
        value = getattr(audio.input.turn_detection, field, None)
        return None if value is UNSET else value


def _set(value: Any, default: int) -> int:
    return value if isinstance(value, int) else default
