"""What closed receipts take is bounded: the oldest go before their time, and nobody's for the sake of one who has more."""

import asyncio

import pytest

BOUND = 1024**2
LONG = "x" * 100_000
"""Ten receipts of this are just within the bound."""
SOON = {"receipts_max_bytes": BOUND, "wait_timeout_s": 0.001}


async def close(post, count, owner="o", text=LONG):
    """So many events, accepted and closed one by one; gives their ids."""
    lease, events = await post.taken_over(), [post.said(owner=owner) for _ in range(count)]
    for event in events:
        await post.mailbox.accept([event])
        [entry] = await post.mailbox.read(lease, count=1)
        await post.mailbox.close(lease, [entry], [post.closed(entry, text)])
        await asyncio.sleep(0.002)
    await post.mailbox.release(lease)
    return [event.id for event in events]


async def kept(post, ids, owner="o"):
    return [event_id for event_id in ids if await post.receipts.get(owner, event_id) is not None]


async def test_the_oldest_go_before_their_time(make_post):
    post = make_post(**SOON)
    ids = await close(post, 20)
    assert await kept(post, ids) == ids[-10:]
    listed, total = await post.receipts.page("o", 0, 100)
    assert ([receipt.event_id for receipt in listed], total) == (ids[:-11:-1], 10)


async def test_many_closed_at_once_make_room_for_themselves(make_post):
    post = make_post(**SOON)
    ids = await close(post, 10)
    events = [post.said() for _ in range(8)]
    await post.mailbox.accept(events)
    lease = await post.taken_over()
    entries = await post.mailbox.read(lease, count=8)
    await post.mailbox.close(lease, entries, [post.closed(entry, LONG) for entry in entries])
    assert await kept(post, ids) == ids[-2:]
    assert len(await kept(post, [event.id for event in events])) == 8


async def test_they_go_by_those_of_who_has_most(make_post):
    post = make_post(**SOON)
    small = await close(post, 3, owner="small")
    large = await close(post, 20, owner="large")
    assert await kept(post, small, "small") == small
    assert await kept(post, large, "large") == large[-7:]


async def test_one_that_is_closed_again_after_a_replay_is_there(make_post):
    post = make_post(**SOON)
    event = post.said()
    await post.mailbox.accept([event])
    lease = await post.taken()
    [entry] = await post.mailbox.read(lease, count=1)
    await post.mailbox.bury(lease, entry, post.failed(entry))
    [letter] = await post.mailbox.dead_letters.list()
    await post.mailbox.dead_letters.replay([letter.id])
    await post.close(lease, *await post.mailbox.read(lease, count=1))
    assert (await post.receipts.get("o", event.id)).status == "SUCCEEDED"


async def test_none_goes_while_somebody_may_wait_for_it(make_post):
    post = make_post(receipts_max_bytes=BOUND, wait_timeout_s=30)
    ids = await close(post, 20)
    assert await kept(post, ids) == ids


async def test_of_a_redis_with_a_bound_they_take_no_more_than_half(make_post, redis):
    post = make_post(receipts_max_bytes=1024**3, wait_timeout_s=0.001)
    await redis.config_set("maxmemory", 64 * BOUND)
    try:
        ids = await close(post, 40, text="x" * 1_000_000)
    finally:
        await redis.config_set("maxmemory", 0)
    assert await kept(post, ids) == ids[-33:]


@pytest.mark.parametrize("length", [40, 4_000])
async def test_they_are_told_to_take_what_they_take(post, length):
    ids = await close(post, 50, text="x" * length)
    taken = sum([await post.redis.memory_usage(f"mneme:receipt:{event_id}") for event_id in ids])
    assert (await post.mailbox.receipts_bytes())[0] == pytest.approx(taken, rel=0.35)


async def test_what_has_run_out_takes_nothing_any_more(make_post):
    post = make_post(receipt_ttl_s=1)
    await close(post, 3, owner="gone")
    await close(post, 3, owner="here")
    await asyncio.sleep(1.1)
    await close(post, 40, owner="here", text="")  # each looks at one of the two owners, by chance
    assert (await post.mailbox.receipts_bytes())[0] < 100_000
    assert b"gone" not in await post.redis.zrange("mneme:weights", 0, -1)
