"""A user is erased: nobody reads anything of theirs any more, and everybody else's memories are as before."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from maintenance_house import Time
from redis.asyncio import Redis
from standins import WordEmbedder
from working import work

from core import erased
from core.bus.names import DEAD as QUEUE_DEAD
from core.issuing import issue_key
from core.resources import Resources
from core.store.journal import Kind
from core.store.rows import unpacked
from core.store.tending import Batch, Tender
from core.store.writer import ShardWriter
from query.conversations import Conversations, Turn
from schemas.erasure import KIND, Erasure, ErasureStatus
from schemas.errors import NotFound, Poison, UpstreamFailed
from schemas.event import MemoriesForgotten, MessagesReceived, UserErased
from schemas.maintenance import Job, Limits, Order
from schemas.message import Message
from schemas.scope import Scope, shard_of
from schemas.search import EVERYTHING, Condition, Selection
from workers.erasure.place import Place, Whose
from workers.erasure.places import PLACES
from workers.maintenance import run_job
from workers.maintenance.running import Running
from workers.shard import Shard
from workers.stages.embed import micro_batcher
from workers.stages.erase import erase

KEY = "I keep the spare key under the third flower pot."
ANN = Scope(owner="acme", user="ann")


def failing(resources: Resources, error: Exception) -> Resources:
    """The same house with an embedding model that always fails."""
    embedder = WordEmbedder()
    embedder.fails = lambda _: error
    return replace(resources, embedder=embedder)


def said(text: str, *, user: str = "ann", owner: str = "acme", **fields: Any) -> MessagesReceived:
    return MessagesReceived(scope=Scope(owner=owner, user=user), messages=(Message(role="user", content=text),), infer=False, **fields)


def erasure(user: str = "ann", owner: str = "acme", **fields: Any) -> UserErased:
    return UserErased(scope=Scope(owner=owner, user=user), now=True, **fields)


async def take_in(resources: Resources, *events: MessagesReceived | UserErased | MemoriesForgotten) -> None:
    await resources.mailbox.accept(events)
    await work(resources)


async def contents(resources: Resources, user: str = "ann", owner: str = "acme") -> list[str]:
    page = await resources.reader.page(Selection(owner=owner, where=Condition(field="user", value=user)))
    return sorted(memory.content for memory in page.memories)


async def told(resources: Resources, event: UserErased) -> Erasure:
    record = await resources.records.get(KIND, event.scope.owner, event.id)
    assert record is not None
    return Erasure.model_validate_json(record.body)


async def tend(resources: Resources) -> None:
    """Carry out all runs that wait."""
    for run in await resources.jobs.unfinished():
        await run_job({"resources": resources, "name": "test"}, run.id)


async def keys_with(redis: Redis, words: str) -> list[bytes]:
    """The keys, of whatever kind, in which the words stand."""
    found = []
    async for key in redis.scan_iter():
        read: Any = {
            b"string": lambda key=key: redis.get(key),
            b"hash": lambda key=key: redis.hgetall(key),
            b"list": lambda key=key: redis.lrange(key, 0, -1),
            b"stream": lambda key=key: redis.xrange(key),
        }.get(await redis.type(key))
        if read is not None and words.encode() in repr(await read()).encode():
            found.append(key)
    return found


async def test_everything_of_the_user_is_gone_and_the_receipt_counts_it(resources: Resources) -> None:
    await take_in(resources, said(KEY), said("I like tea.", user="bob"), said(KEY, owner="other"))
    erasing = erasure()
    await take_in(resources, erasing)
    assert await contents(resources) == []
    assert await contents(resources, "bob") == ["I like tea."]
    assert await contents(resources, owner="other") == [KEY]
    counts = (await told(resources, erasing)).counts
    assert (counts["memories"], counts["history"], counts["receipts"], counts["lifecycle_events"]) == (1, 1, 1, 2)
    await tend(resources)
    done = await told(resources, erasing)
    assert done.status is ErasureStatus.COMPLETE
    assert done.clean, done.scan
    assert "ann" not in done.model_dump_json()


async def test_the_words_are_in_no_key_of_redis_and_the_receipt_of_the_add_is_still_there(resources: Resources) -> None:
    question = said("Is the flower pot still there?").model_copy(update={"infer": True})
    await take_in(resources, said(KEY), question)
    await resources.mailbox.accept([said("The flower pot is broken.", lane="bulk")])
    await Conversations(resources.redis, resources.settings).add(ANN, "c", Turn("Where is the flower pot?", "In the yard."))
    assert len(await keys_with(resources.redis, "flower pot")) >= 4
    await take_in(resources, erasure())
    await tend(resources)
    assert await keys_with(resources.redis, "flower pot") == []
    receipt = await resources.receipts.get("acme", question.id)
    assert receipt is not None
    assert [(verdict.text, verdict.reason) for verdict in receipt.verdicts] == [("", "erased")]


async def test_what_is_said_after_the_erasure_is_remembered(resources: Resources) -> None:
    await resources.mailbox.accept([said(KEY), erasure(), said("I like coffee.")])
    await work(resources)
    assert await contents(resources) == ["I like coffee."]


async def test_an_add_sent_again_after_the_erasure_brings_nothing_back(resources: Resources) -> None:
    add = said(KEY)
    await take_in(resources, add)
    await take_in(resources, erasure())
    await take_in(resources, add)
    assert await contents(resources) == []


async def test_an_erasure_that_is_carried_out_twice_erases_once_and_nothing_new(resources: Resources) -> None:
    await take_in(resources, said(KEY))
    erasing = erasure()
    await take_in(resources, erasing)
    await take_in(resources, said("I like coffee."))
    await take_in(resources, erasing)
    await tend(resources)
    assert await contents(resources) == ["I like coffee."]
    assert (await told(resources, erasing)).counts["memories"] == 1


async def _dies(whose: Whose) -> None:
    raise asyncio.CancelledError


async def _nothing(whose: Whose) -> dict[str, int]:
    return {}


async def test_an_erasure_whose_worker_dies_is_ended_by_the_next_and_counts_the_same(resources: Resources) -> None:
    """It dies when all is erased, and nothing told of it."""
    await take_in(resources, said(KEY))
    erasing = erasure()
    await resources.mailbox.accept([erasing])
    places = (*PLACES, Place(holds=_nothing, erase=_dies))
    lease = await resources.mailbox.take(shard_of(erasing.subject, resources.settings.shards), "dies")
    assert lease is not None
    async with micro_batcher(resources.embedder) as batcher:
        with pytest.raises(asyncio.CancelledError):
            await erase(erasing, Shard(resources, batcher, lease, ShardWriter(resources.store, lease.shard)), places)
    await resources.mailbox.release(lease)
    await work(resources)
    await tend(resources)
    ended = await told(resources, erasing)
    assert (ended.counts["memories"], ended.counts["receipts"], ended.clean) == (1, 1, True)
    assert await contents(resources) == []


async def test_an_event_that_waits_for_what_is_away_is_left_out_and_not_handled(resources: Resources) -> None:
    """Its user was erased while the embedding model was away: the erasure does not wait for the model."""
    add = said(KEY)
    await resources.mailbox.accept([add, erasure()])
    await work(failing(resources, UpstreamFailed("away")))
    receipt = await resources.receipts.get("acme", add.id)
    assert receipt is not None
    assert [verdict.reason for verdict in receipt.verdicts] == ["erased"]
    assert await contents(resources) == []


async def test_an_undo_that_was_under_way_brings_nobody_back(resources: Resources) -> None:
    await take_in(resources, said(KEY))
    lost = Order(job=Job.PRUNING, owner="acme", limits=Limits(max_memories=0, archive_only=False))
    run = await resources.jobs.start(lost)
    await tend(resources)
    undoing = Running(resources, run, "test")
    await undoing.begin()
    tender = Tender(resources.store, shard_of(ANN.subject, resources.settings.shards))
    entries = [e for part in await tender.journal_parts(run.id, "memory_id") for e in await tender.journal(run.id, [Kind.REMOVED], part)]
    rows = [(unpacked(entry.before), entry.vector) for entry in entries if entry.vector is not None]
    assert len(rows) == 1
    await take_in(resources, erasure())
    await undoing.commit(tender, [entries[0].memory_id], lambda _: Batch(added=rows))
    assert await contents(resources) == []


async def test_reports_of_maintenance_for_everybody_lose_only_what_they_say_of_the_user(resources: Resources) -> None:
    await take_in(resources, said(KEY), said("I like tea.", user="bob"))
    limits = Limits(max_memories=0)
    everybodys = await resources.jobs.start(Order(job=Job.PRUNING, owner="acme", limits=limits))
    anns = await resources.jobs.start(Order(job=Job.PRUNING, owner="acme", user="ann", limits=limits, dry_run=True))
    await tend(resources)
    await take_in(resources, erasure())
    report = (await resources.jobs.get("acme", everybodys.id)).report
    assert [candidate.content for candidate in report.candidates] == ["I like tea."]
    with pytest.raises(NotFound):
        await resources.jobs.get("acme", anns.id)


async def test_a_receipt_about_many_users_loses_only_what_it_says_of_the_user(resources: Resources) -> None:
    await take_in(resources, said(KEY), said("I like tea.", user="bob"))
    shards = range(resources.settings.shards)
    everything = [MemoriesForgotten(scope=Scope(owner="acme"), where=EVERYTHING, shard=shard) for shard in shards]
    await take_in(resources, *everything)
    await take_in(resources, erasure())
    receipts = [await resources.receipts.get("acme", event.id) for event in everything]
    texts = [verdict.text for receipt in receipts if receipt is not None for verdict in receipt.verdicts]
    assert sorted(texts) == ["", "I like tea."]


async def test_dead_letters_of_the_user_go_and_others_stay(resources: Resources) -> None:
    bad = [said("unstorable: " + KEY), said("unstorable: tea", user="bob"), said("unstorable: tea", owner="other")]
    await resources.mailbox.accept(bad)
    await work(failing(resources, Poison("unstorable")))
    for user in ("ann", "bob"):
        unread = orjson.dumps({"user_id": user, "content": KEY, "api_key": "nobodys"})
        await resources.redis.xadd(QUEUE_DEAD, {"data": unread, "headers": b"{}", "error": "x"})
    await take_in(resources, erasure())
    left = await resources.mailbox.dead_letters.list()
    assert {(letter.owner, letter.event.scope.user) for letter in left if letter.event} == {("acme", "bob"), ("other", "ann")}
    assert await resources.redis.xlen(QUEUE_DEAD) == 2  # an unknown key's: nobody can tell whose user that is


async def test_a_queues_dead_letter_goes_where_its_key_tells_whose_it_is(resources: Resources) -> None:
    keys = {owner: await issue_key(resources.keys, owner, "test") for owner in ("acme", "other")}
    for owner in keys:
        headers = orjson.dumps({"authorization": f"Token {keys[owner].secret}"})
        await resources.redis.xadd(QUEUE_DEAD, {"data": b'{"user_id": "ann", "content": 1}', "headers": headers, "error": "x"})
    await take_in(resources, erasure())
    [(_, left)] = await resources.redis.xrange(QUEUE_DEAD)
    assert keys["other"].secret.encode() in left[b"headers"]


async def test_a_chat_that_was_under_way_keeps_no_turn(resources: Resources) -> None:
    conversations = Conversations(resources.redis, resources.settings)
    began = await erased.now(resources.redis)
    await take_in(resources, erasure())
    await conversations.add(ANN, "c", Turn("Where is the key?", "Under the pot."), began=began)
    assert await conversations.turns(ANN, "c") == []
    await conversations.add(ANN, "c", Turn("Hello.", "Hello."), began=began + 3600)
    assert await conversations.turns(ANN, "c") == [Turn("Hello.", "Hello.")]


async def test_old_files_stay_for_the_grace_of_open_reads_and_go_after_it(resources: Resources) -> None:
    time = Time(datetime.now(UTC))
    resources = replace(resources, clock=time)
    await take_in(resources, said(KEY))
    erasing = UserErased(scope=ANN)
    await take_in(resources, erasing)
    await tend(resources)
    rewritten = await told(resources, erasing)
    assert (rewritten.status, rewritten.rewritten_at) == (ErasureStatus.ERASED, time.now)
    time.now += timedelta(seconds=resources.settings.erasure_grace_s - 1)
    await tend(resources)
    assert (await told(resources, erasing)).scan is None
    time.now += timedelta(seconds=2)
    await tend(resources)
    assert (await told(resources, erasing)).status is ErasureStatus.COMPLETE
