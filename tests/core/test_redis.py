"""What is asked of a Redis before events are entrusted to it, and how it is talked to."""

import asyncio
from contextlib import suppress

import pytest
from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis_server import RedisServer

from core import redis as door
from core.redis import open_redis, redis_errors
from core.settings import Settings
from schemas.errors import Unavailable


@pytest.fixture
def server():
    servers = []

    def start(*options):
        server = RedisServer(*options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


def settings(url, **more):
    return Settings(redis_url=url, _env_file=None, **more)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (("--appendonly", "no"), "appendonly yes"),
        (("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), "noeviction"),
    ],
)
async def test_a_redis_that_would_lose_events_is_refused_unless_told_otherwise(server, options, advice):
    url = server(*options).url
    with pytest.raises(Unavailable, match=advice):
        await open_redis(settings(url))
    client = await open_redis(settings(url, redis_allow_volatile=True))
    assert await client.ping()
    await client.aclose()


async def test_a_redis_that_is_full_says_so_and_takes_no_part_of_an_event(server):
    client = await open_redis(settings(server().url))
    await client.config_set("maxmemory", 1)
    with pytest.raises(Unavailable), redis_errors():
        await client.set("a", b"x")
    with pytest.raises(Unavailable), redis_errors():
        await client.eval("redis.call('SET', 'a', '1')", 0)
    await client.aclose()


async def test_a_redis_that_is_not_there_is_named_without_its_password(monkeypatch):
    monkeypatch.setattr(door, "_START_S", 0.0)
    with pytest.raises(Unavailable, match=r"localhost:1 does not answer") as refused:
        await open_redis(settings("redis://me:secret@localhost:1/0"))
    assert "secret" not in refused.value.message


async def test_a_wrong_password_is_told_at_once(server):
    url = server().url
    client = await open_redis(settings(url))
    await client.config_set("requirepass", "right")
    for wrong in (url, url.replace("unix://", "unix://:wrong@")):
        with pytest.raises(Unavailable, match="refuses us"):
            await open_redis(settings(wrong))
    await client.aclose()


async def test_a_url_that_is_none_is_told_at_once():
    with pytest.raises(Unavailable, match="MNEME_REDIS_URL"):
        await open_redis(settings("http://nothing"))


async def test_the_client_is_named_in_the_servers_list(redis_url):
    client = await open_redis(settings(redis_url), "worker")
    assert "worker" in [row["name"] for row in await client.client_list()]
    await client.aclose()


async def test_a_cancelled_task_ends_whatever_it_was_just_asking(redis_url):
    client = await open_redis(settings(redis_url))

    async def ask():
        while True:
            await client.ping()

    for ticks in range(1, 200):
        task = asyncio.create_task(ask())
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        _, swallowed = await asyncio.wait([task], timeout=30)
        assert not swallowed, f"cancelled after {ticks} ticks, it goes on"
    await client.aclose()


async def test_a_server_that_says_nothing_is_given_up(tmp_path):
    impatient = settings(f"unix://{tmp_path}/silent.sock").model_copy(update={"redis_timeout_s": 0.1})

    async def silent(reader, writer):
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(silent, tmp_path / "silent.sock"):
        client = door.Redis.from_pool(door._pool(impatient, "test"))
        async with asyncio.timeout(60):
            with pytest.raises(Unavailable), redis_errors():
                await client.ping()
        await client.aclose()


@pytest.mark.parametrize(
    ("url", "kind", "other"),
    [
        ("redis://h:1/0", Connection, SSLConnection),
        ("rediss://h:1/0", SSLConnection, UnixDomainSocketConnection),
        ("unix:///tmp/x", UnixDomainSocketConnection, Connection),
    ],
)
def test_each_kind_of_url_gets_its_kind_of_connection(url, kind, other):
    connection = door._pool(settings(url), "test").connection_class
    assert issubclass(connection, kind)
    assert not issubclass(connection, other)
