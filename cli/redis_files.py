"""The embedded Redis' files as they are in an instant: they only grow, so what was there then is their beginning."""

import os
import re
from pathlib import Path

from cli.archive import Piece
from cli.refusal import Refused

_ONE = "appendonly.aof"
_MANY = "appendonlydir"
_MANIFEST = "appendonly.aof.manifest"
_TRIES = 20


def pin(folder: Path, target: Path) -> dict[str, Piece]:
    """Links the append-only file, or Redis 7's several, under `target`; gives the pieces by their names in `folder`.

    A command cut off at the end was not acknowledged yet; Redis leaves it out when it reads the file.
    """
    if (folder / _ONE).exists():
        return {_ONE: _link(folder / _ONE, target / _ONE)}
    for _ in range(_TRIES):
        try:
            said = (folder / _MANY / _MANIFEST).read_text()
            names = [_MANIFEST, *re.findall(r"^file (\S+)", said, re.MULTILINE)]
            pieces = {f"{_MANY}/{name}": _link(folder / _MANY / name, target / _MANY / name) for name in names}
            if (folder / _MANY / _MANIFEST).read_text() == said:  # it was not rewritten meanwhile
                return pieces
        except FileNotFoundError:
            continue
    raise Refused(f"{folder} holds no append-only file of Redis, or is being rewritten all the time")


def _link(file: Path, target: Path) -> Piece:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    os.link(file, target)
    return Piece(target, target.stat().st_size)
