"""ONNX Runtime as this product uses it: quiet, on few threads, telling nobody."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]


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
