"""Server-sent events: a slow source is bridged, and closed as soon as nobody listens."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from core.web.events import beating, event


class Source:
    """Gives numbers, each when it is told to."""

    def __init__(self) -> None:
        self.ready = asyncio.Semaphore(0)
        self.closed = False

    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(3):
                await self.ready.acquire()
                yield number
        finally:
            self.closed = True


def test_an_event_is_one_block_whatever_its_data_holds() -> None:
    assert event("delta", {"delta": "a\n\nevent: done\r\n"}) == b'event: delta\ndata: {"delta":"a\\n\\nevent: done\\r\\n"}\n\n'


async def test_every_piece_comes_once_and_in_order_with_beats_between() -> None:
    source, seen = Source(), []
    async with aclosing(beating(source.numbers(), 0.01)) as pieces:
        async for piece in pieces:
            seen.append(piece)
            if piece is None:
                source.ready.release()
    assert [piece for piece in seen if piece is not None] == [0, 1, 2]
    assert seen.count(None) >= 3
    assert source.closed


async def test_left_early_it_closes_its_source_also_in_the_middle_of_a_wait() -> None:
    source = Source()
    async with aclosing(beating(source.numbers(), 0.01)) as pieces:
        assert await anext(pieces) is None
    assert source.closed


async def test_the_sources_failure_comes_through() -> None:
    async def failing() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("no more")

    pieces = beating(failing(), 1)
    assert await anext(pieces) == 1
    with pytest.raises(ValueError, match="no more"):
        await anext(pieces)
