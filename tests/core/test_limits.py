"""What an account may use: counted over all processes, in the calendar's windows, refused at the limit and not one before."""

import asyncio
import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from limits.aio.storage import RedisStorage
from redis.asyncio import Redis

from core.limits import FRESH_S, Limits
from core.resources import Resources
from schemas.errors import LimitReached, NotFound, RateReached
from schemas.plan import Metered, Quota, Window, begins, ends

NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)


@dataclass
class Time:
    """A clock that a test sets."""

    wall: datetime = NOON
    monotonic: float = 0.0

    def __call__(self) -> datetime:
        return self.wall

    def passes(self, **much: float) -> None:
        self.wall += timedelta(**much)
        self.monotonic += timedelta(**much).total_seconds()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def process(resources: Resources, time: Time):
    """`process(plan="free")`: one web process' limits."""

    def start(redis: Redis | None = None, **changes) -> Limits:
        settings = resources.settings.model_copy(update=changes)
        return Limits(redis or resources.redis, settings, resources.keys, resources.reader, clock=time, now=lambda: time.monotonic)

    return start


@pytest.mark.parametrize(
    ("window", "now", "start", "end"),
    [
        (Window.DAY, NOON, datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (Window.MONTH, NOON, datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)),
        (Window.MONTH, datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_windows_are_the_calendars_in_utc(window, now, start, end):
    assert (begins(window, now), ends(window, now)) == (start, end)
    assert begins(window, end) == end


async def test_without_a_plan_nothing_is_refused_and_all_is_counted(process):
    limits = process()
    for _ in range(3):
        await limits.spend("acme", "searches", 1_000)
    await limits.settled()
    another = process()
    assert (await another.usage("acme")).searches.used == 3_000
    await limits.require("acme", "tokens")
    await limits.room("acme", 10**9)
    usage = await limits.usage("acme")
    assert (usage.plan, usage.searches.used, usage.searches.limit, usage.memories.limit) == ("none", 3_000, None, None)


async def test_the_hundredth_search_of_a_day_is_free_and_the_next_is_refused_by_every_process(process, time: Time):
    one, other = process(plan="free"), process(plan="free")
    for _ in range(50):
        await one.spend("acme", Metered.SEARCHES)
        await other.spend("acme", Metered.SEARCHES)
    for limits in (one, other, process(plan="free")):
        with pytest.raises(LimitReached) as refused:
            await limits.spend("acme", Metered.SEARCHES)
    assert (refused.value.limit, refused.value.remaining) == (100, 0)
    assert refused.value.resets_at == int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    assert refused.value.retry_after_s == 12 * 3600 + 1
    assert (await one.usage("acme")).searches.used == 100
    await one.spend("other", Metered.SEARCHES)
    time.passes(hours=12)
    await one.spend("acme", Metered.SEARCHES)
    assert (await one.usage("acme")).searches.used == 1


async def test_many_at_once_get_exactly_what_there_is(process):
    limits = process(plan="free")
    outcomes = await asyncio.gather(*(limits.spend("acme", Metered.SEARCHES) for _ in range(140)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 100


async def test_tokens_are_counted_after_they_are_spent_and_asked_for_before(process):
    limits = process(plan="free")
    await limits.require("acme", Metered.TOKENS)
    await limits.spend("acme", Metered.TOKENS, 99_999)
    await limits.require("acme", Metered.TOKENS)
    await limits.spend("acme", Metered.TOKENS, 5_000)
    with pytest.raises(LimitReached, match="100000 tokens a month"):
        await limits.require("acme", Metered.TOKENS)
    assert (await limits.usage("acme")).tokens.used == 104_999


async def test_memories_are_refused_where_there_is_no_room_for_them(process):
    limits = process(plan="free")
    await limits.room("acme", 1_000)
    with pytest.raises(LimitReached) as refused:
        await limits.room("acme", 1)
    assert (refused.value.limit, refused.value.retry_after_s) == (1_000, 3_600)


async def test_room_is_looked_for_anew_before_anybody_is_refused(process, time: Time):
    """What was accepted and left nothing behind takes no room."""
    limits = process(plan="free")
    await limits.room("acme", 1_000)
    time.passes(seconds=1)
    await limits.room("acme", 1)


async def test_an_owner_has_the_plan_it_was_put_on_soon_after(process, resources: Resources, time: Time):
    limits = process(plan="starter")
    await resources.keys.create_owner("acme", "acme")
    assert (await limits.plan("acme")).name == "starter"
    await resources.keys.set_plan("acme", "enterprise")
    time.passes(seconds=FRESH_S)
    assert (await limits.plan("acme")).name == "enterprise"
    await resources.keys.set_plan("acme", "default")
    time.passes(seconds=FRESH_S)
    assert (await limits.plan("acme")).searches == Quota(1_000, Window.MONTH)
    with pytest.raises(NotFound):
        await resources.keys.set_plan("nobody", "free")


async def test_more_requests_a_second_than_allowed_are_refused_for_that_owner_only(process):
    one, other = process(requests_per_s=5), process(requests_per_s=5)
    outcomes = await asyncio.gather(*(limits.admit("acme") for limits in (one, other) for _ in range(5)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert 4 <= len(refused) <= 5  # a second may end meanwhile
    assert all(isinstance(error, RateReached) and error.retry_after_s == 1 for error in refused)
    await one.admit("other")
    for _ in range(20):
        await process().admit("acme")


async def test_names_of_owners_do_not_run_together(process):
    limits = process(plan="free")
    for owner in ("a", "a:b", "a/5/1/second", "", "*"):
        await limits.spend(owner, Metered.SEARCHES, 40)
    for owner in ("a", "a:b", "a/5/1/second", "", "*"):
        assert (await limits.usage(owner)).searches.used == 40


async def test_searches_without_a_limit_are_counted_in_one_round_trip_an_owner(process, monkeypatch):
    limits, trips = process(), []
    inner = RedisStorage.incr

    async def incr(self, key, *how):
        trips.append(key)
        return await inner(self, key, *how)

    monkeypatch.setattr(RedisStorage, "incr", incr)
    for n in range(3):
        await limits.plan(f"owner{n}")
    await asyncio.gather(*(limits.spend(f"owner{n % 3}", Metered.SEARCHES) for n in range(30)))
    await limits.settled()
    assert len(trips) == len(set(trips)) == 3
    assert [(await process().usage(f"owner{n}")).searches.used for n in range(3)] == [10, 10, 10]


async def test_usage_is_told_while_searches_go_on_without_a_pause(process):
    limits, begun = process(), asyncio.Event()

    async def search():
        for count in itertools.count():
            await limits.spend("acme", Metered.SEARCHES)
            if count == 2:
                begun.set()
            await asyncio.sleep(0)

    searching = asyncio.create_task(search())
    async with asyncio.timeout(10):
        await begun.wait()
        assert (await limits.usage("acme")).searches.used >= 3
    searching.cancel()


async def test_searches_without_a_limit_that_redis_does_not_hear_of_are_given_up(process):
    async with Redis(unix_socket_path="/nowhere.sock") as nowhere:
        limits = process(nowhere)
        for owner in ("one", "two"):
            await limits.spend(owner, Metered.SEARCHES)
        await limits.settled()
    assert (await process().usage("one")).searches.used == 0


async def test_while_redis_is_away_nobody_is_refused(process):
    async with Redis(unix_socket_path="/nowhere.sock") as nowhere:
        limits = process(nowhere, plan="free", requests_per_s=1)
        for _ in range(3):
            await limits.admit("acme")
        await limits.spend("acme", Metered.SEARCHES, 1_000)
        await limits.require("acme", Metered.TOKENS)
