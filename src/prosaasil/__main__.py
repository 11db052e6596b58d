"""The `prosaasil` command: the commands of the product and, on top of them, those of its rig."""

import importlib
import sys

from prosaasil.apps import cli

RIG = "prosaasil.rig.cli"
"""Loaded only when it may be asked for: it takes several times longer than the rest."""


def main() -> None:
    own = {
        command.name or command.callback.__name__
        for command in cli.app.registered_commands
        if command.callback
    }
    own |= {group.name for group in cli.app.registered_groups if group.name}
    if not own.intersection(sys.argv[1:2]):
        importlib.import_module(RIG).add_commands(cli.app)
    cli.start(cli.app)


if __name__ == "__main__":
    main()
