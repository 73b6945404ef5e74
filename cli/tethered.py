"""Runs a command that cannot outlive its parent: `python tethered.py SIGNAL PARENT_PID command...` (the tether holds on Linux only)."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(death_signal: str, parent: str, *command: str) -> None:
    """Asks the kernel for `death_signal` at the parent's death, then becomes the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[death_signal])
        if os.getppid() != int(parent):  # it died before we asked
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - there is no shell to want


if __name__ == "__main__":
    main(*sys.argv[1:])
