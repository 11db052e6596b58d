"""PURE. What words are worth: normalised, told from sounds, compared; no call, no clock."""
