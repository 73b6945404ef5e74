"""Lines: a body of any size, cut into batches of numbered lines as it comes."""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass

LINES_MAX = 500
"""Most lines of a batch: one script call of the mailbox."""
BYTES_MAX = 1024 * 1024
"""A batch of so many bytes takes no further line."""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    """From 1, blank lines counted."""
    body: bytes | None
    """None for one that was too long to keep."""


class Cutter:
    """Cuts pieces into lines, holding no more than one line beside the batch."""

    def __init__(self, line_max_bytes: int, first: int = 1) -> None:
        self._most = line_max_bytes
        self._number = first
        self._rest = b""
        self._skipping = False

    def cut(self, piece: bytes) -> list[Line]:
        """The lines that end in this piece."""
        *whole, rest = piece.split(b"\n")
        lines = [self._line(part) for part in whole]
        self._keep(rest)
        return [line for line in lines if line is not None]

    def last(self) -> list[Line]:
        """The line that no newline ended."""
        line = self._line(b"")
        return [line] if line is not None else []

    def _keep(self, rest: bytes) -> None:
        self._skipping = self._skipping or len(self._rest) + len(rest) > self._most
        self._rest = b"" if self._skipping else self._rest + rest

    def _line(self, part: bytes) -> Line | None:
        self._keep(part)
        number, body, skipped = self._number, self._rest, self._skipping
        self._number, self._rest, self._skipping = number + 1, b"", False
        if skipped:
            return Line(number, None)
        return Line(number, body) if body.strip() else None


async def batches(pieces: AsyncIterable[bytes], cutter: Cutter) -> AsyncGenerator[list[Line], None]:
    """Batches of lines in their order; the next piece is asked for once the batch was taken."""
    batch: list[Line] = []
    size = 0
    async for piece in pieces:
        for line in cutter.cut(piece):
            batch.append(line)
            size += len(line.body or b"")
            if len(batch) == LINES_MAX or size > BYTES_MAX:
                yield batch
                batch, size = [], 0
    if batch := batch + cutter.last():
        yield batch
