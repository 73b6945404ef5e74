"""Everything a process holds open: opened and closed once, passed as an argument."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis

from core.accesses import Accesses
from core.clock import Clock, system_clock
from core.limits import Limits
from core.mailbox import Mailbox
from core.mailbox.bulk import BulkJobs
from core.mailbox.couriers import Couriers
from core.mailbox.jobs import Jobs
from core.mailbox.wake import ArqWake
from core.memory import settle, share_arenas
from core.models.chat import ChatModel, open_chat
from core.models.deferred_embedder import DeferredEmbedder
from core.models.embedding import Embedder, open_embedder
from core.profiles import Profiles
from core.projects import Projects
from core.receipts import Receipts
from core.redis import open_redis
from core.renewal import renewing
from core.settings import Settings
from core.shapes import Shapes
from core.store.connection import Store
from core.store.keys import Keys
from core.store.reader import Reader
from core.store.records import Records
from core.store.runs import Runs
from core.webhooks.deliveries import Deliveries
from core.webhooks.registry import Webhooks

_LOOK_S = 60.0
"""How often it is looked whether the store has become worth more memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """One process' doors. Tests build it from stand-ins; nothing else makes clients."""

    settings: Settings
    clock: Clock
    redis: Redis
    mailbox: Mailbox
    receipts: Receipts
    store: Store
    reader: Reader
    keys: Keys
    limits: Limits
    accesses: Accesses
    projects: Projects
    embedder: Embedder
    chat: ChatModel | None
    """None where no chat model is configured: the built-in rules do its work."""

    @property
    def jobs(self) -> Jobs:
        """Maintenance, to be ordered."""
        return Jobs(self.redis, self.settings, Runs(self.store), clock=self.clock)

    @property
    def bulk(self) -> BulkJobs:
        """Imports and bulk uploads, as far as they have come."""
        return BulkJobs(self.redis, self.settings, clock=self.clock)

    @property
    def webhooks(self) -> Webhooks:
        """Whom owners want to be told."""
        return Webhooks(self.records, self.redis)

    @property
    def deliveries(self) -> Deliveries:
        """What is on its way to webhooks."""
        return Deliveries(self.redis, self.settings, clock=self.clock)

    @property
    def couriers(self) -> Couriers:
        """Who delivers to webhooks, to be woken."""
        return Couriers(self.redis)

    @property
    def profiles(self) -> Profiles:
        """Users' profiles."""
        return Profiles(self.records)

    @property
    def shapes(self) -> Shapes:
        """Exports in applications' schemas."""
        return Shapes(self.redis, self.settings, clock=self.clock)

    @property
    def records(self) -> Records:
        """What owners have configured."""
        return Records(self.store, clock=self.clock)


@asynccontextmanager
async def open_resources(
    settings: Settings, *, client: str = "mneme", clock: Clock = system_clock, embeds: bool = True, searches: bool = False
) -> AsyncIterator[Resources]:
    """Open all doors, close them in reverse order. `client` names the process in Redis' list; where it seldom `embeds`,
    the embedding model is loaded by the first text instead of now; one that `searches` keeps more of the store's indexes at hand as
    the store grows.

    Raises Unavailable when something does not answer, Conflict when the store was made with other settings.
    """
    share_arenas()
    async with AsyncExitStack() as doors:
        redis = await open_redis(settings, client)
        doors.push_async_callback(redis.aclose)
        embedder = await open_embedder(settings) if embeds else DeferredEmbedder(settings)
        doors.push_async_callback(embedder.close)
        store = await doors.enter_async_context(_open_store(settings, embedder, searches))
        chat = await open_chat(settings)
        if chat is not None:
            doors.push_async_callback(chat.close)
        await doors.enter_async_context((receipts := Receipts(redis, settings)).listening())
        settle()
        reader, keys, accesses = Reader(store, clock=clock), Keys(store), Accesses(redis, settings)
        limits = Limits(redis, settings, keys, reader, clock=clock)
        doors.push_async_callback(accesses.settled)
        doors.push_async_callback(limits.settled)
        yield Resources(
            settings=settings,
            clock=clock,
            redis=redis,
            mailbox=Mailbox(redis, settings, wake=ArqWake(redis), fence=store.fence),
            receipts=receipts,
            store=store,
            reader=reader,
            keys=keys,
            limits=limits,
            accesses=accesses,
            projects=Projects(Records(store, clock=clock), keys, redis, clock=clock),
            embedder=embedder,
            chat=chat,
        )


@asynccontextmanager
async def _open_store(settings: Settings, embedder: Embedder, searches: bool) -> AsyncIterator[Store]:
    store = await Store.open(
        settings.store_location,
        shards=settings.shards,
        embedding_model=embedder.name,
        dimension=embedder.dimension,
        index_cache_bytes=(settings.index_cache_mb or 0) << 20 if searches else 0,
    )
    async with AsyncExitStack() as doors:
        doors.push_async_callback(store.close)
        if searches and settings.index_cache_mb is None:
            await store.keep_more()
            await doors.enter_async_context(renewing(_LOOK_S, store.keep_more))
        yield store
