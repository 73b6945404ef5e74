"""A body of any size becomes numbered lines, whatever pieces it comes in."""

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from ingest.bulk.lines import LINES_MAX, Cutter, Line, batches


@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=8), st.lists(st.integers(0, 80), max_size=6))
def test_however_it_is_cut_the_lines_are_the_same(lines, cuts):
    body = b"\n".join(lines)
    cutter, found = Cutter(100), []
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), len(body)], strict=True):
        found += cutter.cut(body[first:last])
    found += cutter.last()
    assert found == [Line(number, line) for number, line in enumerate(lines, 1) if line.strip()]


def test_a_line_too_long_is_let_go_and_the_next_one_kept():
    cutter = Cutter(10)
    found = [line for piece in (b"short\n" + b"x" * 8, b"x" * 8, b"x\nnext\n", b"y" * 11) for line in cutter.cut(piece)] + cutter.last()
    assert found == [Line(1, b"short"), Line(2, None), Line(3, b"next"), Line(4, None)]


async def test_batches_are_bounded_by_lines_and_bytes():
    async def pieces() -> AsyncIterator[bytes]:
        yield b"1\n" * (LINES_MAX + 1)
        yield b"x" * 600_000 + b"\n" + b"x" * 600_000 + b"\nlast"

    sizes = [len(batch) async for batch in batches(pieces(), Cutter(1_000_000))]
    assert sizes == [LINES_MAX, 3, 1]
