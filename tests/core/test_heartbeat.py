"""Whoever looks can tell which processes live."""

from redis.asyncio import Redis

from core.heartbeat import DEAD_S, alive, beat, beating, stop


async def test_a_process_lives_from_its_first_beat_to_its_good_end(redis):
    assert await alive(redis, "worker") == []
    async with beating(redis, "worker", "w1"):
        assert await alive(redis, "worker") == ["w1"]
        assert await alive(redis, "tender") == []
    assert await alive(redis, "worker") == []


async def test_a_process_that_fell_silent_counts_as_dead(redis):
    await beat(redis, "worker", "old")
    await redis.zincrby("mneme:alive:worker", -DEAD_S - 1, "old")
    await beat(redis, "worker", "new")
    assert await alive(redis, "worker") == ["new"]
    assert await redis.zcard("mneme:alive:worker") == 1


async def test_with_all_processes_gone_nothing_stays_behind(redis):
    await beat(redis, "worker", "w1")
    assert 0 < await redis.ttl("mneme:alive:worker") <= DEAD_S
    await stop(redis, "worker", "w1")
    assert await redis.exists("mneme:alive:worker") == 0


async def test_a_redis_that_is_away_does_not_end_the_process():
    async with Redis(unix_socket_path="/nowhere.sock") as nowhere, beating(nowhere, "worker", "w1"):
        pass
