"""Whether a voice is heard: Silero's model at 8 kHz.

One window costs about 75 us on one core, so it runs where the audio arrives.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime  # type: ignore[import-untyped]

from prosaasil.speech.formats import HEARD_HZ, Samples

WINDOW: Final = 256
CONTEXT: Final = 32


def package_folder(name: str) -> Path:
    """Where an installed package keeps its files, without importing it."""
    spec = find_spec(name)
    assert spec is not None, f"{name} is not installed"
    assert spec.submodule_search_locations is not None
    return Path(next(iter(spec.submodule_search_locations)))


def keep_to_ourselves() -> None:
    """Turn the runtime's reports to its maker off; before the first model is loaded."""
    onnxruntime.disable_telemetry_events()


def onnx_session(path: Path, *, threads: int = 1) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


class VoiceModel:
    """Silero's weights; importing its package would want torch, the file alone does not."""

    def __init__(self) -> None:
        self.session = onnx_session(package_folder("silero_vad") / "data" / "silero_vad.onnx")


class VoiceDetector:
    """One caller's stream of samples to one probability of voice for each whole window."""

    def __init__(self, model: VoiceModel) -> None:
        self._session = model.session
        self._rate = np.array(HEARD_HZ, dtype=np.int64)
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
