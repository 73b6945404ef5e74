"""The wake-up: a real arq worker, a real queue."""

import asyncio

import pytest
from arq.worker import Worker, func

from core.mailbox.wake import PIPELINE_QUEUE, ArqWake, deserialize, redis_settings, serialize

# arq 0.28 closes its pool by the old name
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")


def worker(post, drained, *, burst=True):
    async def drain(ctx, shard):
        drained.append(shard)
        await post.mailbox.release(await post.taken(shard))

    return Worker(
        functions=[func(drain, name="drain", keep_result=0, max_tries=1)],
        redis_settings=redis_settings(post.settings),
        queue_name=PIPELINE_QUEUE,
        job_serializer=serialize,
        job_deserializer=deserialize,
        burst=burst,
        poll_delay=0.01,
        handle_signals=False,
    )


async def run(post):
    drained = []
    arq = worker(post, drained)
    await arq.async_run()
    await arq.close()
    return drained


async def test_a_woken_shard_is_drained_once_however_often_it_is_woken(post, redis):
    wake = ArqWake(redis)
    for _ in range(3):
        await wake(0)
    assert await run(post) == [0]
    await wake(0)
    assert await run(post) == [0], "the job before does not stand in the way of the next"


async def test_nothing_but_the_jobs_lies_in_the_queue(post, redis):
    wake = ArqWake(redis)
    for _ in range(3):
        await wake(0)
    assert await redis.zcard(PIPELINE_QUEUE) == 1
    await run(post)
    assert await redis.keys("arq:job:*") == await redis.keys("arq:result:*") == []


async def test_a_job_whose_worker_died_before_it_took_the_shard_does_not_block_the_next(post, redis):
    wake = ArqWake(redis)
    await wake(0)
    await redis.psetex("arq:in-progress:drain:0:0", 60_000, b"1")
    await wake(0)
    drained = []
    arq = worker(post, drained, burst=False)
    running = asyncio.create_task(arq.async_run())
    async with asyncio.timeout(60):
        while not drained:  # noqa: ASYNC110 - arq's own polling decides
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await arq.close()
    assert drained == [0]


async def test_a_job_that_has_failed_for_good_does_not_block_the_next(post, redis):
    wake = ArqWake(redis)
    await redis.set("arq:result:drain:0:0", b"{}")
    await wake(0)
    assert await run(post) == [0]


def test_a_job_whose_result_is_an_exception_can_be_written():
    assert b"boom" in serialize({"r": RuntimeError("boom")})
    assert deserialize(serialize({"f": "drain", "a": (1,)})) == {"f": "drain", "a": [1]}


def test_arq_is_given_the_same_redis(make_post):
    tls = redis_settings(make_post(redis_url="rediss://me:p%40ss@redis.example:7000/3?ssl_cert_reqs=none").settings)
    assert (tls.host, tls.port, tls.database, tls.username, tls.password) == ("redis.example", 7000, 3, "me", "p@ss")
    assert (tls.ssl, tls.ssl_cert_reqs, tls.unix_socket_path) == (True, "none", None)
    socket = redis_settings(make_post(redis_url="unix:///tmp/a%20b/redis.sock?db=2").settings)
    assert (socket.unix_socket_path, socket.database, socket.ssl) == ("/tmp/a b/redis.sock", 2, False)
