"""Whatever owners do, and whenever they die: every accepted event is closed once, in its order, and nothing else is left."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from core.mailbox import Entry, Lease, Mailbox
from core.mailbox.entry import is_barrier
from core.mailbox.keys import lane_key
from core.receipts import Receipts
from core.settings import Settings
from schemas.errors import LeaseLost
from schemas.event import Event, MemoriesForgotten, MessagesReceived
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope
from schemas.search import EVERYTHING

OWNERS, USERS = ("a", "b"), ("x", "y", "z")

MOVES = st.one_of(
    st.tuples(st.just("accept"), st.sampled_from(OWNERS), st.sampled_from(USERS), st.sampled_from(("live", "live", "bulk"))),
    st.tuples(st.just("flood"), st.sampled_from(OWNERS)),
    st.tuples(st.just("forget"), st.sampled_from(OWNERS)),
    st.tuples(st.just("retry"), st.integers(0, 30)),
    st.tuples(st.just("take")),
    st.tuples(st.just("read"), st.integers(1, 10)),
    st.tuples(st.just("close"), st.integers(1, 10)),
    st.tuples(st.just("close"), st.integers(1, 10)),
    st.tuples(st.just("bury")),
    st.tuples(st.just("die")),
    st.tuples(st.just("release")),
    st.tuples(st.just("late")),
    st.tuples(st.just("again")),
)


@dataclass
class World:
    redis: Redis
    mailbox: Mailbox
    accepted: list[Event] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    lease: Lease | None = None
    window: list[Entry] = field(default_factory=list)
    dead: list[tuple[Lease, list[Entry]]] = field(default_factory=list)
    last: list[Entry] = field(default_factory=list)

    async def move(self, name: str, *args) -> None:
        await getattr(self, name)(*args)

    async def accept(self, owner: str, user: str, lane: str) -> None:
        await self._accept(MessagesReceived(scope=Scope(owner=owner, user=user), lane=lane, messages=()))

    async def flood(self, owner: str) -> None:
        await self._accept(*(MessagesReceived(scope=Scope(owner=owner, user=f"f{n % 3}"), messages=()) for n in range(6)))

    async def forget(self, owner: str) -> None:
        await self._accept(MemoriesForgotten(scope=Scope(owner=owner), where=EVERYTHING, shard=0))

    async def _accept(self, *events: Event) -> None:
        await self.mailbox.accept(events)
        self.accepted += events

    async def retry(self, index: int) -> None:
        if self.accepted:
            await self.mailbox.accept([self.accepted[index % len(self.accepted)]])

    async def take(self) -> None:
        taken = await self.mailbox.take(0, "worker")
        assert (taken is None) == (self.lease is not None), "one owner at a time, and never none for long"
        if taken:
            self.lease, self.window = taken, []

    async def read(self, count: int) -> None:
        if self.lease:
            entries = await self.mailbox.read(self.lease, count=count)
            await self.mailbox.mark_running(self.lease, entries)
            self.window += entries

    async def close(self, most: int) -> None:
        if self.lease:
            ready = self._ready()[:most]
            await self.mailbox.close(self.lease, ready, [receipt(entry, ReceiptStatus.SUCCEEDED) for entry in ready])
            self._done(ready)

    async def bury(self) -> None:
        if self.lease and (ready := self._ready()):
            await self.mailbox.bury(self.lease, ready[0], receipt(ready[0], ReceiptStatus.FAILED))
            self._done(ready[:1])

    async def again(self) -> None:
        if self.lease and self.last:
            await self.mailbox.close(self.lease, self.last, [receipt(entry, ReceiptStatus.FAILED) for entry in self.last])

    async def die(self) -> None:
        if self.lease:
            await self.redis.delete("mneme:box:0:lease")  # it has run out
            self.dead.append((self.lease, self.window))
            self.lease, self.window = None, []

    async def release(self) -> None:
        if self.lease:
            await self.mailbox.release(self.lease)
            self.lease, self.window = None, []

    async def late(self) -> None:
        """A dead owner that did not know it tries to go on."""
        for lease, entries in self.dead:
            try:
                await self.mailbox.close(lease, entries, [receipt(entry, ReceiptStatus.FAILED) for entry in entries])
            except LeaseLost:
                continue
            assert not entries, "an owner without the lease has closed something"

    async def weigh(self) -> None:
        """Whatever has happened, the bytes that are counted are those that lie there."""
        rows = [row for lane in ("live", "bulk") for row in await self.redis.xrange(lane_key(0, lane))]
        assert (await self.mailbox.depth())[0].bytes == sum(len(fields[b"event"]) for _, fields in rows)

    async def end(self) -> None:
        await self.take()
        while len(self.closed) < len(self.accepted):
            before = len(self.closed), len(self.window)
            await self.read(100)
            await self.close(100)
            assert (len(self.closed), len(self.window)) != before, "some events never come"

    def _ready(self) -> list[Entry]:
        """What may be closed now: of each subject the oldest; a barrier when nothing of its owner is before it."""
        ready: list[Entry] = []
        for index, entry in enumerate(self.window):
            if not any(ordered(earlier.event, entry.event) for earlier in self.window[:index]):
                ready.append(entry)
        return ready

    def _done(self, entries: list[Entry]) -> None:
        self.closed += [entry.event.id for entry in entries]
        self.last = list(entries)
        self.window = [entry for entry in self.window if entry not in entries]


def ordered(one: Event, other: Event) -> bool:
    """Whether their order matters."""
    if one.scope.owner != other.scope.owner:
        return False
    return one.subject == other.subject or is_barrier(one) or is_barrier(other)


def receipt(entry: Entry, status: ReceiptStatus) -> Receipt:
    event = entry.event
    at = event.accepted_at
    return Receipt(event_id=event.id, owner=event.scope.owner, kind=event.kind, status=status, created_at=at, updated_at=at)


def check_order(world: World) -> None:
    place = {event_id: index for index, event_id in enumerate(world.closed)}
    assert len(place) == len(world.closed) == len(world.accepted), "every event is closed once"
    for index, later in enumerate(world.accepted):
        for earlier in world.accepted[:index]:
            assert not ordered(earlier, later) or place[earlier.id] < place[later.id]


async def check_nothing_left(world: World) -> None:
    depth = (await world.mailbox.depth())[0]
    assert (depth.live, depth.bulk) == (0, 0)
    await world.mailbox.release(world.lease)
    left = {key.decode() for key in await world.redis.keys()}
    lasting = {f"mneme:box:0:{part}" for part in ("live", "bulk", "state", "woken")} | {"mneme:dead", "mneme:dead:bytes"}
    told = ("mneme:receipt", "mneme:closings", "mneme:weight", "mneme:lifecycle")
    assert all(key in lasting or key.startswith(told) for key in left), left


async def simulate(url: str, moves: list[tuple]) -> None:
    configured = Settings(redis_url=url, shards=1, flood_events=4, _env_file=None)
    redis = Redis.from_url(url)

    async def wake(shard: int) -> None:
        pass

    try:
        await redis.flushall()
        world = World(redis, Mailbox(redis, configured, wake=wake))
        for name, *args in moves:
            await world.move(name, *args)
        await world.weigh()
        await world.end()
        check_order(world)
        await check_nothing_left(world)
        receipts = Receipts(redis, configured)
        for event in world.accepted:
            found = await receipts.get(event.scope.owner, event.id)
            assert found is not None
            assert found.status.closed
    finally:
        await redis.aclose()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves=st.lists(MOVES, min_size=5, max_size=60))
def test_every_accepted_event_is_closed_once_and_in_order_whatever_dies(redis_url, moves):
    asyncio.run(simulate(redis_url, moves))
