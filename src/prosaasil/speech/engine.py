"""The engine's parts, chosen by the settings and loaded once for all sessions."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from prosaasil.kit.config import Settings
from prosaasil.kit.onnx.runtime import keep_to_ourselves
from prosaasil.kit.onnx.silero import VoiceModel
from prosaasil.speech.dialogue import Dialogue
from prosaasil.speech.http_client import SpeechPeer
from prosaasil.speech.http_dialogue import HttpDialogue
from prosaasil.speech.http_recogniser import HttpRecogniser
from prosaasil.speech.http_synthesiser import HttpSynthesiser
from prosaasil.speech.recogniser import Recogniser
from prosaasil.speech.script import ScriptedDialogue
from prosaasil.speech.synthesiser import Synthesiser
from prosaasil.speech.voice import HibariSynthesiser
from prosaasil.speech.whisper import WhisperRecogniser
from prosaasil.speech.workers import Workers

HEARING_THREADS_MAX: Final = 4
"""More turns than this are rarely to be understood at once on one machine's calls."""


class Engine(Struct):
    voice_model: VoiceModel
    recogniser: Recogniser
    dialogue: Dialogue
    synthesiser: Synthesiser
    workers: list[Workers] = []

    @property
    def is_demo(self) -> bool:
        """Whether callers talk with the built-in voice or the built-in script."""
        return self.dialogue.is_demo or self.synthesiser.is_demo

    async def close(self) -> None:
        for part in (self.recogniser, self.dialogue, self.synthesiser):
            await part.close()
        for workers in self.workers:
            workers.close()


async def load_engine(settings: Settings) -> Engine:
    """Load what the settings name and use it once, so that the first caller does not wait."""
    engine = await asyncio.to_thread(_load, settings)
    await engine.recogniser.warm_up()
    await engine.synthesiser.warm_up()
    await engine.dialogue.warm_up()
    return engine


def _load(settings: Settings) -> Engine:
    keep_to_ourselves()
    workers: list[Workers] = []

    def crew(name: str, threads: int) -> Workers:
        workers.append(Workers(name, threads))
        return workers[-1]

    return Engine(
        voice_model=VoiceModel(),
        recogniser=_recogniser(settings, crew),
        dialogue=_dialogue(settings, crew),
        synthesiser=_synthesiser(settings, crew),
        workers=workers,
    )


def _recogniser(settings: Settings, crew: Callable[[str, int], Workers]) -> Recogniser:
    if settings.speech_recogniser_url:
        return HttpRecogniser(
            SpeechPeer(
                settings.speech_recogniser_url,
                settings.speech_recogniser_key,
                settings.speech_recogniser_model,
            )
        )
    threads = min(os.cpu_count() or 1, HEARING_THREADS_MAX)
    return WhisperRecogniser(settings.data_dir / "models", crew("hear", threads), threads=threads)


def _dialogue(settings: Settings, crew: Callable[[str, int], Workers]) -> Dialogue:
    if settings.speech_dialogue_url:
        return HttpDialogue(
            SpeechPeer(
                settings.speech_dialogue_url,
                settings.speech_dialogue_key,
                settings.speech_dialogue_model,
            )
        )
    return ScriptedDialogue(crew("think", 1))


def _synthesiser(settings: Settings, crew: Callable[[str, int], Workers]) -> Synthesiser:
    if settings.speech_synthesiser_url:
        peer = SpeechPeer(
            settings.speech_synthesiser_url,
            settings.speech_synthesiser_key,
            settings.speech_synthesiser_model,
        )
        return HttpSynthesiser(peer, settings.speech_synthesiser_voice)
    return HibariSynthesiser(crew("speak", 1))
