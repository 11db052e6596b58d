"""The `prosaasil` command: the commands of the product and, on top of them, those of its rig."""


def main() -> None:
    raise SystemExit("not assembled yet")
