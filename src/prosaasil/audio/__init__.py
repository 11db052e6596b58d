"""PURE. Telephone audio: the mu-law code, levels, WAV files and keypad tones."""
