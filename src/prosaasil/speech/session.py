"""One client's session: its events in, the engine's events out.

Events are handled one after another, in order. Replies and transcriptions are made beside that, so
that a client can always be heard. Whatever is wrong with an event is answered with `error`, and the
session goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace

from prosaasil.kit.errors import Fault
from prosaasil.kit.telemetry import logger
from prosaasil.speech.conversation import Conversation, Entry, said_of
from prosaasil.speech.dialogue import Part, Question, Said, Sentence
from prosaasil.speech.engine import Engine
from prosaasil.speech.formats import AudioFormat, encoded
from prosaasil.speech.listener import CallerTurn, Listener, SpeechFound, TurnEnded
from prosaasil.speech.manners import Manners, language_of, whole_turn_detection, word_for_word
from prosaasil.speech.outlet import Outlet, new_id
from prosaasil.speech.refusals import (
    EventRefused,
    client_event_id,
    missing_parameter,
    refusal_of,
)
from prosaasil.speech.reply import Reply
from prosaasil.speech.spoken import sentences
from prosaasil.wire import openai_realtime as wire
from prosaasil.wire.errors import WireError

MODEL: Final = "prosaasil-embedded"
"""Its name says what it is to any client that asks."""
COMMIT_MS_MIN: Final = 100
CLEAR_VOICE_MS_MIN: Final = 400
"""Less voice than this without words is a cough or a clatter, not somebody to be asked again."""
TEXT_WAIT_S: Final = 15
"""A reply is made without a turn whose text takes longer than this."""
OUTSIDE_REPLIES_MAX: Final = 4
"""Responses outside of the conversation that a session may have at once."""
_log = logger("speech.session")


class RealtimeSession:
    def __init__(
        self, engine: Engine, outlet: Outlet, *, now: Callable[[], datetime], lives_s: int
    ) -> None:
        self.id = new_id("sess")
        self._engine = engine
        self._outlet = outlet
        self._now = now
        self._expires_at = int(now().timestamp()) + lives_s
        self._settings = wire.default_session(MODEL)
        self._manners = Manners(self._settings)
        self._conversation = Conversation(new_id("conv"))
        self._talk = engine.dialogue.begin()
        self._listener = Listener(engine.voice_model, engine.recogniser, self.id)
        self._heard_language: str | None = None
        self._prepared = ""
        self._item_id = ""  # of the turn that the caller is saying
        self._reply: Reply | None = None
        self._reply_task: asyncio.Task[None] | None = None
        self._outside: set[asyncio.Task[None]] = set()
        self._texts: dict[str, asyncio.Task[None]] = {}
        self._configure()

    def open(self) -> None:
        self._outlet.say(wire.SessionCreated(session=self._described()))

    async def handle(self, message: bytes) -> None:
        """Carry out one event of the client's, or say why not."""
        try:
            event = wire.decode_client(message)
            await self._perform(event, message)
        except WireError as error:
            self._refuse(refusal_of(message, error), client_event_id(message))
        except EventRefused as refusal:
            self._refuse(refusal, client_event_id(message))
        except Exception as error:  # noqa: BLE001 - see below
            # The boundary of a session: our mistake costs this event, not the call.
            _log.exception("an event could not be handled", error=repr(error))
            detail = wire.ErrorDetail(
                type="server_error",
                message="The server had an error while processing your request.",
                event_id=client_event_id(message),
            )
            self._outlet.say(wire.ErrorEvent(error=detail))

    def close(self) -> None:
        """Stop whatever is still being made."""
        self._outlet.close()
        self._listener.close()
        for task in (self._reply_task, *self._outside, *self._texts.values()):
            if task is not None:
                task.cancel()

    async def _perform(self, event: wire.ClientEvent, message: bytes) -> None:
        match event:
            case wire.InputAudioBufferAppend(audio=audio):
                for fact in await self._listener.feed(audio):
                    self._note(fact)
            case wire.SessionUpdate(session=update):
                self._update(update, message)
            case wire.InputAudioBufferCommit():
                self._commit()
            case wire.InputAudioBufferClear():
                self._listener.clear()
                self._outlet.say(wire.InputAudioBufferCleared())
            case wire.ConversationItemCreate(item=item, previous_item_id=previous):
                self._create_item(item, previous)
            case wire.ConversationItemRetrieve(item_id=item_id):
                item = self._conversation.retrieve(item_id, self._manners.audio_in)
                self._outlet.say(wire.ConversationItemRetrieved(item=item))
            case wire.ConversationItemDelete(item_id=item_id):
                self._conversation.delete(item_id)
                self._outlet.say(wire.ConversationItemDeleted(item_id=item_id))
            case wire.ConversationItemTruncate(
                item_id=item_id, content_index=index, audio_end_ms=end_ms
            ):
                self._conversation.truncate(item_id, index, end_ms)
                self._outlet.say(
                    wire.ConversationItemTruncated(
                        item_id=item_id, content_index=index, audio_end_ms=end_ms
                    )
                )
            case wire.ResponseCreate(response=wanted):
                settings = wire.ResponseSettings() if isinstance(wanted, UnsetType) else wanted
                self._respond(settings)
            case wire.ResponseCancel(response_id=response_id):
                self._cancel(response_id)
            case wire.OutputAudioBufferClear():
                raise EventRefused(
                    "invalid_value",
                    "'output_audio_buffer.clear' is only supported over WebRTC and SIP.",
                    "type",
                )

    def _refuse(self, refusal: EventRefused, event_id: str | None) -> None:
        self._outlet.say(wire.ErrorEvent(error=refusal.detail(event_id)))

    # Settings

    def _update(self, update: wire.Session, message: bytes) -> None:
        if b'"realtime"' not in message:
            raise missing_parameter("session.type")
        update = whole_turn_detection(update, self._settings)
        changed = self._settings.changed(replace(update, model=MODEL))
        if Manners(changed).voice != self._manners.voice and self._conversation.has_agent_audio:
            raise EventRefused(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                "session.audio.output.voice",
            )
        self._settings = changed
        self._manners = Manners(changed)
        self._configure()
        self._outlet.say(wire.SessionUpdated(session=self._described()))
        self._prepare()

    def _configure(self) -> None:
        self._listener.configure(self._manners.listening(self._heard_language))

    def _prepare(self) -> None:
        """Let the dialogue read new instructions while nobody waits for it."""
        instructions = self._manners.instructions
        if instructions != self._prepared:
            self._prepared = instructions
            task = asyncio.create_task(self._engine.dialogue.prepare(instructions, self.id))
            self._outside.add(task)
            task.add_done_callback(self._prepared_ended)

    def _prepared_ended(self, done: asyncio.Task[None]) -> None:
        self._outside.discard(done)
        if not done.cancelled() and (error := done.exception()) is not None:
            _log.warning("instructions could not be prepared", error=repr(error))

    def _described(self) -> dict[str, Any]:
        described = self._settings.described(self.id, expires_at=self._expires_at)
        return described | {"demo": self._engine.is_demo}

    # Listening

    def _note(self, fact: SpeechFound | TurnEnded) -> None:
        match fact:
            case SpeechFound(start_ms):
                self._item_id = new_id("item")
                self._outlet.say(wire.SpeechStarted(audio_start_ms=start_ms, item_id=self._item_id))
                if self._manners.interrupts_response and self._reply is not None:
                    self._stop_reply("turn_detected")
            case TurnEnded(end_ms, turn):
                self._outlet.say(wire.SpeechStopped(audio_end_ms=end_ms, item_id=self._item_id))
                self._add_turn(self._item_id, turn)
                if self._manners.creates_response and self._reply is None:
                    self._respond(wire.ResponseSettings())

    def _commit(self) -> None:
        kept_ms = self._listener.kept_ms
        if kept_ms < COMMIT_MS_MIN or self._listener.finds_turns:
            has_ms = 0.0 if self._listener.finds_turns else kept_ms
            raise EventRefused(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{COMMIT_MS_MIN}ms of audio, but buffer only has {has_ms:.2f}ms of audio.",
            )
        self._add_turn(new_id("item"), self._listener.commit())

    def _add_turn(self, item_id: str, turn: CallerTurn) -> None:
        item = wire.Item(
            "message",
            id=item_id,
            object="realtime.item",
            status="completed",
            role="user",
            content=[wire.Content("input_audio")],
        )
        entry = Entry(
            item,
            audio=encoded(turn.samples, AudioFormat.PCMU),
            voice_was_clear=(turn.voiced_ms or 0) >= CLEAR_VOICE_MS_MIN,
        )
        before = self._conversation.add(entry)
        self._outlet.say(wire.InputAudioBufferCommitted(item_id=item_id, previous_item_id=before))
        self._outlet.say(wire.ConversationItemAdded(item=item, previous_item_id=before))
        self._outlet.say(wire.ConversationItemDone(item=item, previous_item_id=before))
        task = asyncio.create_task(self._understand(entry, turn))
        self._texts[item_id] = task
        task.add_done_callback(lambda _: self._texts.pop(item_id, None))

    async def _understand(self, entry: Entry, turn: CallerTurn) -> None:
        """Give a turn its text, and tell the client if it wants to know."""
        wants_text = self._manners.transcription is not None
        try:
            heard = await turn.text
        except Fault as fault:
            _log.warning("a turn could not be understood", code=fault.code, error=str(fault))
            if wants_text:
                error = wire.ErrorDetail(
                    type="server_error", code=fault.code, message=fault.sentence
                )
                self._outlet.say(wire.TranscriptionFailed(item_id=entry.id, error=error))
            return
        entry.heard, entry.language = heard.text, heard.language
        self._notice_language(heard.language, heard.text)
        if not wants_text:
            return
        content = [wire.Content("input_audio", transcript=heard.text)]
        entry.item = replace(entry.item, content=content)
        if heard.text:
            self._outlet.say(wire.TranscriptionDelta(item_id=entry.id, delta=heard.text))
        seconds = round(len(turn.samples) / AudioFormat.PCMU.rate, 2)
        self._outlet.say(
            wire.TranscriptionCompleted(
                item_id=entry.id,
                transcript=heard.text,
                usage={"type": "duration", "seconds": seconds},
            )
        )

    def _notice_language(self, language: str, text: str) -> None:
        """Callers who were understood in another language are listened to with it in mind."""
        if text and language != self._manners.language:
            self._heard_language = language
            self._configure()

    # Items

    def _create_item(self, item: wire.Item, previous: str | None) -> None:
        if item.type == "message" and item.role not in {"system", "user", "assistant"}:
            raise missing_parameter("item.role")
        if item.type == "function_call_output" and (not item.call_id or item.output is None):
            raise missing_parameter("item.output" if item.call_id else "item.call_id")
        made = replace(
            item, id=item.id or new_id("item"), object="realtime.item", status="completed"
        )
        before = self._conversation.add(Entry(made), previous)
        self._outlet.say(wire.ConversationItemAdded(item=made, previous_item_id=before))
        self._outlet.say(wire.ConversationItemDone(item=made, previous_item_id=before))

    # Replies

    def _respond(self, wanted: wire.ResponseSettings) -> None:
        order = self._manners.order(wanted)
        if order.outside:
            if len(self._outside) >= OUTSIDE_REPLIES_MAX:
                raise EventRefused(
                    "too_many_responses", f"At most {OUTSIDE_REPLIES_MAX} out-of-band responses."
                )
        elif self._reply is not None:
            raise EventRefused(
                "conversation_already_has_active_response",
                "Conversation already has an active response in progress: "
                f"{self._reply.id}. Wait until the response is finished before creating a new one.",
            )
        reply = Reply(order, self._conversation, self._outlet, self.id)
        task = asyncio.create_task(reply.make(self._parts(wanted), self._engine.synthesiser))
        task.add_done_callback(lambda done: self._reply_ended(reply, done))
        if order.outside:
            self._outside.add(task)
        else:
            self._reply, self._reply_task = reply, task

    def _cancel(self, response_id: str | None) -> None:
        if self._reply is None or response_id not in {None, self._reply.id}:
            raise EventRefused(
                "response_cancel_not_active", "Cancellation failed: no active response found"
            )
        self._stop_reply("client_cancelled")

    def _stop_reply(self, reason: str) -> None:
        assert self._reply is not None
        assert self._reply_task is not None
        self._reply.cancel(reason)
        self._reply_task.cancel()
        self._reply = self._reply_task = None

    def _reply_ended(self, reply: Reply, done: asyncio.Task[None]) -> None:
        self._outside.discard(done)
        if self._reply is reply:
            self._reply = self._reply_task = None
        if done.cancelled() or (error := done.exception()) is None:
            return
        if not isinstance(error, Fault):
            reply.fail("server_error", "The server had an error while processing your request.")
        _log.error("a reply failed", error=repr(error), exc_info=error)

    async def _parts(self, wanted: wire.ResponseSettings) -> AsyncIterator[Part]:
        own = "" if isinstance(wanted.instructions, UnsetType) else wanted.instructions
        language = self._manners.language or self._heard_language or "en"
        if (exact := word_for_word(own)) is not None:
            for sentence in sentences(exact):
                yield Sentence(sentence, language_of(sentence, language))
            return
        if self._texts:
            await asyncio.wait(self._texts.values(), timeout=TEXT_WAIT_S)
        order = self._manners.order(wanted)
        question = Question(
            instructions=own or self._manners.instructions,
            said=self._said(wanted),
            language=language,
            functions=self._manners.functions(wanted),
            must_call=self._manners.must_call(wanted),
            now=self._now(),
            lane=self.id,
        )
        talk = self._engine.dialogue.begin() if order.outside else self._talk
        async for part in talk.reply(question):
            yield part

    def _said(self, wanted: wire.ResponseSettings) -> tuple[Said, ...]:
        """What the reply is to be made from: the conversation, or what the client names instead."""
        if isinstance(wanted.input, UnsetType):
            return self._conversation.said()
        known = {said.item_id: said for said in self._conversation.said()}
        found: list[Said] = []
        for given in wanted.input:
            if given.get("type") == "item_reference":
                said = known.get(str(given.get("id")))
            else:
                said = said_of(_item_of(given))
            if said is not None:
                found.append(said)
        return tuple(found)


def _item_of(given: dict[str, Any]) -> wire.Item:
    try:
        return msgspec.convert(given, wire.Item)
    except msgspec.ValidationError as error:
        raise EventRefused("invalid_value", f"Invalid item: {error}", "response.input") from error
