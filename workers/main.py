"""The two arq workers, their functions and their cron table: `python -m workers.main pipeline|maintenance`."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, nullcontext
from functools import partial
from typing import Any

import structlog
from arq import ArqRedis, cron
from arq.worker import Worker, func
from redis.exceptions import RedisError

from core.heartbeat import beating
from core.logging import configure_logging, told
from core.mailbox.couriers import WEBHOOK_QUEUE
from core.mailbox.jobs import MAINTENANCE_QUEUE
from core.mailbox.wake import PIPELINE_QUEUE, deserialize, redis_settings, serialize
from core.memory import give_back
from core.priority import give_way
from core.redis import open_redis
from core.resources import Resources, open_resources
from core.settings import Settings
from core.store.upkeep import Upkeep
from core.webhooks.posting import Post
from schemas.errors import Unavailable
from schemas.ids import new_id
from workers.drain import drain as drain_shard
from workers.maintenance import Pace, recalled, run_job, schedule, sweep, tend
from workers.relay.brokers import broker_roads
from workers.relay.deliver import deliver, redeliver
from workers.relay.relaying import Road, relaying
from workers.relay.webhooks import WEBHOOKS, to_webhooks
from workers.stages.embed import micro_batcher

log = structlog.get_logger()

_GRACE_S = 60
"""How much longer than its slice a drain may take to let its last events end."""
_RUN_S = 6 * 3_600
"""Longest stretch of a maintenance run; one that takes longer is interrupted and goes on."""
_TENDER_JOBS = 16
"""Jobs of a tender at once. More than the runs it carries out, so that these never keep it from sweeping."""
_COURIERS = 32
"""Webhooks that one tender delivers to at once."""
_STOP_S = 5
"""How long a stopping worker waits for commits under way."""


async def drain(ctx: dict[str, Any], shard: int) -> int:
    """arq function: own a shard until it is empty or the slice is over."""
    closed = await drain_shard(shard, ctx["resources"], ctx["batcher"], ctx["name"])
    await asyncio.to_thread(give_back)
    return closed


def pipeline(settings: Settings) -> Worker:
    """Turns events into memories."""
    return _worker(
        settings,
        "worker",
        queue_name=PIPELINE_QUEUE,
        functions=[func(drain, name="drain", keep_result=0, max_tries=1)],
        max_jobs=settings.worker_shards,
        job_timeout=2 * settings.slice_s + _GRACE_S,
        poll_delay=0.05,
    )


def maintenance(settings: Settings) -> Worker:
    """Tends what is stored; wakes shards nobody owns."""
    return _worker(
        settings,
        "tender",
        queue_name=MAINTENANCE_QUEUE,
        cron_jobs=[
            cron(sweep, name="sweep", second=_seconds(settings.sweep_s), keep_result=0, max_tries=1),
            cron(tend, name="tend", second=set(range(0, 60, 5)), keep_result=0, max_tries=1, timeout=900),
            cron(schedule, name="schedule", second=set(range(1, 60, 2)), keep_result=0, max_tries=1),
            cron(recalled, name="recalled", second=_seconds(settings.accesses_every_s), keep_result=0, max_tries=1, timeout=900),
        ],
        functions=[func(run_job, name="run_job", keep_result=0, max_tries=1, timeout=_RUN_S)],
        max_jobs=_TENDER_JOBS,
        poll_delay=0.2,
    )


def _seconds(every_s: float) -> set[int]:
    """The seconds of a minute at which something comes that often."""
    return set(range(0, 60, min(60, max(1, round(every_s)))))


WORKERS: dict[str, Callable[[Settings], Worker]] = {"pipeline": pipeline, "maintenance": maintenance}


def _worker(settings: Settings, kind: str, **options: Any) -> Worker:
    stack = AsyncExitStack()

    async def start(ctx: dict[str, Any]) -> None:
        ctx.update(await stack.enter_async_context(_held_open(settings, kind)))

    async def stop(ctx: dict[str, Any]) -> None:
        await stack.aclose()

    return Worker(
        redis_settings=redis_settings(settings),
        job_serializer=serialize,
        job_deserializer=deserialize,
        on_startup=start,
        on_shutdown=stop,
        handle_signals=False,
        log_results=False,
        **options,
    )


@asynccontextmanager
async def _held_open(settings: Settings, kind: str) -> AsyncIterator[dict[str, Any]]:
    name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-8:]}"
    async with (
        open_resources(settings, client=kind, embeds=kind == "worker") as resources,
        micro_batcher(resources.embedder) as batcher,
        beating(resources.redis, kind, name),
        _handing_on(resources, name) if kind == "tender" else nullcontext(),
    ):
        log.info(f"{kind}.started", name=name)
        yield {"resources": resources, "batcher": batcher, "upkeep": Upkeep(resources.store), "pace": Pace(), "name": name}
    log.info(f"{kind}.stopped", name=name)


@asynccontextmanager
async def _handing_on(resources: Resources, name: str) -> AsyncIterator[None]:
    """Beside a tender's own jobs: lifecycle events go to brokers and webhooks, by couriers with a queue of their own."""
    roads: dict[str, Road] = {WEBHOOKS: partial(to_webhooks, resources), **broker_roads(resources.settings)}
    async with aclosing(Post(resources.settings)) as post, relaying(resources, name, roads):
        stopping = asyncio.Event()
        delivering = asyncio.create_task(keep_delivering(stopping, resources=resources, post=post, name=name))
        try:
            yield
        finally:
            stopping.set()
            await asyncio.wait([delivering], timeout=_STOP_S)
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)


def couriers(pool: ArqRedis, **ctx: Any) -> Worker:
    """Delivers to webhooks, within a tender, whose doors it is given. Closes the pool when it ends."""
    return Worker(
        redis_pool=pool,
        job_serializer=serialize,
        job_deserializer=deserialize,
        queue_name=WEBHOOK_QUEUE,
        functions=[func(deliver, name="deliver", keep_result=0, max_tries=1)],
        cron_jobs=[cron(redeliver, name="redeliver", second={7, 37}, keep_result=0, max_tries=1, run_at_startup=True)],
        ctx=ctx,
        max_jobs=_COURIERS,
        poll_delay=0.5,
        handle_signals=False,
        log_results=False,
    )


async def keep_delivering(stopping: asyncio.Event, resources: Resources, **ctx: Any) -> None:
    """Run couriers until told to stop, others after those that Redis failed; `ctx` has the `post` and the `name` they deliver with."""
    while not stopping.is_set():
        try:
            async with _courier_pool(resources.settings) as pool:
                await _until(stopping, couriers(pool, resources=resources, **ctx))
        except (RedisError, Unavailable, OSError) as error:
            log.warning("couriers.restarting", error=told(error))
            await _first(stopping.wait(), asyncio.sleep(1))


@asynccontextmanager
async def _courier_pool(settings: Settings) -> AsyncIterator[ArqRedis]:
    """Not arq's own way to connect: stopped in the middle of that, it leaves what it opened open."""
    redis = await open_redis(settings, "courier")
    try:
        yield ArqRedis(redis.connection_pool, serialize, deserialize)
    finally:
        await redis.aclose()


async def run(make: Callable[[Settings], Worker], settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT. arq gives up when Redis goes away: it is started again, with back-off."""
    stopping = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    wait_s = 0.5
    while not stopping.is_set():
        worker = make(settings)
        try:
            await _until(stopping, worker)
            wait_s = 0.5
        except (RedisError, Unavailable, OSError) as error:
            log.warning("worker.restarting", error=told(error), wait_s=wait_s)
            await _first(stopping.wait(), asyncio.sleep(wait_s))
            wait_s = min(30.0, 2 * wait_s)
        except Exception as error:
            if not stopping.is_set():
                raise
            log.warning("worker.stopped_badly", error=told(error))  # what it had under way is another's, as after a death


async def _until(stopping: asyncio.Event, worker: Worker) -> None:
    """Run until told to stop; then every job is cancelled, which ends its commit and frees its shard, and waited for."""
    try:
        await _first(stopping.wait(), worker.async_run())
    finally:
        await _cancelled(worker)
        try:
            await worker.close()
        finally:  # arq asks Redis for something first, and where that is away it leaves open what the worker holds
            if worker.on_shutdown:
                await worker.on_shutdown(worker.ctx)


async def _cancelled(worker: Worker) -> None:
    """What ends in time has ended; arq is to wait for the rest no longer, nor to fall over those that were cancelled."""
    tasks, worker.tasks = list(worker.tasks.values()), {}
    for task in tasks:
        task.cancel()
    if tasks:
        done, late = await asyncio.wait(tasks, timeout=_STOP_S)
        failed = [error for task in done if not task.cancelled() and (error := task.exception())]
        if late or failed:
            log.warning("worker.jobs_left", late=len(late), failed=[told(error) for error in failed])


async def _first(*awaitables: Any) -> None:
    """Wait for the first to end, cancel the others, and raise what it raised."""
    tasks = [asyncio.ensure_future(awaitable) for awaitable in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else ""
    if kind not in WORKERS:
        sys.exit(f"usage: python -m workers.main {'|'.join(WORKERS)}")
    settings = Settings()
    configure_logging(settings)
    give_way(settings.worker_nice)
    import uvloop

    uvloop.run(run(WORKERS[kind], settings))


if __name__ == "__main__":
    main()
