"""The way in: durable, once, in order, and bounded."""

import asyncio

import pytest

from core.mailbox import Mailbox
from core.mailbox.entry import decode, encode
from core.mailbox.keys import lane_key
from schemas.errors import BadInput, Conflict, TooManyRequests, Unavailable
from schemas.event import EVENT, MemoriesEdited, MemoryEdit
from schemas.receipt import ReceiptStatus
from schemas.scope import Scope


async def test_an_accepted_event_has_a_pending_receipt_and_lies_in_its_mailbox(post):
    event = post.said("I love TypeScript.")
    [receipt] = await post.mailbox.accept([event])
    assert receipt.status is ReceiptStatus.PENDING
    assert (receipt.event_id, receipt.owner, receipt.kind) == (event.id, "o", "messages.received")
    [entry] = await post.mailbox.read(await post.taken(), count=10)
    assert entry.event.messages == event.messages
    assert entry.event.accepted_at == receipt.created_at


async def test_the_same_event_twice_is_one_event(post):
    event = post.said()
    first, again = await post.mailbox.accept([event, event])
    [later] = await post.mailbox.accept([event])
    assert first == again == later
    assert (await post.mailbox.depth())[0].live == 1


async def test_a_retry_after_the_event_was_handled_gives_its_outcome(post):
    event = post.said()
    await post.mailbox.accept([event])
    lease = await post.taken()
    await post.close(lease, *await post.mailbox.read(lease, count=1))
    [receipt] = await post.mailbox.accept([event])
    assert receipt.status is ReceiptStatus.SUCCEEDED
    assert await post.mailbox.read(lease, count=1) == []


@pytest.mark.parametrize("handled", [False, True])
async def test_an_event_id_of_another_owner_is_refused_and_tells_nothing(post, handled):
    theirs = post.said(owner="them")
    await post.mailbox.accept([theirs])
    if handled:
        lease = await post.taken()
        await post.close(lease, *await post.mailbox.read(lease, count=1))
    with pytest.raises(Conflict):
        await post.mailbox.accept([post.said(), post.said(owner="us", id=theirs.id)])
    assert (await post.mailbox.depth())[0].live == (0 if handled else 1), "all or none"


async def test_a_full_shard_refuses_the_whole_call_and_takes_it_when_there_is_room(make_post):
    post = make_post(mailbox_max_events=3)
    await post.mailbox.accept([post.said(user=f"u{n}") for n in range(2)])
    more = [post.said(user=f"v{n}") for n in range(2)]
    with pytest.raises(TooManyRequests) as refused:
        await post.mailbox.accept(more)
    assert refused.value.retry_after_s
    assert (await post.mailbox.depth())[0].live == 2
    assert await post.receipts.get("o", more[0].id) is None
    lease = await post.taken()
    await post.close(lease, *await post.mailbox.read(lease, count=1))
    assert len(await post.mailbox.accept(more)) == 2


async def test_one_user_can_not_fill_the_shard(make_post):
    post = make_post(subject_max_events=2)
    await post.mailbox.accept([post.said(), post.said()])
    with pytest.raises(TooManyRequests):
        await post.mailbox.accept([post.said()])
    assert await post.mailbox.accept([post.said(user="another")])


async def test_waiting_bytes_are_bounded_in_a_shard_and_of_a_user_and_given_back(make_post):
    large = 10_000
    post = make_post(mailbox_max_bytes=25_000, subject_max_bytes=15_000)
    mine = post.said("x" * large)
    await post.mailbox.accept([mine])
    with pytest.raises(TooManyRequests, match="bytes of this user") as refused:
        await post.mailbox.accept([post.said("x" * large)])
    assert refused.value.retry_after_s
    await post.mailbox.accept([post.said("x" * large, user="another", lane="bulk")])
    with pytest.raises(TooManyRequests, match="bytes of this part"):
        await post.mailbox.accept([post.said("x" * large, user="a third")])
    await post.mailbox.accept([mine])
    assert (await post.mailbox.depth())[0].bytes == sum(len(fields[b"event"]) for fields in await waiting(post))
    lease = await post.taken()
    await post.close(lease, *await post.mailbox.read(lease, count=1))
    await post.mailbox.accept([post.said("x" * large)])


async def test_what_is_larger_than_the_bound_on_bytes_is_taken_where_nothing_else_waits(make_post):
    post = make_post(mailbox_max_bytes=100, subject_max_bytes=100)
    await post.mailbox.accept([post.said("x" * 1_000)])
    with pytest.raises(TooManyRequests):
        await post.mailbox.accept([post.said("x", user="another")])


async def waiting(post) -> list[dict[bytes, bytes]]:
    """The entries of both lanes."""
    return [fields for lane in ("live", "bulk") for _, fields in await post.redis.xrange(lane_key(0, lane))]


async def test_events_sent_again_do_not_count_twice_against_the_bound(make_post):
    post = make_post(mailbox_max_events=2)
    events = [post.said(), post.said()]
    await post.mailbox.accept(events)
    assert len(await post.mailbox.accept(events)) == 2


async def test_a_call_over_several_shards_is_all_or_none(make_post):
    post = make_post(shards=8, mailbox_max_events=1)
    events = [post.said(user=f"u{n}") for n in range(9)]
    with pytest.raises(TooManyRequests):
        await post.mailbox.accept(events)
    assert await post.keys() == set()


async def test_more_than_one_script_call_keeps_the_order_and_says_what_was_accepted_when_refused(make_post):
    post = make_post(mailbox_max_events=600)
    await post.mailbox.accept([post.said(str(n), lane="bulk") for n in range(501)])
    lease = await post.taken()
    entries = await post.mailbox.read(lease, count=600)
    assert [entry.event.messages[0].content for entry in entries] == [str(n) for n in range(501)]
    await post.close(lease, *entries)
    with pytest.raises(TooManyRequests, match="the first 500 events were accepted"):
        await post.mailbox.accept([post.said() for n in range(601)])


async def test_stamps_rise_even_when_redis_clock_goes_back(post, redis):
    [before] = await post.mailbox.accept([post.said()])
    await redis.hincrby("mneme:box:0:state", "clock", 3_600_000_000)
    first, second = await post.mailbox.accept([post.said(lane="bulk"), post.said()])
    assert before.created_at < first.created_at < second.created_at


async def test_an_idle_shard_is_woken_once_and_an_owned_one_not_at_all(post):
    await post.mailbox.accept([post.said()])
    await post.mailbox.accept([post.said()])
    assert post.woken.shards == [0], "the first wake-up is on its way"
    lease = await post.taken()
    await post.mailbox.accept([post.said()])
    assert post.woken.shards == [0], "its owner will see it"
    await post.close(lease, *await post.mailbox.read(lease, count=10))
    assert await post.mailbox.release_if_empty(lease)
    await post.mailbox.accept([post.said()])
    assert post.woken.shards == [0, 0]


async def test_an_accept_stands_even_if_nobody_can_be_woken(post):
    post.woken.error = OSError("the queue is away")
    [receipt] = await post.mailbox.accept([post.said()])
    assert receipt.status is ReceiptStatus.PENDING
    assert await post.mailbox.unowned() == [0]


async def test_a_flood_goes_on_in_bulk_and_leaves_the_live_lane_to_others(make_post):
    post = make_post(flood_events=5)
    await post.mailbox.accept([post.said(owner="flood", user=f"u{n}") for n in range(20)])
    await post.mailbox.accept([post.said(owner="calm")])
    depth = (await post.mailbox.depth())[0]
    assert (depth.live, depth.bulk) == (6, 15)
    entries = await post.mailbox.read(await post.taken(), count=7)
    assert [entry.event.scope.owner for entry in entries] == ["flood"] * 5 + ["calm", "flood"]


async def test_an_import_does_not_push_its_owners_live_events_into_bulk(make_post):
    post = make_post(flood_events=5)
    await post.mailbox.accept([post.said(user=f"import{n}", lane="bulk") for n in range(20)])
    await post.mailbox.accept([post.said("now", user="alice")])
    assert (await post.mailbox.read(await post.taken(), count=1))[0].event.scope.user == "alice"


async def test_a_live_event_of_an_imported_user_waits_for_the_import(post):
    await post.mailbox.accept([post.said("old", lane="bulk"), post.said("new")])
    assert (await post.mailbox.depth())[0].live == 0


async def test_an_edit_still_knows_what_it_leaves_alone(post):
    edit = MemoriesEdited(scope=Scope(owner="o", user="u"), edits=(MemoryEdit(memory_id="m", expires_at=None),))
    await post.mailbox.accept([edit])
    [entry] = await post.mailbox.read(await post.taken(), count=1)
    assert entry.event.edits[0].model_fields_set == {"memory_id", "expires_at"}


async def test_what_is_not_unicode_is_bad_input(post):
    with pytest.raises(BadInput):
        await post.mailbox.accept([post.said(metadata={"a": "\ud800"})])
    edits = (MemoryEdit(memory_id="m", metadata={"a": "\ud800"}),)
    with pytest.raises(BadInput):
        await post.mailbox.accept([MemoriesEdited(scope=Scope(owner="o"), edits=edits)])


async def test_an_event_for_a_shard_that_is_not_there_is_bad_input(post):
    with pytest.raises(BadInput):
        await post.mailbox.accept([post.forget_all(shard=1)])


def test_events_read_back_as_they_were(post_events):
    for event in post_events:
        assert decode(encode(event)) == EVENT.validate_json(encode(event)) == event
    edits = decode(encode(post_events[-1])).edits
    assert [edit.model_fields_set for edit in edits] == [{"memory_id", "metadata"}, {"memory_id", "content", "expires_at"}]


@pytest.fixture
def post_events(make_post):
    post = make_post()
    edits = (MemoryEdit(memory_id="m", metadata={"a": None}), MemoryEdit(memory_id="n", content="x", expires_at=None))
    edit = MemoriesEdited(scope=Scope(owner="o"), edits=edits)
    said = post.said(metadata={"a": [1, None], "b": None}, infer=False, reply_to="r", categories={"food": "what one eats"})
    return [said, post.forget_all(), edit]


async def test_two_processes_may_accept_at_once(post, redis):
    other = Mailbox(redis, post.settings, wake=post.woken)
    events = [post.said(user=f"u{n}", lane="bulk") for n in range(40)]
    await asyncio.gather(*(box.accept([event]) for event in events for box in (post.mailbox, other)))
    assert (await post.mailbox.depth())[0].bulk == 40


async def test_a_full_redis_refuses_events_early_and_still_lets_those_it_has_be_handled(post, redis):
    await post.mailbox.accept([post.said(), post.said("poison")])
    try:
        await redis.config_set("maxmemory", round(1.05 * (await redis.info("memory"))["used_memory"]))
        with pytest.raises(Unavailable, match="nearly"):
            await Mailbox(redis, post.settings, wake=post.woken).accept([post.said()])
        await redis.config_set("maxmemory", 1)
        lease = await post.taken()
        first, poison = entries = await post.mailbox.read(lease, count=2)
        await post.mailbox.mark_running(lease, entries)
        await post.mailbox.save_work(lease, {first.event.id: b"plan"})
        await post.mailbox.begin_commit(lease)
        await post.close(lease, first)
        await post.mailbox.bury(lease, poison, post.failed(poison))
    finally:
        await redis.config_set("maxmemory", 0)
    assert await post.mailbox.dead_letters.count() == 1
    assert await post.mailbox.oldest_age_s() is None
