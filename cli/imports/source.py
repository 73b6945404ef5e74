"""Source: the bytes of an import, from a file, a pipe or the right members of a .zip, and how far they have been read."""

import gzip
import io
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from cli.refusal import Refused

HEAD_BYTES = 64 * 1024
"""What is looked at to tell a file's format."""
STDIN = "-"
_BUFFER_BYTES = 256 * 1024
_BOM = b"\xef\xbb\xbf"
_BROKEN = (OSError, EOFError, ValueError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
"""What opening and unpacking a file raises that is cut off, damaged, encrypted, or packed as nobody here can unpack it."""


class Counted(io.RawIOBase):
    """Gives `head` again and then the rest, and knows how much of it was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.head = self._read(HEAD_BYTES).removeprefix(_BOM)
        self.count = 0
        self._left = memoryview(self.head)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._left[: len(buffer)] if self._left else memoryview(self._read(len(buffer)))
        self._left = self._left[len(piece) :]
        buffer[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)

    def _read(self, most: int) -> bytes:
        try:
            return self._stream.read(most)
        except _BROKEN as error:
            raise Refused(f"the file can't be read on: {error}") from None


@dataclass(frozen=True, slots=True)
class Source:
    """`size_bytes` is None where nobody knows how much comes."""

    counted: Counted
    size_bytes: int | None

    @property
    def head(self) -> bytes:
        return self.counted.head

    def open(self) -> IO[bytes]:
        """The bytes from the beginning; once."""
        return io.BufferedReader(self.counted, _BUFFER_BYTES)

    @property
    def part_read(self) -> float | None:
        """0..1."""
        return None if not self.size_bytes else min(1.0, self.counted.count / self.size_bytes)


@contextmanager
def open_sources(name: str) -> Iterator[list[Source]]:
    """The file's contents, more than one only for a .zip with several conversations files. Raises Refused."""
    with ExitStack() as opened:
        try:
            sources = list(_sources(name, opened))
        except _BROKEN as error:
            raise Refused(f"{name} can't be read: {getattr(error, 'strerror', None) or error}") from None
        yield sources


def _sources(name: str, opened: ExitStack) -> Iterator[Source]:
    if name == STDIN:
        yield Source(Counted(sys.stdin.buffer), None)
        return
    path = Path(name)
    file = opened.enter_context(path.open("rb"))
    start, size = file.read(4), path.stat().st_size
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        yield from _members(opened.enter_context(zipfile.ZipFile(file)), opened)
    elif start.startswith(b"\x1f\x8b"):
        yield Source(Counted(cast(IO[bytes], opened.enter_context(gzip.open(file)))), None)  # noqa: SIM115 - it is entered
    else:
        yield Source(Counted(file), size)


def _members(archive: zipfile.ZipFile, opened: ExitStack) -> Iterator[Source]:
    """conversations.json, or conversations-000.json and so on, in whatever folder."""
    found = sorted((one for one in archive.infolist() if _is_conversations(one.filename)), key=lambda one: one.filename)
    if not found:
        raise Refused("the .zip holds no conversations.json: it is no export of ChatGPT or Claude")
    for member in found:
        yield Source(Counted(opened.enter_context(archive.open(member))), member.file_size)


def _is_conversations(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.startswith("conversations") and last.endswith(".json")
