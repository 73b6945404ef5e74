"""Whoever commits after one that never said it had ended first makes sure that this one cannot write any more."""

import asyncio

import pytest

from core.mailbox import Mailbox
from schemas.errors import Unavailable


class Fences:
    """Stands in for the store: counts the fences of each shard, or fails."""

    def __init__(self) -> None:
        self.put: list[int] = []
        self.error: Exception | None = None

    async def __call__(self, shard: int) -> None:
        if self.error:
            raise self.error
        self.put.append(shard)


@pytest.fixture
def fences() -> Fences:
    return Fences()


@pytest.fixture
def fenced(make_post, fences):
    post = make_post(lease_s=60)
    post.mailbox = Mailbox(post.redis, post.settings, wake=post.woken, fence=fences)
    return post


async def test_who_ended_in_order_is_not_fenced_out(fenced, fences):
    lease = await fenced.taken()
    for _ in range(2):
        await fenced.mailbox.begin_commit(lease)
        await fenced.mailbox.end_commit(lease)
    await fenced.mailbox.release(lease)
    async with fenced.mailbox.commit_lock(0, "upkeep", 5):
        pass
    await fenced.mailbox.begin_commit(await fenced.taken())
    assert fences.put == []


async def test_an_owner_that_died_in_mid_commit_is_fenced_out_once(fenced, fences):
    await fenced.mailbox.begin_commit(await fenced.taken())
    await fenced.time_passes()
    async with asyncio.timeout(60):
        async with fenced.mailbox.commit_lock(0, "upkeep", 30):
            assert fences.put == [0]
        lease = await fenced.taken_over()
    await fenced.mailbox.begin_commit(lease)
    assert fences.put == [0]


async def test_maintenance_that_died_in_mid_commit_is_fenced_out(fenced, fences):
    await fenced.mailbox._lock(0, "a tender that dies", "take", 0.05)
    async with asyncio.timeout(60):
        await fenced.mailbox.begin_commit(await fenced.taken())
    assert fences.put == [0]


async def test_a_fence_that_could_not_be_put_is_put_by_the_next(fenced, fences):
    await fenced.mailbox._lock(0, "a tender that dies", "take", 0.05)
    fences.error = Unavailable("the disk is full")
    async with asyncio.timeout(60):
        with pytest.raises(Unavailable):
            async with fenced.mailbox.commit_lock(0, "upkeep", 5):
                pytest.fail("nothing is committed before the fence stands")
        fences.error = None
        await fenced.mailbox.begin_commit(await fenced.taken())
    assert fences.put == [0]
