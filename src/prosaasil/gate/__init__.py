"""The acceptance scenarios as files, and the two stages on which they are played and judged."""
