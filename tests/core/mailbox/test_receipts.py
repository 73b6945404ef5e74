"""Receipts: looked up by their owner alone, listed, waited for."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from core.receipts import Receipts
from schemas.errors import NotFound, NotInTime, Unavailable
from schemas.receipt import ReceiptStatus


async def handle_all(post):
    lease = await post.taken_over()
    entries = await post.mailbox.read(lease, count=1_000)
    await post.close(lease, *entries)
    await post.mailbox.release(lease)


async def test_only_its_owner_sees_a_receipt(post):
    event = post.said()
    await post.mailbox.accept([event])
    for _ in ("open", "closed"):
        assert await post.receipts.get("o", event.id) is not None
        assert await post.receipts.get("another", event.id) is None
        assert await post.receipts.get("", event.id) is None
        await handle_all(post)
    assert await post.receipts.get("o", "none") is None


async def test_a_closed_receipt_ends_by_its_ttl_and_leaves_the_list(make_post):
    post = make_post(receipt_ttl_s=100)
    first, second = post.said(), post.said()
    await post.mailbox.accept([first])
    await handle_all(post)
    assert 0 < await post.redis.ttl(f"mneme:receipt:{first.id}") <= 100
    await post.redis.delete(f"mneme:receipt:{first.id}")
    await post.mailbox.accept([second])
    listed, total = await post.receipts.page("o", 0, 10)
    assert ([receipt.event_id for receipt in listed], total) == ([second.id], 1)


async def test_receipts_are_listed_newest_first_by_page_and_status(post):
    events = [post.said(str(n), user=f"u{n}") for n in range(20)]
    await post.mailbox.accept(events[:10])
    await handle_all(post)
    await post.mailbox.accept([*events[10:], post.said(owner="another")])
    listed, total = await post.receipts.page("o", 5, 10)
    assert ([receipt.event_id for receipt in listed], total) == ([event.id for event in reversed(events[5:15])], 20)
    done, total = await post.receipts.page("o", 0, 3, {ReceiptStatus.SUCCEEDED, ReceiptStatus.FAILED})
    assert ([receipt.event_id for receipt in done], total) == ([events[9].id, events[8].id, events[7].id], 10)
    assert await post.receipts.page("", 0, 10) == ([], 0)
    assert await post.receipts.page("o", 50, 10) == ([], 20)


async def test_the_list_is_bounded_and_drops_the_oldest(make_post):
    post = make_post(receipts_max=3)
    events = [post.said(str(n)) for n in range(5)]
    await post.mailbox.accept(events)
    await handle_all(post)
    listed, total = await post.receipts.page("o", 0, 10)
    assert ([receipt.event_id for receipt in listed], total) == ([events[4].id, events[3].id, events[2].id], 3)
    assert await post.receipts.get("o", events[0].id) is not None


async def at_once(happens: Callable[[], Awaitable[None]]) -> None:
    """It is over sooner than a wait looks by itself: one time of ten, for a busy machine stands still now and then."""
    for _ in range(10):
        begun = time.monotonic()
        await happens()
        if time.monotonic() - begun < 0.5:
            return
    pytest.fail("it never came at once")


async def who_waits_is_told(post) -> None:
    events = [post.said(reply_to=post.receipts.reply_to) for _ in range(3)]
    async with post.receipts.expect([event.id for event in events]) as waiting, asyncio.TaskGroup() as tasks:
        await post.mailbox.accept(events)
        tasks.create_task(handle_all(post))
        closed = await waiting(60)
    assert [receipt.event_id for receipt in closed] == [event.id for event in events]
    assert all(receipt.verdicts for receipt in closed)


@pytest.mark.usefixtures("listening")
async def test_who_waits_is_told_at_once(post):
    await at_once(lambda: who_waits_is_told(post))


async def test_a_lost_message_costs_a_second_not_the_outcome(post):
    event = post.said()  # nobody listens, nobody is told
    async with post.receipts.expect([event.id]) as waiting, asyncio.TaskGroup() as tasks:
        await post.mailbox.accept([event])
        tasks.create_task(handle_all(post))
        [receipt] = await waiting(60)
    assert receipt.status is ReceiptStatus.SUCCEEDED


@pytest.mark.usefixtures("listening")
async def test_a_second_process_that_sends_the_same_event_is_told_as_well(post, redis):
    other = Receipts(redis, post.settings)

    async def both_are_told() -> None:
        event = post.said(reply_to=post.receipts.reply_to)
        again = event.model_copy(update={"reply_to": other.reply_to})
        async with post.receipts.expect([event.id]) as one, other.expect([event.id]) as two:
            await post.mailbox.accept([event])
            await post.mailbox.accept([again])
            await handle_all(post)
            assert await one(60) == await two(60)

    async with other.listening():
        await at_once(both_are_told)


@pytest.mark.usefixtures("listening")
async def test_a_retry_of_what_is_done_is_answered_at_once(post):
    event = post.said(reply_to=post.receipts.reply_to)
    await post.mailbox.accept([event])
    await handle_all(post)

    async def sent_again() -> None:
        async with post.receipts.expect([event.id]) as waiting:
            await post.mailbox.accept([event])
            [receipt] = await waiting(60)
        assert receipt.status is ReceiptStatus.SUCCEEDED

    await at_once(sent_again)


async def test_an_outcome_that_does_not_come_in_time_names_the_event(post):
    event = post.said()
    await post.mailbox.accept([event])
    with pytest.raises(NotInTime) as late:
        await post.receipts.wait(event.id, "o", 0.05)
    assert late.value.event_id == event.id


async def test_waiting_for_what_is_done_or_unknown_does_not_wait(post):
    event = post.said()
    await post.mailbox.accept([event])
    await handle_all(post)
    assert (await post.receipts.wait(event.id, "o", 0.01)).status is ReceiptStatus.SUCCEEDED
    for event_id, owner in ((event.id, "another"), ("none", "o")):
        with pytest.raises(NotFound):
            await post.receipts.wait(event_id, owner, 5)


async def test_only_so_many_wait_at_once(make_post):
    post = make_post(waits_max=1)
    async with post.receipts.expect(["a"]):
        with pytest.raises(Unavailable):
            async with post.receipts.expect(["b"]):
                pass
    async with post.receipts.expect(["b"]):
        pass


@pytest.mark.usefixtures("listening")
async def test_a_broken_connection_is_made_again(post):
    channel = f"mneme:reply:{post.receipts.reply_to}"
    await post.redis.client_kill_filter(_type="pubsub")
    async with asyncio.timeout(60):
        while (await post.redis.pubsub_numsub(channel))[0][1] != 1:  # noqa: ASYNC110 - the server's state
            await asyncio.sleep(0.01)
    await at_once(lambda: who_waits_is_told(post))
