"""Rows of text under headings, in columns."""

from collections.abc import Iterable, Sequence


def lay_out(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lines with columns as wide as their longest cell."""
    lines = [tuple(headings), *(tuple(map(_one_line, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def _one_line(cell: str) -> str:
    """A cell may be anything a client sent: what would move the terminal's cursor is left out."""
    return "".join(character if character.isprintable() else " " for character in cell)
