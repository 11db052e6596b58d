"""The conversation as the engine remembers it: its items, in order, and what each sounded like."""

from base64 import b64encode
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from prosaasil.speech.dialogue import (
    AgentSaid,
    CallerSaid,
    FunctionAnswered,
    FunctionCalled,
    Noted,
    Said,
)
from prosaasil.speech.formats import AudioFormat, transcoded
from prosaasil.speech.refusals import EventRefused
from prosaasil.wire.openai_realtime import Content, Item

ITEMS_MAX: Final = 2_000
"""A client that adds items without end is told so; a call of an hour has some hundreds."""
RECORDED_BYTES_MAX: Final = 4_000_000
"""How much caller audio is kept for `conversation.item.retrieve`; the oldest goes first."""


class Entry(Struct):
    """An item, and what its wire form does not hold."""

    item: Item
    heard: str = ""
    """What a caller's turn was understood as, also when the client wants no transcription."""
    language: str = ""
    voice_was_clear: bool = True
    audio: bytes = b""
    """A caller's turn in mu-law."""
    made_ms: int | None = None
    """How much sound was made of a spoken item; None for items without sound."""
    was_unheard: bool = False
    """Nothing of it reached the caller."""

    @property
    def id(self) -> str:
        assert self.item.id is not None
        return self.item.id


class Conversation:
    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self._entries: list[Entry] = []
        self._recorded = 0

    @property
    def last_id(self) -> str | None:
        return self._entries[-1].id if self._entries else None

    @property
    def has_agent_audio(self) -> bool:
        return any(entry.made_ms for entry in self._entries)

    def find(self, item_id: str) -> Entry | None:
        return next((entry for entry in self._entries if entry.id == item_id), None)

    def add(self, entry: Entry, previous_item_id: str | None = None) -> str | None:
        """Put it behind the named item (`root`: first; None: last); returns the one before it."""
        if len(self._entries) >= ITEMS_MAX:
            raise EventRefused(
                "conversation_too_long", f"A conversation has at most {ITEMS_MAX} items.", "item"
            )
        if self.find(entry.id) is not None:
            raise EventRefused(
                "item_create_duplicate_item_id",
                f"Error adding item: an item with the id '{entry.id}' already exists.",
                "item.id",
            )
        position = self._position_behind(previous_item_id)
        self._entries.insert(position, entry)
        self._recorded += len(entry.audio)
        self._forget_old_audio()
        return self._entries[position - 1].id if position else None

    def delete(self, item_id: str) -> None:
        entry = self.find(item_id)
        if entry is None:
            raise EventRefused(
                "item_delete_invalid_item_id",
                f"Error deleting item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        self._recorded -= len(entry.audio)
        self._entries.remove(entry)

    def truncate(self, item_id: str, content_index: int, audio_end_ms: int) -> None:
        """Cut a spoken item where the caller stopped hearing it; its text is gone with that."""
        entry = self.find(item_id)
        if entry is None:
            raise EventRefused(
                "item_truncate_invalid_item_id",
                f"Error truncating item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        if entry.made_ms is None or content_index != 0:
            raise EventRefused(
                "", "Only model output audio messages can be truncated", "content_index"
            )
        if audio_end_ms > entry.made_ms:
            raise EventRefused(
                "invalid_value",
                f"Audio content of {entry.made_ms}ms is already shorter than {audio_end_ms}ms",
                "audio_end_ms",
            )
        if audio_end_ms < 0:
            raise EventRefused(
                "integer_below_min_value",
                "Invalid 'audio_end_ms': integer below minimum value. Expected a value >= 0, "
                f"but got {audio_end_ms} instead.",
                "audio_end_ms",
            )
        entry.made_ms = audio_end_ms
        entry.was_unheard = audio_end_ms == 0
        entry.item = replace(entry.item, content=[Content("output_audio")])

    def retrieve(self, item_id: str, audio_format: AudioFormat) -> Item:
        """The item, with the caller's audio where it is still there."""
        entry = self.find(item_id)
        if entry is None:
            raise EventRefused(
                "item_retrieve_invalid_item_id",
                f"Error retrieving item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        if not entry.audio or not entry.item.content:
            return entry.item
        audio = b64encode(transcoded(entry.audio, audio_format)).decode()
        content = replace(entry.item.content[0], audio=audio)
        return replace(entry.item, content=[content])

    def said(self) -> tuple[Said, ...]:
        return tuple(said for entry in self._entries if (said := _said(entry)) is not None)

    def _position_behind(self, previous_item_id: str | None) -> int:
        if previous_item_id is None:
            return len(self._entries)
        if previous_item_id == "root":
            return 0
        for position, entry in enumerate(self._entries, start=1):
            if entry.id == previous_item_id:
                return position
        raise EventRefused(
            "item_create_invalid_previous_item_id",
            f"Error adding item: the previous item with id '{previous_item_id}' does not exist.",
            "previous_item_id",
        )

    def _forget_old_audio(self) -> None:
        for entry in self._entries:
            if self._recorded <= RECORDED_BYTES_MAX:
                return
            self._recorded -= len(entry.audio)
            entry.audio = b""


def _said(entry: Entry) -> Said | None:
    said = said_of(entry.item)
    if isinstance(said, CallerSaid):
        return CallerSaid(
            said.item_id, entry.heard or said.text, entry.language, entry.voice_was_clear
        )
    return said


def said_of(item: Item) -> Said | None:
    """What an item means to a dialogue; None for one of an unknown type."""
    item_id = item.id or ""
    match item.type, item.role:
        case "message", "user":
            return CallerSaid(item_id, item.text, language="")
        case "message", "assistant":
            return AgentSaid(item_id, item.text)
        case "message", "system":
            return Noted(item_id, item.text)
        case "function_call", _:
            return FunctionCalled(
                item_id, item.call_id or "", item.name or "", item.arguments or ""
            )
        case "function_call_output", _:
            return FunctionAnswered(item_id, item.call_id or "", item.output or "")
    return None
