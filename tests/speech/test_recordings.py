"""What real people say is understood, and what nobody said is not."""

import jiwer
import numpy as np
import pytest
from speech_client import recorded, transcripts, words

from prosaasil.speech.formats import AudioFormat, SoundDecoder, SoundEncoder, encoded
from prosaasil.speech.intents import IntentFinder
from prosaasil.speech.likeness import E5Meaning
from prosaasil.speech.recogniser import Hint
from prosaasil.speech.server import SpeechServer

pytestmark = [pytest.mark.speech, pytest.mark.asyncio(loop_scope="session")]
WORD_ERRORS_MAX = 0.10


@pytest.fixture(scope="module")
def intents() -> IntentFinder:
    return IntentFinder(E5Meaning())


async def test_real_people_are_understood_with_few_word_errors(server: SpeechServer) -> None:
    wanted, got = [], []
    for name, text in transcripts().items():
        phone = encoded(recorded(name), AudioFormat.PCMU)
        sound = SoundDecoder(AudioFormat.PCMU).decode(phone)
        heard = await server.engine.recogniser.hear(sound, Hint("en"), "test")
        wanted.append(text)
        got.append(words(heard.text))

    assert jiwer.wer(wanted, got) <= WORD_ERRORS_MAX, list(zip(wanted, got, strict=True))


async def test_an_english_caller_on_a_hebrew_line_is_understood(server: SpeechServer) -> None:
    for name in ("queue-thankyou", "conf-onlyperson", "please-try-call-later", "ss-noservice"):
        heard = await server.engine.recogniser.hear(recorded(name), Hint("he"), "test")

        assert heard.language == "en"


@pytest.mark.parametrize("loudness", [0.0, 0.005, 0.03])
async def test_noise_says_nothing(server: SpeechServer, loudness: float) -> None:
    noise = np.random.default_rng(1).normal(0, loudness, 16_000).astype(np.float32)
    heard = await server.engine.recogniser.hear(noise, Hint("en", voiced_ms=96), "test")

    assert heard.text == ""


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("אני רוצה לקבוע תור למחר בעשר", "book"),
        ("אני רוצה לבטל את התור שלי", "cancel"),
        ("אפשר להזיז את התור ליום שלישי", "reschedule"),
        ("מה שעות הפתיחה שלכם", "hours"),
        ("כמה זה עולה", "price"),
        ("אני רוצה לדבר עם נציג", "human"),
        ("כן בבקשה", "yes"),
        ("לא תודה", "no"),
        ("להתראות", "bye"),
    ],
)
async def test_hebrew_survives_the_round_trip_in_its_meaning(
    server: SpeechServer, intents: IntentFinder, text: str, likely: str
) -> None:
    """No Hebrew human is in any registry: our own voice speaks to our own ears."""
    engine = server.engine
    spoken = [s async for s in engine.synthesiser.speak(text, "he", 1.0, "test")]
    phone = SoundEncoder(AudioFormat.PCMU).encode(np.concatenate(spoken), is_last=True)
    sound = SoundDecoder(AudioFormat.PCMU).decode(phone)
    heard = await engine.recogniser.hear(sound, Hint("he"), "test")

    assert intents.find(heard.text).intent.value == likely, heard.text
