"""Reading messages takes this thread's time; what waits for the first of them need not wait for the last."""

import asyncio
import time

from workers.turns import Turns


async def test_others_come_in_between() -> None:
    turns, order = Turns(), list[str]()

    async def read(number: int) -> None:
        await turns.take()
        _busy(0.006)
        order.append(f"read {number}")

    async def embed() -> None:
        while order.count("embed") + 20 > len(order):
            await asyncio.sleep(0)
            if order and order[-1] != "embed":
                order.append("embed")

    await asyncio.gather(*(read(number) for number in range(20)), embed())
    assert [one for one in order if one != "embed"] == [f"read {number}" for number in range(20)]
    assert order.index("embed") <= 4
    assert order.count("embed") >= 5


def _busy(seconds: float) -> None:
    """As rules are: nothing else of the loop runs meanwhile."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def test_a_short_one_waits_for_nobody() -> None:
    turns = Turns()
    await turns.take()
    taken = asyncio.create_task(turns.take())
    await asyncio.sleep(0)
    assert taken.done()
