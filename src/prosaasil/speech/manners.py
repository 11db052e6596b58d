"""What a session's settings mean here: how to listen, how to speak, what to say word for word."""

import re
from typing import Any, Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from prosaasil.speech.dialogue import Function
from prosaasil.speech.formats import AudioFormat
from prosaasil.speech.listener import Listening
from prosaasil.speech.recogniser import Hint
from prosaasil.speech.reply import ReplyOrder
from prosaasil.wire import openai_realtime as wire
from prosaasil.wire.openai_realtime.session import Pcma, Pcmu, SemanticVad, ServerVad

VAD_DEFAULTS: Final = ServerVad(
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=500,
    create_response=True,
    interrupt_response=True,
    idle_timeout_ms=None,
)
SEMANTIC_SILENCE_MS: Final = {"low": 1_200, "medium": 700, "auto": 700, "high": 400}
"""Nothing here knows whether a sentence is finished: eagerness becomes a length of silence."""
_VERBATIM = re.compile(r"say\s+exactly[^\"“]*[\"“](.*)[\"”]", re.IGNORECASE | re.DOTALL)


def known(value: Any, otherwise: Any) -> Any:
    return otherwise if value is UNSET else value


def whole_turn_detection(update: wire.Session, now: wire.Session) -> wire.Session:
    """The update with a partial turn detection filled up, from the present one or the defaults."""
    if isinstance(update.audio, UnsetType) or isinstance(update.audio.input, UnsetType):
        return update
    detection = update.audio.input.turn_detection
    if not isinstance(detection, ServerVad):
        return update
    assert not isinstance(now.audio, UnsetType)
    assert not isinstance(now.audio.input, UnsetType)
    present = now.audio.input.turn_detection
    base = present if isinstance(present, ServerVad) else VAD_DEFAULTS
    filled = ServerVad(
        **{
            name: known(getattr(detection, name), known(getattr(base, name), default))
            for name, default in ((n, getattr(VAD_DEFAULTS, n)) for n in base.__struct_fields__)
        }
    )
    heard = replace(update.audio.input, turn_detection=filled)
    return replace(update, audio=replace(update.audio, input=heard))


class Manners:
    """A session's settings, read once after each update."""

    def __init__(self, session: wire.Session) -> None:
        assert not isinstance(session.audio, UnsetType)
        assert not isinstance(session.audio.input, UnsetType)
        assert not isinstance(session.audio.output, UnsetType)
        self._session = session
        self._input = session.audio.input
        self._output = session.audio.output
        self.detection = known(self._input.turn_detection, None)
        self.transcription = known(self._input.transcription, None)
        self.instructions: str = known(session.instructions, "")

    @property
    def language(self) -> str | None:
        language = known(self.transcription.language, None) if self.transcription else None
        return language.split("-")[0].lower() if language else None

    @property
    def voice(self) -> Any:
        return known(self._output.voice, "marin")

    @property
    def creates_response(self) -> bool:
        return bool(self.detection and known(self.detection.create_response, True))

    @property
    def interrupts_response(self) -> bool:
        return bool(self.detection and known(self.detection.interrupt_response, True))

    @property
    def audio_in(self) -> AudioFormat:
        return _format(self._input.format)

    def listening(self, heard_language: str | None) -> Listening:
        prompt = known(self.transcription.prompt, "") if self.transcription else ""
        hint = Hint(self.language, heard_language, prompt)
        match self.detection:
            case ServerVad() as vad:
                return Listening(
                    self.audio_in,
                    known(vad.threshold, 0.5),
                    known(vad.prefix_padding_ms, 300),
                    known(vad.silence_duration_ms, 500),
                    hint,
                )
            case SemanticVad(eagerness=eagerness):
                silence_ms = SEMANTIC_SILENCE_MS[known(eagerness, "auto")]
                return Listening(self.audio_in, 0.5, 300, silence_ms, hint)
            case _:
                return Listening(self.audio_in, None, 0, 0, hint)

    def order(self, wanted: wire.ResponseSettings) -> ReplyOrder:
        modalities = known(wanted.output_modalities, known(self._session.output_modalities, []))
        voice = self.voice
        audio_format = _format(self._output.format)
        output = wanted.audio.get("output") if isinstance(wanted.audio, dict) else None
        if isinstance(output, dict):
            voice = output.get("voice", voice)
            named = output.get("format")
            if isinstance(named, dict) and named.get("type") in {f.value for f in AudioFormat}:
                audio_format = AudioFormat(named["type"])
        return ReplyOrder(
            metadata=known(wanted.metadata, None),
            is_spoken="text" not in modalities,
            audio_format=audio_format,
            voice=voice,
            speed=known(self._output.speed, 1.0),
            tokens_max=known(
                wanted.max_output_tokens, known(self._session.max_output_tokens, "inf")
            ),
            outside=known(wanted.conversation, "auto") == "none",
        )

    def functions(self, wanted: wire.ResponseSettings) -> tuple[Function, ...]:
        if self._choice(wanted) == "none":
            return ()
        if not isinstance(wanted.tools, UnsetType):
            return tuple(
                Function(
                    str(tool.get("name", "")),
                    str(tool.get("description", "")),
                    tool.get("parameters") or {},
                )
                for tool in wanted.tools
                if tool.get("type") == "function"
            )
        return tuple(
            Function(tool.name, known(tool.description, ""), known(tool.parameters, {}))
            for tool in known(self._session.tools, [])
        )

    def must_call(self, wanted: wire.ResponseSettings) -> str | None:
        match self._choice(wanted):
            case "required":
                return "*"
            case {"name": str(name)}:
                return name
            case _:
                return None

    def _choice(self, wanted: wire.ResponseSettings) -> Any:
        return known(wanted.tool_choice, known(self._session.tool_choice, "auto"))


def word_for_word(instructions: str) -> str | None:
    """The sentence that a response is told to say exactly, if it is."""
    start = instructions.lower().rfind("say exactly")
    found = _VERBATIM.match(instructions[start:]) if start >= 0 else None
    return found[1].strip() if found and found[1].strip() else None


def language_of(text: str, otherwise: str) -> str:
    """The language a text is written in, as far as its letters show it."""
    hebrew = len(re.findall(r"[א-ת]", text))
    latin = len(re.findall(r"[A-Za-z]", text))
    if not hebrew and not latin:
        return otherwise
    return "he" if hebrew * 2 >= latin else "en"


def _format(audio_format: Any) -> AudioFormat:
    match audio_format:
        case Pcmu():
            return AudioFormat.PCMU
        case Pcma():
            return AudioFormat.PCMA
        case _:
            return AudioFormat.PCM
