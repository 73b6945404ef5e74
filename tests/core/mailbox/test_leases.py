"""One owner a shard, one commit a shard: whatever dies, pauses or repeats itself."""

import asyncio
import time

import pytest

from schemas.errors import LeaseLost


async def test_a_shard_has_one_owner_and_each_owner_a_higher_token(post):
    first = await post.taken()
    assert await post.mailbox.take(0, "other") is None
    await post.mailbox.release(first)
    second = await post.taken()
    assert second.token > first.token


async def test_a_lease_runs_out_and_its_owner_knows_without_asking(make_post):
    post = make_post(lease_s=0.2)
    lease = await post.taken()
    await post.taken_over()
    with pytest.raises(LeaseLost):
        lease.check()
    with pytest.raises(LeaseLost):
        await post.mailbox.renew(lease)


async def test_a_renewed_lease_lasts(make_post):
    post = make_post(lease_s=60)
    lease = await post.taken()
    lease.deadline -= 50
    await post.redis.pexpire("mneme:box:0:lease", 30_000)
    await post.mailbox.renew(lease)
    assert await post.redis.pttl("mneme:box:0:lease") > 30_000
    assert lease.deadline > time.monotonic() + 30
    lease.check()
    assert await post.mailbox.take(0, "other") is None


async def test_a_shard_is_let_go_only_when_nothing_waits(post):
    lease = await post.taken()
    await post.mailbox.accept([post.said()])
    assert not await post.mailbox.release_if_empty(lease)
    await post.close(lease, *await post.mailbox.read(lease, count=1))
    assert await post.mailbox.release_if_empty(lease)
    with pytest.raises(LeaseLost):
        await post.mailbox.release_if_empty(lease)


async def test_letting_go_late_does_not_take_the_shard_from_the_next_owner(make_post):
    old = await make_post(lease_s=0.05).taken()
    post = make_post()
    new = await post.taken_over()
    await post.mailbox.release(old)
    assert await post.redis.get("mneme:box:0:lease") == new.holder.encode()


async def test_a_take_whose_answer_was_lost_can_be_asked_again(post):
    scripts = post.mailbox._scripts
    first = await scripts.run("take", [0, "worker:nonce", 10_000])
    assert await scripts.run("take", [0, "worker:nonce", 10_000]) == first
    assert await scripts.run("take", [0, "worker:other", 10_000]) is None


async def test_the_owner_commits_only_while_upkeep_does_not(post):
    lease = await post.taken()
    async with asyncio.TaskGroup() as tasks, post.mailbox.commit_lock(0, "upkeep", 5):
        committing = tasks.create_task(post.mailbox.begin_commit(lease))
        await asyncio.sleep(0.05)
        assert not committing.done()
    await post.mailbox.begin_commit(lease)
    await post.mailbox.end_commit(lease)
    assert "mneme:box:0:commit" not in await post.keys()


async def test_upkeep_waits_for_the_owners_commit(post):
    lease = await post.taken()
    await post.mailbox.begin_commit(lease)

    async def tend():
        async with post.mailbox.commit_lock(0, "upkeep", 5):
            pass

    async with asyncio.TaskGroup() as tasks:
        tending = tasks.create_task(tend())
        await asyncio.sleep(0.05)
        assert not tending.done()
        await post.mailbox.end_commit(lease)


async def test_who_lost_the_shard_may_not_commit(make_post):
    post = make_post(lease_s=0.05)
    old = await post.taken()
    await post.taken_over()
    with pytest.raises(LeaseLost):
        await post.mailbox.begin_commit(old)
    old.deadline += 60  # even if its own clock says otherwise
    with pytest.raises(LeaseLost):
        await post.mailbox.begin_commit(old)


async def test_a_long_commit_of_the_owner_keeps_its_lock_with_the_lease(make_post):
    post = make_post(lease_s=60)
    lease = await post.taken()
    await post.mailbox.begin_commit(lease)
    await post.redis.pexpire("mneme:box:0:commit", 30_000)
    await post.mailbox.renew(lease)
    assert await post.redis.pttl("mneme:box:0:commit") > 30_000
    assert await post.redis.get("mneme:box:0:commit") == lease.holder.encode()
    await post.mailbox.release(lease)
    assert await post.redis.exists("mneme:box:0:commit") == 0


async def test_long_upkeep_keeps_the_lock(post):
    lease = await post.taken()
    async with asyncio.timeout(60), post.mailbox.commit_lock(0, "upkeep", 5):
        await post.redis.pexpire("mneme:box:0:commit", 60_000)
        while await post.redis.pttl("mneme:box:0:commit") > 5_000:  # noqa: ASYNC110 - not renewed yet
            await asyncio.sleep(0.02)
        assert not await post.mailbox._scripts.run("commit", lease.arguments(100))


async def test_upkeep_that_lost_the_lock_is_stopped_before_another_may_commit(post):
    async def tend():
        async with asyncio.timeout(60), post.mailbox.commit_lock(0, "upkeep", 0.3):
            await post.redis.set("mneme:box:0:commit", "another")
            await asyncio.sleep(100)

    with pytest.raises(LeaseLost):
        await tend()
    assert await post.redis.get("mneme:box:0:commit") == b"another"


async def test_upkeeps_own_failure_passes_and_frees_the_lock(post):
    with pytest.raises(TimeoutError):
        async with post.mailbox.commit_lock(0, "upkeep", 5):
            raise TimeoutError
    assert await post.redis.exists("mneme:box:0:commit") == 0
