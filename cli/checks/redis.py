"""Redis, and what it tells about the workers and what waits for them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from redis.asyncio import Redis

from cli.checks.finding import Finding, broken, fine, note, without_secrets
from cli.doors import runs_elsewhere_or_here
from cli.redis_server import find_server
from cli.refusal import Refused
from core.heartbeat import alive
from core.lifecycle import Waiting, waiting
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.redis import open_redis
from core.settings import Settings
from schemas.errors import Unavailable

_PATIENCE_S = 2.0


async def check_redis(settings: Settings) -> list[Finding]:
    """The server, its durability, the processes that beat, what waits and what failed."""
    if not await runs_elsewhere_or_here(settings):
        return [_embedded_at_rest()]
    volatile = settings.model_copy(update={"redis_allow_volatile": True})  # look at it whatever it is like
    try:
        async with asyncio.timeout(_PATIENCE_S):
            redis = await open_redis(volatile, "doctor")
    except (Unavailable, TimeoutError) as error:
        said = f"{without_secrets(settings.redis_dsn)}: {str(error) or 'no answer'}"
        return [broken("redis", said, "start it, or correct MNEME_REDIS_URL")]
    try:
        return [_server(await redis.info(), settings), *await _processes(redis), *await _events(redis, settings)]
    finally:
        await redis.aclose()


def _embedded_at_rest() -> Finding:
    try:
        return note("redis", f"embedded, not running; `mneme up` starts {find_server()}")
    except Refused as refusal:
        return broken("redis", str(refusal), "on Debian: apt install redis-server")


def _server(info: Mapping[str, Any], settings: Settings) -> Finding:
    appends, policy = bool(info.get("aof_enabled")), info.get("maxmemory_policy")
    where = without_secrets(settings.redis_dsn)
    memory = info.get("used_memory_human")
    said = f"{info.get('redis_version')} at {where}, append-only file {'on' if appends else 'OFF'}, {policy}, {memory} used"
    if not appends and not settings.redis_allow_volatile:
        return broken("redis", said, "set `appendonly yes` there: a crash of it would lose accepted events")
    if info.get("maxmemory") and policy != "noeviction":
        return broken("redis", said, "set `maxmemory-policy noeviction` there: it throws accepted events away when memory is short")
    return note("redis", said, "a crash of it loses accepted events (MNEME_REDIS_ALLOW_VOLATILE)") if not appends else fine("redis", said)


async def _processes(redis: Redis) -> list[Finding]:
    consequences = {
        "worker": "what is sent is kept, but nothing is made of it",
        "tender": "the store is not kept compact, dead owners' shards wait",
    }
    found = []
    for kind, consequence in consequences.items():
        living = await alive(redis, kind)
        advice = f"start one: mneme up, or the Procfile's `{kind}`"
        found.append(fine(kind, f"{len(living)} alive") if living else broken(kind, f"none is alive: {consequence}", advice))
    return found


async def _events(redis: Redis, settings: Settings) -> list[Finding]:
    mailbox = Mailbox(redis, settings, wake=ArqWake(redis))
    oldest_s, letters = await mailbox.oldest_age_s() or 0.0, await mailbox.dead_letters.count()
    depths = (await mailbox.depth()).values()
    events, size = sum(depth.live + depth.bulk for depth in depths), sum(depth.bytes for depth in depths)
    said = f"{events} waiting ({size / 1e6:.1f} MB), the oldest for {oldest_s:.1f} s"
    late = oldest_s > settings.ready_max_lag_s
    return [
        broken("events", said, "the workers do not keep up: see what they print, or run more of them") if late else fine("events", said),
        _receipts(*await mailbox.receipts_bytes()),
        _outbox(await waiting(redis)),
        note("dead letters", f"{letters} failed for good", "see why: mneme dead-letters list") if letters else fine("dead letters", "none"),
    ]


def _receipts(taken: int, most: int) -> Finding:
    said = f"{taken / 1e6:.1f} MB of Redis' memory, of {most / 1e6:.0f} they may take"
    if taken < 0.99 * most:
        return fine("receipts", said)
    return note("receipts", f"{said}; the oldest go early", "raise MNEME_RECEIPTS_MAX_BYTES (and Redis' maxmemory) to keep them longer")


def _outbox(lies: Waiting) -> Finding:
    said = f"{lies.events} lifecycle events on their way to brokers and webhooks"
    if not lies.dropped:
        return fine("outbox", said)
    return note("outbox", f"{said}; {lies.dropped} were dropped of late", "more waited than MNEME_OUTBOX_MAX: read memories anew")
