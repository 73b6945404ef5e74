"""Dead letters: seen, replayed once, dropped; bounded."""

import pytest

from schemas.errors import TooManyRequests
from schemas.receipt import ReceiptStatus


async def buried(post, *events):
    await post.mailbox.accept(events)
    lease = await post.taken()
    for entry in await post.mailbox.read(lease, count=len(events)):
        await post.mailbox.bury(lease, entry, post.failed(entry))
    await post.mailbox.release(lease)


async def test_a_buried_event_has_failed_and_lies_in_the_dead_letters_with_its_error(post):
    event = post.said("poison")
    await buried(post, event)
    receipt = await post.receipts.get("o", event.id)
    assert (receipt.status, receipt.error) == (ReceiptStatus.FAILED, "it can't be read")
    [letter] = await post.mailbox.dead_letters.list()
    assert (letter.event.messages, letter.owner, letter.error, letter.event_id) == (event.messages, "o", "it can't be read", event.id)
    assert await post.mailbox.oldest_age_s() is None


async def test_letters_are_listed_newest_first_by_owner_and_page_by_page(post):
    await buried(post, *(post.said(str(n), owner="ab"[n % 2]) for n in range(250)))
    letters = post.mailbox.dead_letters
    mine = await letters.list(owner="a", limit=200)
    assert [letter.event.messages[0].content for letter in mine] == [str(n) for n in range(248, -1, -2)]
    first = await letters.list(limit=100)
    rest = await letters.list(limit=200, after=first[-1].id)
    assert len({letter.id for letter in [*first, *rest]}) == 250
    assert await letters.list(owner="c") == []


async def test_a_replayed_letter_is_handled_as_if_for_the_first_time_and_only_once(post):
    event = post.said("poison")
    await buried(post, event)
    [letter] = await post.mailbox.dead_letters.list()
    [receipt] = await post.mailbox.dead_letters.replay([letter.id, letter.id])
    assert (receipt.status, receipt.attempts, receipt.error) == (ReceiptStatus.PENDING, 0, None)
    assert await post.mailbox.dead_letters.replay([letter.id]) == []
    lease = await post.taken()
    [entry] = await post.mailbox.read(lease, count=10)
    assert entry.event.messages == event.messages
    await post.close(lease, entry)
    assert (await post.receipts.get("o", event.id)).status is ReceiptStatus.SUCCEEDED
    assert await post.mailbox.dead_letters.count() == 0


async def test_a_late_second_close_does_not_touch_a_replayed_event(post):
    await post.mailbox.accept([post.said()])
    lease = await post.taken()
    [entry] = await post.mailbox.read(lease, count=1)
    await post.mailbox.bury(lease, entry, post.failed(entry))
    [letter] = await post.mailbox.dead_letters.list()
    await post.mailbox.dead_letters.replay([letter.id])
    await post.mailbox.bury(lease, entry, post.failed(entry))
    assert (await post.receipts.get("o", entry.event.id)).status is ReceiptStatus.PENDING
    assert await post.mailbox.dead_letters.count() == 0
    assert (await post.mailbox.depth())[0].live == 1


async def test_a_replay_into_a_full_shard_is_refused_and_the_letter_stays(make_post):
    post = make_post(mailbox_max_events=1)
    await buried(post, post.said())
    await post.mailbox.accept([post.said()])
    [letter] = await post.mailbox.dead_letters.list()
    with pytest.raises(TooManyRequests):
        await post.mailbox.dead_letters.replay([letter.id])
    assert await post.mailbox.dead_letters.count() == 1
    assert (await post.receipts.get("o", letter.event_id)).status is ReceiptStatus.FAILED


async def test_a_letter_can_be_replayed_after_its_receipt_has_expired(post):
    event = post.said()
    await buried(post, event)
    await post.redis.delete(f"mneme:receipt:{event.id}")
    [letter] = await post.mailbox.dead_letters.list()
    [receipt] = await post.mailbox.dead_letters.replay([letter.id])
    assert receipt.status is ReceiptStatus.PENDING


async def test_a_dropped_letter_is_gone(post):
    await buried(post, post.said(), post.said())
    [first, second] = await post.mailbox.dead_letters.list()
    assert await post.mailbox.dead_letters.drop([first.id]) == 1
    assert await post.mailbox.dead_letters.drop([]) == 0
    assert [letter.id for letter in await post.mailbox.dead_letters.list()] == [second.id]


async def test_the_oldest_letters_make_room(make_post):
    post = make_post(dead_letters_max=100)
    await buried(post, *(post.said(str(n), lane="bulk") for n in range(450)))
    assert 100 <= await post.mailbox.dead_letters.count() <= 200
    [newest] = await post.mailbox.dead_letters.list(limit=1)
    assert newest.event.messages[0].content == "449"


async def test_the_oldest_letters_make_room_for_long_ones(make_post):
    post = make_post(dead_letters_max_bytes=500_000)
    await buried(post, *(post.said(f"{n} " + "x" * 100_000) for n in range(8)))
    letters = await post.mailbox.dead_letters.list()
    assert [letter.event.messages[0].content[0] for letter in letters] == ["7", "6", "5", "4"]
    await post.mailbox.dead_letters.drop([letters[1].id])
    await buried(post, post.said("8" + "x" * 400_000))
    assert [letter.event.messages[0].content[0] for letter in await post.mailbox.dead_letters.list()] == ["8"]


async def test_one_that_is_too_long_for_the_bound_is_kept_all_the_same(make_post):
    post = make_post(dead_letters_max_bytes=1_000)
    await buried(post, post.said("first"), post.said("x" * 10_000))
    [letter] = await post.mailbox.dead_letters.list()
    assert len(letter.event.messages[0].content) == 10_000
