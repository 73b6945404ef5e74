"""Takes what was torn off the end of Redis' append-only file, then becomes Redis: `python torn.py FOLDER redis-server ...`.

Who kills Redis may kill it in the midst of a write. What is missing then was never acknowledged, and Redis leaves out the command that is
not whole; but of a transaction (all that a script writes is one) it leaves in the commands before that one, after a MULTI without an EXEC.
The next transaction goes behind these, and when Redis reads the file once more, with the EXEC of that, half of a transaction happens that
never was: an entry gone from a mailbox, and its receipt not written. (Seen with 6.2.14, `docs/faults.md`.) Standard library only.
"""

import mmap
import os
import re
import sys
from contextlib import suppress
from pathlib import Path

_ONE = "appendonly.aof"
_MANY = "appendonlydir"
_NEWEST = re.compile(r"^file (\S+) .*type i\s*$", re.MULTILINE)
_KNOWN = "whole"
"""Beside the files: of which one it is known up to where it is whole, so that the next start need not read that again."""
_HEAD = 32
"""Longest head of a command or an argument: a number between a sign and the end of the line."""


class _Torn(Exception):
    """The file ends within a command."""


class _Unlike(Exception):
    """What stands here is no command."""


def mend(folder: Path) -> int:
    """Cuts the newest file of a folder after its last whole command and transaction; gives how many bytes went.

    Nothing is done to a file of which anything else is wrong: Redis says what.
    """
    file = _newest(folder)
    if file is None or not file.stat().st_size:
        return 0
    with file.open("r+b") as open_file, mmap.mmap(open_file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        size = len(data)
        end = _whole(data, _known(folder, file, data))
        if end is None and (end := _whole(data, 0)) is None:
            return 0
    if end < size:
        with file.open("r+b") as open_file:
            open_file.truncate(end)
            os.fsync(open_file.fileno())
    noted = folder / f"{_KNOWN}.new"
    noted.write_text(f"{file.name} {file.stat().st_ino} {end}")
    noted.replace(folder / _KNOWN)  # half a number would be another place
    return size - end


def _newest(folder: Path) -> Path | None:
    """The file that is written to: the only one, or, from Redis 7 on, the last that the manifest names."""
    if (folder / _MANY).is_dir():
        manifest = folder / _MANY / f"{_ONE}.manifest"
        names = _NEWEST.findall(manifest.read_text()) if manifest.exists() else []
        return folder / _MANY / names[-1] if names and (folder / _MANY / names[-1]).exists() else None
    return folder / _ONE if (folder / _ONE).exists() else None


def _known(folder: Path, file: Path, data: mmap.mmap) -> int:
    with suppress(OSError, ValueError):
        name, inode, end = (folder / _KNOWN).read_text().split()
        if (name, int(inode)) == (file.name, file.stat().st_ino) and data[int(end) - 2 : int(end)] == b"\r\n":
            return int(end)
    return 0


def _whole(data: mmap.mmap, start: int) -> int | None:
    """Where the last command ends that is whole, in a transaction that is, if it is in one; None where something is no command."""
    at = whole = start
    within = False
    try:
        while at < len(data):
            name, at = _command(data, at)
            within = name == b"MULTI" or (within and name != b"EXEC")
            whole = whole if within else at
    except _Torn:
        return whole
    except _Unlike:
        return whole if not data[at:].strip(b"\0") else None  # a disk that lost power may have made room and not filled it
    return whole


def _command(data: mmap.mmap, at: int) -> tuple[bytes, int]:
    """A command's name and where it ends. Raises _Torn, _Unlike."""
    if data[at] == ord("#"):  # from Redis 7 on: when it was written
        return b"", _line(data, at, len(data))[1]
    count, at = _number(data, at, ord("*"))
    name = b""
    for place in range(count):
        length, begin = _number(data, at, ord("$"))
        at = begin + length + 2
        if at > len(data):
            raise _Torn
        if data[at - 2 : at] != b"\r\n":
            raise _Unlike
        name = name if place else data[begin : at - 2].upper()
    return name, at


def _number(data: mmap.mmap, at: int, sign: int) -> tuple[int, int]:
    if at >= len(data):
        raise _Torn
    if data[at] != sign:
        raise _Unlike
    end, after = _line(data, at, at + _HEAD)
    digits = data[at + 1 : end]
    if not digits.isdigit():
        raise _Unlike
    return int(digits), after


def _line(data: mmap.mmap, at: int, most: int) -> tuple[int, int]:
    """Where a line ends, and where the next begins."""
    end = data.find(b"\r\n", at, most)
    if end < 0:
        raise _Torn if most >= len(data) else _Unlike
    return end, end + 2


def main(folder: str, *command: str) -> None:
    """Mends what there is to mend, then becomes the command. What can't be mended is Redis' to tell."""
    try:
        gone = mend(Path(folder))
        if gone:
            print(f"{gone} bytes of a write that was never acknowledged are taken off the append-only file", flush=True)
    except (OSError, ValueError) as problem:
        print(f"the append-only file could not be looked through: {problem}", flush=True)
    os.execvp(command[0], command)  # noqa: S606 - there is no shell to want


if __name__ == "__main__":
    main(*sys.argv[1:])
