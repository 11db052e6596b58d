"""The engine's side of a call: a port, and OpenAI's realtime protocol on it.

The core's orders become client events here; server events become the core's facts at the socket.
Nothing here decides anything about the conversation.
"""

from collections.abc import Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from msgspec import UNSET, Struct
from picows import WSMsgType

from prosaasil.call import commands
from prosaasil.call.briefing import Briefing
from prosaasil.call.events import Event
from prosaasil.kit.telemetry import Log
from prosaasil.live.engine_socket import REQUEST_KEY, EngineSocket
from prosaasil.live.sockets import Closing
from prosaasil.wire import openai_realtime as wire
from prosaasil.wire.openai_realtime import append_audio


class Engine(Protocol):
    """Whoever understands and speaks in one call. Nothing here waits or raises.

    What happens there is told to the `feed` that the engine was made with, until `close`.
    """

    def connect(self) -> None:
        """Also again, after it was lost: with a new session, which knows nothing of the old."""

    def append(self, audio: bytes) -> None:
        """The caller's audio as base64 text of mu-law."""

    def order(self, command: commands.Command) -> None:
        """Any command that is the engine's to carry out."""

    def pause(self, *, paused: bool) -> None:
        """Take no more of its speech for now, or again."""

    def close(self) -> None: ...


class EngineFactory(Protocol):
    def __call__(
        self, briefing: Briefing, feed: Callable[[Event], None], log: Log, closing: Closing
    ) -> Engine: ...


class EngineAddress(Struct, frozen=True):
    """Where the engine is; calling it makes an engine there."""

    base_url: str
    """`ws` or `wss`, without `/realtime`."""
    key: str
    model: str
    transcription_model: str = "gpt-4o-transcribe"
    is_azure: bool = False
    """Azure takes its keys in a header of its own (its deployments accept no bearer of a key)."""

    @property
    def url(self) -> str:
        return f"{self.base_url.rstrip('/')}/realtime?model={quote(self.model, safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        return {"api-key": self.key} if self.is_azure else {"Authorization": f"Bearer {self.key}"}

    def __call__(
        self, briefing: Briefing, feed: Callable[[Event], None], log: Log, closing: Closing
    ) -> Engine:
        return RealtimeEngine(self, briefing, feed, log, closing)


def say_exactly(instructions: str, sentence: str) -> str:
    """A response's instructions replace the session's, so those go along."""
    return f'{instructions}\n\nSay exactly this, word for word, and nothing else: "{sentence}"'


class RealtimeEngine:
    """An `Engine`. Each `connect` is a socket and a session of its own; only the latest counts."""

    def __init__(
        self,
        address: EngineAddress,
        briefing: Briefing,
        feed: Callable[[Event], None],
        log: Log,
        closing: Closing,
    ) -> None:
        self._address = address
        self._briefing = briefing
        self._feed = feed
        self._log = log
        self._closing = closing
        self._socket = EngineSocket(feed, log, closing)

    def connect(self) -> None:
        self._socket.close()
        self._socket = EngineSocket(self._feed, self._log, self._closing)
        self._socket.open(self._address.url, self._address.headers)

    def append(self, audio: bytes) -> None:
        self._socket.send(WSMsgType.TEXT, append_audio(audio))

    def order(self, command: commands.Command) -> None:
        for event in self._client_events(command):
            self._socket.send(WSMsgType.TEXT, wire.encode(event))

    def pause(self, *, paused: bool) -> None:
        self._socket.pause(paused=paused)

    def close(self) -> None:
        self._socket.close()

    def _client_events(self, command: commands.Command) -> Sequence[wire.ClientEvent]:
        match command:
            case commands.ReplayConversation(said):
                return [wire.ConversationItemCreate(item=_said(one)) for one in said]
            case _:
                return (self._client_event(command),)

    def _client_event(self, command: commands.Command) -> wire.ClientEvent:
        match command:
            case commands.ConfigureSession():
                return self._session_update()
            case commands.RequestReply(request_id, say):
                return self._response_create(request_id, say)
            case commands.CancelReply(reply_id):
                return wire.ResponseCancel(response_id=reply_id)
            case commands.TruncateItem(item_id, heard_ms):
                return wire.ConversationItemTruncate(
                    item_id=item_id, content_index=0, audio_end_ms=heard_ms
                )
            case commands.DeleteItem(item_id):
                return wire.ConversationItemDelete(item_id=item_id)
            case commands.AddCallerText(text):
                return wire.ConversationItemCreate(item=wire.caller_text(text))
            case commands.AddSystemNote(text):
                return wire.ConversationItemCreate(item=wire.system_note(text))
            case commands.ReplayToolCall(tool_call_id, name, arguments):
                return wire.ConversationItemCreate(
                    item=wire.tool_call(tool_call_id, name, arguments)
                )
            case commands.AnswerTool(tool_call_id, output):
                return wire.ConversationItemCreate(item=wire.tool_output(tool_call_id, output))
        raise AssertionError(f"{type(command).__name__} is not the engine's to carry out")

    def _session_update(self) -> wire.SessionUpdate:
        briefing = self._briefing
        turns = briefing.turn_detection
        return wire.session_update(
            instructions=briefing.instructions,
            voice=briefing.voice,
            tools=[
                wire.FunctionTool(tool.name, tool.description, tool.parameters)
                for tool in briefing.tools
            ],
            transcription_model=self._address.transcription_model,
            language=briefing.language,
            transcription_prompt=briefing.transcription_prompt,
            threshold=turns.threshold,
            prefix_ms=turns.prefix_ms,
            silence_ms=turns.silence_ms,
        )

    def _response_create(self, request_id: str, say: str | None) -> wire.ResponseCreate:
        """The id goes along twice: the reply's beginning repeats one, an error the other."""
        instructions = UNSET if say is None else say_exactly(self._briefing.instructions, say)
        return wire.ResponseCreate(
            response=wire.ResponseSettings(
                instructions=instructions, metadata={REQUEST_KEY: request_id}
            ),
            event_id=request_id,
        )


def _said(said: commands.Said) -> wire.Item:
    is_caller = said.role is commands.Role.CALLER
    return wire.caller_text(said.text) if is_caller else wire.agent_text(said.text)
