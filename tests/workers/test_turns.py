"""Reading messages takes this thread's time; what waits for the first of them need not wait for the last."""

import asyncio

from workers.turns import Turns


async def test_others_come_in_between_and_the_order_is_kept() -> None:
    turns, order = Turns(), list[str]()

    async def read(number: int) -> None:
        await turns.take(1_000)
        order.append(f"read {number}")

    async def embed() -> None:
        while order.count("embed") + 20 > len(order):
            await asyncio.sleep(0)
            if order and order[-1] != "embed":
                order.append("embed")

    await asyncio.gather(*(read(number) for number in range(20)), embed())
    assert [one for one in order if one != "embed"] == [f"read {number}" for number in range(20)]
    assert order.index("embed") <= 5
    assert order.count("embed") >= 4


async def test_a_short_one_waits_for_nobody_and_a_long_one_only_once() -> None:
    turns = Turns()
    for characters in (1_000_000, 1_000_000, 10):
        await asyncio.wait_for(turns.take(characters), 5)
    turns = Turns()
    taken = asyncio.create_task(turns.take(10))
    await asyncio.sleep(0)
    assert taken.done()


async def test_who_gave_up_is_passed_over() -> None:
    turns = Turns()
    await turns.take(1_000_000)
    waiting = [asyncio.create_task(turns.take(10)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.wait_for(asyncio.gather(*waiting[1:]), 5)
