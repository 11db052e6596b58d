"""PURE. One call as a deterministic state machine; see `core` for the theory of operation."""

from .core import Call, Phase
from .playout import Playout
from .transcript import Counters

__all__ = ["Call", "Counters", "Phase", "Playout"]
