"""What a test caller says, made by the product's own synthesiser and played down a telephone.

Runs as a program of its own (`python -m prosaasil.rig.speaking LANGUAGE < TEXT > MULAW`), because
the voice models are large and no other command of the rig needs them.
"""

import asyncio
import subprocess
import sys

import numpy as np

from prosaasil.kit.errors import Fault

from .sound import to_phone

MADE_LIMIT_S = 60


class NoVoice(Fault):
    """The synthesiser could not say the sentence.

    Give a recording with --wav instead.
    """


def speech_of(text: str, language: str) -> bytes:
    """One sentence as 8 kHz mu-law."""
    made = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "prosaasil.rig.speaking", language],
        input=text.encode(),
        stdout=subprocess.PIPE,
        timeout=MADE_LIMIT_S,
        check=False,
    )
    if made.returncode or not made.stdout:
        raise NoVoice
    return made.stdout


if __name__ == "__main__":
    from prosaasil.speech.formats import SPOKEN_HZ
    from prosaasil.speech.voice import HibariSynthesiser
    from prosaasil.speech.workers import Workers

    async def say(text: str, language: str) -> bytes:
        workers = Workers("speaking", 1)
        voice = HibariSynthesiser(workers)
        pieces = [piece async for piece in voice.speak(text, language, 1.0, "")]
        workers.close()
        return to_phone(np.concatenate(pieces), SPOKEN_HZ)

    sys.stdout.buffer.write(asyncio.run(say(sys.stdin.read(), sys.argv[1])))
