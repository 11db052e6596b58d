"""Engines on real sockets, and a client that speaks to them as any client would."""
