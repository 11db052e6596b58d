"""PURE. One call as a deterministic state machine; see `core` for the theory of operation."""
