"""Composition roots: each wires the packages below into one process, and decides nothing."""
