"""Start a program that ends when its launcher does, as another user if asked. Run as a script.

    python -I -S tether.py LAUNCHER SIGNAL UID GID PROGRAM [ARGUMENT...]

Being a program of its own it needs no code between fork and exec in a process with threads. It must
be launched from the main thread: the kernel's signal at a parent's death means the parent thread.
Only the standard library is imported, and little of it: each child pays for it at its start.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
NOBODY_IN_PARTICULAR = "-"


def command(
    program: list[str], *, launcher: int, at_death: signal.Signals, account: tuple[int, int] | None
) -> list[str]:
    """The command line that starts this program tethered to the launcher's process id."""
    uid, gid = map(str, account) if account else (NOBODY_IN_PARTICULAR,) * 2
    tether = [sys.executable, "-I", "-S", __file__, str(launcher), str(int(at_death)), uid, gid]
    return tether + program


def main(arguments: list[str]) -> None:
    launcher, at_death, uid, gid, *program = arguments
    if uid != NOBODY_IN_PARTICULAR:
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    if sys.platform == "linux":
        # After the change of user, which makes the kernel forget the wish.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(at_death), 0, 0, 0)
    if os.getppid() != int(launcher):
        raise SystemExit("the launcher has already gone")
    os.execv(program[0], program)  # noqa: S606 - the launcher's own command, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
