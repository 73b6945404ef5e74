"""What `mneme up` writes: one line a message, prefixed by the name of the process it comes from."""

import io
import os
import sys
from collections.abc import Callable
from typing import TextIO

Say = Callable[[str, str], None]
"""(name of a process, one line) -> written."""

_COLOURS = {"redis": 31, "web": 36, "worker": 32, "tender": 35, "prepare": 33, "mneme": 34}
_WIDTH = max(map(len, _COLOURS))


class Console:
    """Writes whole lines; a reader that has gone away (`mneme up | head`) stops nothing."""

    def __init__(self, out: TextIO) -> None:
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="backslashreplace")
        self._out = out
        self._colour = out.isatty()

    def say(self, name: str, line: str) -> None:
        """One line, prefixed by `name`."""
        self.write(f"{self._prefix(name)} {line}\n")

    def write(self, text: str) -> None:
        """`text` as it is."""
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError):
            self._out = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays open as long as we run
            if sys.stdout is not None:
                sys.stdout = self._out  # the interpreter flushes it once more at exit

    def _prefix(self, name: str) -> str:
        padded = f"{name:<{_WIDTH}}"
        return f"\033[{_COLOURS.get(name, 37)}m{padded}\033[0m |" if self._colour else f"{padded} |"
