"""The store and Redis as short commands open them: whether Mneme runs at the moment or not."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog
from redis.asyncio import Redis

from cli.configuration import read_settings, with_redis
from cli.redis_server import answers, socket_path
from cli.refusal import Refused
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.models.space import space_of
from core.redis import open_redis
from core.settings import Settings
from core.store.connection import Store

Given = TypeVar("Given")


def settings_of(data: Path | None) -> Settings:
    """The command's settings, with `--data` over the environment. Raises Refused."""
    return with_redis(read_settings(data_dir=data))


def wait_for(work: Coroutine[Any, Any, Given]) -> Given:
    """Runs a command's work to its end, with warnings only on the terminal."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("WARNING"))
    return asyncio.run(work)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The store, made where there is none yet. Raises Conflict when it was made with another embedding model."""
    model, dimension = space_of(settings)
    store = await Store.open(settings.store_location, shards=settings.shards, embedding_model=model, dimension=dimension)
    try:
        yield store
    finally:
        await store.close()


async def runs_elsewhere_or_here(settings: Settings) -> bool:
    """Whether there is a Redis to talk to: the embedded one only runs while `mneme up` does."""
    socket = socket_path(settings.data_dir)
    return settings.redis_url not in (None, f"unix://{socket}") or await answers(socket)


@asynccontextmanager
async def open_redis_if_any(settings: Settings) -> AsyncIterator[Redis | None]:
    """Redis, or None while the embedded one is not running. Raises Unavailable where one runs elsewhere and does not answer."""
    if not await runs_elsewhere_or_here(settings):
        yield None
        return
    redis = await open_redis(settings, "mneme-cli")
    try:
        yield redis
    finally:
        await redis.aclose()


@asynccontextmanager
async def open_mailbox(settings: Settings) -> AsyncIterator[Mailbox]:
    """The mailbox. Raises Refused while the embedded Redis is not running."""
    async with open_redis_if_any(settings) as redis:
        if redis is None:
            raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up")
        yield Mailbox(redis, settings, wake=ArqWake(redis))
