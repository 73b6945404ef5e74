"""A shard's files are rewritten by one at a time: upkeep that finds them taken leaves them, an order and an erasure wait."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack

import pytest
from erasure.test_erasing_a_user import KEY, erasure, said, take_in, told
from erasure.test_erasing_a_user import tend as carry_out
from maintenance_house import House
from upkeeping import long_started

from core.resources import Resources
from core.store.upkeep import VISITORS
from schemas.errors import Unavailable
from schemas.maintenance import Job, RunStatus
from schemas.scope import shard_of
from workers.maintenance import tend
from workers.maintenance.tended import in_turn, tending


async def waits(resources: Resources, shard: int, for_it: Awaitable[object]) -> bool:
    """Whether it does not end until another's upkeep of the shard has."""
    async with tending(resources, shard, "another") as ours:
        assert ours
        task = asyncio.ensure_future(for_it)
        done, _ = await asyncio.wait([task], timeout=1)
    await task
    return not done


async def test_upkeep_by_the_clock_leaves_a_shard_to_who_is_at_it(house: House) -> None:
    ctx = {**house.ctx, "upkeep": long_started(house.resources.store), "name": "test"}
    async with tending(house.resources, 0, "another"):
        assert await tend(ctx) == house.resources.settings.shards - 1
    assert await tend(ctx) == 1


async def test_an_ordered_upkeep_waits_for_its_turn(house: House) -> None:
    run = asyncio.ensure_future(house.run(Job.UPKEEP))
    assert await waits(house.resources, 0, run)
    assert run.result().status is RunStatus.SUCCEEDED


async def test_an_erasure_waits_for_its_turn(resources: Resources) -> None:
    """An index that is made of what was there before would bring back words that are gone."""
    await take_in(resources, said(KEY))
    erasing = erasure()
    await take_in(resources, erasing)
    assert await waits(resources, shard_of(erasing.subject, resources.settings.shards), carry_out(resources))
    assert (await told(resources, erasing)).clean


async def test_who_waits_in_vain_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.maintenance.tended._WAIT_S", 0.3)
    async with tending(house.resources, 0, "another"):
        with pytest.raises(Unavailable, match="does not end"):
            async with in_turn(house.resources, 0, "test"):
                raise AssertionError


async def test_while_enough_are_at_it_the_clock_sends_no_more(house: House) -> None:
    """A visit to all shards may take longer than the five seconds after which the next is due."""
    ctx = {**house.ctx, "upkeep": long_started(house.resources.store), "name": "test"}
    async with AsyncExitStack() as others:
        for _ in range(VISITORS):
            await others.enter_async_context(ctx["upkeep"].visitors)
        assert await tend(ctx) == 0
    assert await tend(ctx) == house.resources.settings.shards
