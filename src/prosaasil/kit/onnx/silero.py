"""Whether a voice is heard: Silero's model at 8 kHz.

One window costs about 75 us on one core, so it runs where the audio arrives.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from prosaasil.kit.onnx.runtime import onnx_session, package_folder

RATE_HZ: Final = 8_000
WINDOW: Final = 256
"""Samples that are judged together: 32 ms."""
CONTEXT: Final = 32

Samples = NDArray[np.float32]


class VoiceModel:
    """Silero's weights; importing its package would want torch, the file alone does not."""

    def __init__(self) -> None:
        self.session = onnx_session(package_folder("silero_vad") / "data" / "silero_vad.onnx")


class VoiceStream:
    """One caller's stream of samples to one probability of voice for each whole window."""

    def __init__(self, model: VoiceModel) -> None:
        self._session = model.session
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Samples) -> list[float]:
        pending = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        count = len(pending) // WINDOW
        self._rest = pending[count * WINDOW :]
        return [self._probability(pending[i * WINDOW : (i + 1) * WINDOW]) for i in range(count)]

    def _probability(self, window: Samples) -> float:
        heard = np.concatenate((self._context, window))[np.newaxis]
        output, self._state = self._session.run(
            None, {"input": heard, "state": self._state, "sr": self._rate}
        )
        self._context = window[-CONTEXT:]
        return float(output[0, 0])
