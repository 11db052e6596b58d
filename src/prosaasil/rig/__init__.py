"""The outside world on real sockets: a fake carrier, a scripted engine, and what measures them.

Built on `wire/` only, so that the rig meets the product as a stranger does: over its sockets.
Nothing in the product imports the rig.
"""
