"""A mailbox over a real Redis, and the events that go into it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from core.mailbox import Entry, Lease, Mailbox
from core.receipts import Receipts
from core.settings import Settings
from schemas.event import Event, MemoriesForgotten, MessagesReceived
from schemas.message import Message
from schemas.receipt import Action, Receipt, ReceiptStatus, Verdict
from schemas.scope import Scope
from schemas.search import EVERYTHING


@dataclass
class Woken:
    """Stands in for arq: remembers which shards were woken, or fails."""

    shards: list[int] = field(default_factory=list)
    error: Exception | None = None

    async def __call__(self, shard: int) -> None:
        if self.error:
            raise self.error
        self.shards.append(shard)


@dataclass
class Post:
    """One mailbox and all that goes with it."""

    redis: Redis
    settings: Settings
    woken: Woken
    mailbox: Mailbox
    receipts: Receipts

    def said(self, text: str = "hello", *, owner: str = "o", user: str = "u", **fields: object) -> Event:
        return MessagesReceived(scope=Scope(owner=owner, user=user), messages=(Message(role="user", content=text),), **fields)

    def forget_all(self, *, owner: str = "o", shard: int = 0) -> Event:
        return MemoriesForgotten(scope=Scope(owner=owner), where=EVERYTHING, shard=shard)

    def closed(self, entry: Entry, text: str = "The user says hello.") -> Receipt:
        event = entry.event
        return Receipt(
            event_id=event.id,
            owner=event.scope.owner,
            kind=event.kind,
            status=ReceiptStatus.SUCCEEDED,
            verdicts=(Verdict(action=Action.ADD, text=text),),
            created_at=event.accepted_at or event.occurred_at,
            updated_at=event.occurred_at,
            completed_at=event.occurred_at,
        )

    def failed(self, entry: Entry, error: str = "it can't be read") -> Receipt:
        return self.closed(entry).model_copy(update={"status": ReceiptStatus.FAILED, "verdicts": (), "error": error})

    async def taken(self, shard: int = 0, owner: str = "worker") -> Lease:
        lease = await self.mailbox.take(shard, owner)
        assert lease is not None
        return lease

    async def taken_over(self, shard: int = 0) -> Lease:
        """The next lease, once the present one has run out."""
        async with asyncio.timeout(60):
            while (lease := await self.mailbox.take(shard, "next")) is None:  # noqa: ASYNC110 - Redis' clock decides
                await asyncio.sleep(0.01)
        return lease

    async def time_passes(self, shard: int = 0) -> None:
        """The shard's lease and its commit lock run out."""
        for what in ("lease", "commit"):
            await self.redis.pexpire(f"mneme:box:{shard}:{what}", 1)

    async def close(self, lease: Lease, *entries: Entry) -> None:
        await self.mailbox.close(lease, entries, [self.closed(entry) for entry in entries])

    async def keys(self, *but: str) -> set[str]:
        """Every key there is, but those that begin with one of `but`."""
        return {key for raw in await self.redis.keys() if not (key := raw.decode()).startswith(but)}


MakePost = Callable[..., Post]


@pytest.fixture
def make_post(redis: Redis, redis_url: str) -> MakePost:
    """Makes a post of one shard, with the settings given."""

    def make(**changes: object) -> Post:
        settings = Settings(**{"redis_url": redis_url, "redis_timeout_s": 60, "shards": 1, "_env_file": None, **changes})
        woken = Woken()
        return Post(redis, settings, woken, Mailbox(redis, settings, wake=woken), Receipts(redis, settings))

    return make


@pytest.fixture
def post(make_post: MakePost) -> Post:
    return make_post()


@pytest.fixture
async def listening(post: Post) -> AsyncIterator[None]:
    async with post.receipts.listening():
        yield
