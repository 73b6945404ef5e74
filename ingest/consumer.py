"""Consumer: what outside producers publish to a broker takes the same door as HTTP. `python -m ingest.consumer`."""

import asyncio
import os
import signal
import socket
import sys
from functools import partial

import structlog
from redis.exceptions import RedisError

from core.bus.opening import make_bus, urls_of
from core.bus.serving import serve
from core.heartbeat import beating
from core.keyring import Keyring
from core.logging import configure_logging, told
from core.resources import open_resources
from core.settings import Settings
from ingest.taking import Taking
from schemas.errors import BadInput, Unavailable
from schemas.ids import new_id

log = structlog.get_logger()

_PAUSE_MAX_S = 30.0


async def consume(settings: Settings) -> None:
    """Consume every broker the settings name, side by side, until cancelled. Raises Unavailable when Redis or the store are away."""
    name = f"{socket.gethostname()}:{os.getpid()}:{new_id()[-8:]}"
    async with open_resources(settings, client="consumer", embeds=False) as resources, beating(resources.redis, "consumer", name):
        keyring = Keyring(resources.keys, resources.redis)
        taking = Taking(resources, keyring)
        log.info("consumer.started", name=name)
        async with asyncio.TaskGroup() as group:
            group.create_task(keyring.keep_uses())
            for bus_name, url in urls_of(settings).items():
                group.create_task(serve(partial(make_bus, bus_name, url, settings), taking))


async def run(settings: Settings) -> None:
    """Consume until SIGTERM or SIGINT. What is not acknowledged by then comes again."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    consuming = asyncio.create_task(_again_and_again(settings))
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait({consuming, told}, return_when=asyncio.FIRST_COMPLETED)
    for task in (consuming, told):
        task.cancel()
    await asyncio.gather(told, return_exceptions=True)
    try:
        await consuming
    except asyncio.CancelledError:
        log.info("consumer.stopped")


async def _again_and_again(settings: Settings) -> None:
    pause_s = 0.5
    while True:
        try:
            await consume(settings)
        except (Unavailable, RedisError, OSError) as error:
            log.warning("consumer.restarting", error=told(error), wait_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(_PAUSE_MAX_S, 2 * pause_s)


def main() -> None:
    settings = Settings()
    configure_logging(settings)
    import uvloop

    try:
        for name, url in urls_of(settings).items():
            make_bus(name, url, settings)  # what is wrong with the settings is said at once
        uvloop.run(run(settings))
    except BadInput as error:
        sys.exit(f"mneme: {error}")


if __name__ == "__main__":
    main()
