"""Webhooks under a clock the test sets: receivers that are down, slow, gone or picky, and nothing lost, doubled or out of order."""

import asyncio
import dataclasses
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import pytest
from maintenance_house import NOW, Time

from core.lifecycle import Told
from core.mailbox.couriers import WEBHOOK_QUEUE
from core.resources import Resources
from core.webhooks.posting import Answer
from schemas.errors import Conflict, NotFound
from schemas.lifecycle import LifecycleEvent, LifecycleKind
from schemas.webhook import DeliveryStatus, Webhook
from workers.main import keep_delivering
from workers.relay.deliver import deliver, redeliver
from workers.relay.webhooks import to_webhooks


@dataclass
class Receiver:
    """Stands in for the other end of the line."""

    answers: Callable[[dict[str, Any]], int | None] = lambda details: 200
    """By what is delivered: a status, or None for no answer at all."""
    tries: int = 0
    got: list[tuple[dict[str, Any], bytes, dict[str, str]]] = field(default_factory=list)

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.tries += 1
        details = orjson.loads(body)["event_details"]
        status = self.answers(details)
        if status == 200:
            self.got.append((details, body, headers))
        return Answer(status, None if status == 200 else "it does not answer")

    def about(self, memory_id: str) -> list[str]:
        return [details["data"]["memory"] for details, _, _ in self.got if details["id"] == memory_id]


@dataclass
class Post:
    """Everything between the outbox and the receiver, with a clock."""

    resources: Resources
    time: Time
    receiver: Receiver
    webhook: Webhook

    async def happens(self, *events: LifecycleEvent) -> None:
        async with to_webhooks(self.resources) as hand_on:
            await hand_on([Told(f"{place + 1}-0", event) for place, event in enumerate(events)])

    async def deliver(self) -> int:
        return await deliver({"resources": self.resources, "post": self.receiver, "name": "test"}, self.webhook.id)

    async def pass_time(self, seconds: float) -> None:
        """Come back whenever something is due, as arq would be asked to."""
        ends = self.time.now + timedelta(seconds=seconds)
        while (due := await self.resources.deliveries.next_at(self.webhook.id)) is not None and due <= ends:
            self.time.now = max(self.time.now, due)
            await self.deliver()
        self.time.now = ends

    async def statuses(self) -> list[tuple[str, int]]:
        return [(one.status.value, one.attempts) for one in await self.resources.deliveries.page(self.webhook.id, 1000)]


def changed(memory: str, number: int, kind: LifecycleKind = LifecycleKind.UPDATED, **fields: Any) -> LifecycleEvent:
    given = {"owner": "acme", "user_id": "ann", "memory_id": memory, "content": str(number), "event_id": f"e{number}", "at": NOW} | fields
    return LifecycleEvent(id=f"{memory}-{number}-{kind}", kind=kind, **given)


@pytest.fixture
async def post(resources: Resources) -> Post:
    time = Time()
    resources = dataclasses.replace(resources, clock=time)
    types = ("memory_add", "memory_update", "memory_categorize", "ingest_job_completed")
    webhook = Webhook(
        owner="acme", project="default", name="crm", url="http://crm.example/hook", event_types=types, secret="s3cret",
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    await resources.webhooks.create(webhook)
    return Post(resources, time, Receiver(), webhook)


async def test_a_receiver_that_is_down_for_ten_minutes_gets_everything_in_order_and_signed(post: Post) -> None:
    up_again = NOW + timedelta(minutes=10)
    post.receiver.answers = lambda _: 200 if post.time.now >= up_again else None
    for number in range(30):
        await post.happens(*(changed(memory, number) for memory in ("m1", "m2", "m3", "m4", "m5")))
        await post.deliver()
        await post.pass_time(10)
    assert post.receiver.got == []
    tried_while_down = post.receiver.tries
    assert tried_while_down < 500  # rests between its tries
    await post.pass_time(3600)
    for memory in ("m1", "m2", "m3", "m4", "m5"):
        assert post.receiver.about(memory) == [str(number) for number in range(30)]
    for _, body, headers in post.receiver.got:
        at, _, signature = headers["X-Mneme-Signature"].partition(",")
        expected = hmac.new(b"s3cret", at.removeprefix("t=").encode() + b"." + body, sha256).hexdigest()
        assert signature == f"v1={expected}"
    assert len({headers["X-Mneme-Delivery"] for _, _, headers in post.receiver.got}) == 150
    assert await post.resources.deliveries.counts(post.webhook.id) == {"waiting": 0, "dropped": 0}
    assert await post.resources.deliveries.busy() == []


async def test_one_delivery_nobody_takes_holds_up_only_its_own_memory_and_is_given_up_after_a_day(post: Post) -> None:
    post.receiver.answers = lambda details: 500 if details["id"] == "bad" and details["data"]["memory"] == "1" else 200
    await post.happens(changed("bad", 1), changed("good", 1), changed("bad", 2), changed("good", 2))
    await post.deliver()
    assert post.receiver.about("good") == ["1", "2"]
    await post.pass_time(23 * 3600)
    assert post.receiver.about("bad") == []
    await post.pass_time(2 * 3600)
    assert post.receiver.about("bad") == ["2"]
    [failed] = [one for one in await post.resources.deliveries.page(post.webhook.id, 10) if one.status is DeliveryStatus.FAILED]
    assert (failed.body["event_details"]["data"]["memory"], failed.answer) == ("1", 500)


async def test_a_failed_delivery_is_sent_again_by_hand_with_the_same_id(post: Post) -> None:
    post.receiver.answers = lambda _: 404
    await post.happens(changed("m", 1))
    await post.pass_time(25 * 3600)
    [failed] = await post.resources.deliveries.page(post.webhook.id, 10)
    assert failed.status is DeliveryStatus.FAILED
    post.receiver.answers = lambda _: 200
    await post.resources.deliveries.replay(post.webhook.id, failed.id)
    with pytest.raises(Conflict):
        await post.resources.deliveries.replay(post.webhook.id, failed.id)
    with pytest.raises(NotFound):
        await post.resources.deliveries.replay(post.webhook.id, "unknown")
    assert await post.deliver() == 1
    assert post.receiver.got[0][2]["X-Mneme-Delivery"] == failed.id


async def test_what_is_told_twice_is_delivered_once(post: Post) -> None:
    for _ in range(2):
        await post.happens(changed("m", 1), changed("m", 2))
        await post.deliver()
    assert post.receiver.about("m") == ["1", "2"]


async def test_a_webhook_gets_only_the_kinds_it_asked_for_and_only_its_owners(post: Post) -> None:
    added = changed("m", 1, LifecycleKind.ADDED, categories=("food",))
    done = changed("m", 4, LifecycleKind.DONE, memory_id=None, content=None, event_kind="messages.received", counts={"ADD": 1})
    await post.happens(added, changed("m", 2, LifecycleKind.DELETED), changed("m", 3, owner="other"), done)
    await post.deliver()
    told = [details["event"] for details, _, _ in post.receiver.got]
    assert sorted(told) == ["ADD", "CATEGORIZE", "INGEST_JOB_COMPLETED"]
    assert told.index("ADD") < told.index("CATEGORIZE")
    first = next(details for details, _, _ in post.receiver.got if details["event"] == "ADD")
    assert (first["id"], first["data"], first["user_id"]) == ("m", {"memory": "1"}, "ann")


async def test_a_deleted_webhook_gets_nothing_more_and_leaves_nothing_behind(post: Post) -> None:
    await post.happens(changed("m", 1))
    await post.resources.webhooks.delete(post.webhook)
    assert await post.deliver() == 0
    assert post.receiver.tries == 0
    assert await post.resources.redis.keys(f"mneme:webhook:{post.webhook.id}:*") == []


async def test_a_dead_couriers_webhook_is_woken_again(post: Post) -> None:
    ctx = {"resources": post.resources, "name": "test"}
    assert await redeliver(ctx) == 0
    await post.happens(changed("m", 1))
    assert await redeliver(ctx) == 1
    await post.deliver()
    assert await redeliver(ctx) == 0


@pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # arq closes its pool so
async def test_couriers_that_start_deliver_what_dead_ones_left(post: Post) -> None:
    await post.happens(changed("m", 1))
    await post.resources.redis.delete(WEBHOOK_QUEUE)  # what the dead had been asked
    stopping = asyncio.Event()
    delivering = asyncio.create_task(keep_delivering(stopping, resources=post.resources, post=post.receiver, name="test"))
    try:
        async with asyncio.timeout(60):
            while not post.receiver.got:  # noqa: ASYNC110 - the receiver sets no event
                await asyncio.sleep(0.02)
    finally:
        stopping.set()
        await delivering
    assert post.receiver.about("m") == ["1"]


async def test_the_line_and_the_log_are_bounded(post: Post) -> None:
    settings = post.resources.settings.model_copy(update={"webhook_queue_max": 5, "webhook_log_max": 3})
    post.resources = dataclasses.replace(post.resources, settings=settings)
    await post.happens(*(changed(f"m{number}", number) for number in range(8)))
    assert await post.resources.deliveries.counts(post.webhook.id) == {"waiting": 5, "dropped": 3}
    assert await post.deliver() == 5
    assert await post.statuses() == [("delivered", 1)] * 3


async def test_what_is_erased_is_delivered_no_more_and_what_waits_behind_it_goes_on(post: Post) -> None:
    deliveries = post.resources.deliveries
    await post.happens(changed("m", 1), changed("m", 2), changed("n", 1))
    kept = [one async for chunk in deliveries.all(post.webhook.id) for one in chunk]
    assert len(kept) == 3
    first = next(one for one in kept if one.body["event_details"]["data"]["memory"] == "1" and one.about == "m")
    await deliveries.drop(post.webhook.id, [first])
    await post.deliver()
    assert (post.receiver.about("m"), post.receiver.about("n")) == (["2"], ["1"])
    await deliveries.drop(post.webhook.id, kept)
    assert [one async for chunk in deliveries.all(post.webhook.id) for one in chunk] == []
    assert await deliveries.page(post.webhook.id, 10) == []
