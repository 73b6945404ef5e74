"""How fast is a queue worked off? Messages on Redis Streams until all are accepted, with one consumer, over a Redis of its own.

python -m bench.queue [--messages 10000] [--kills 0]      --kills: how often the consumer is killed meanwhile
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from redis import Redis

from core.bus.names import DEAD, INGEST

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from redis_server import RedisServer

_SHARDS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    server = RedisServer()
    server.start()
    try:
        with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder, Redis.from_url(server.url) as redis:
            run(redis, server.url, folder, given.messages, given.kills)
    finally:
        server.stop()


def run(redis: Redis, url: str, folder: str, messages: int, kills: int) -> None:
    """Prints a rate, and whether each message was accepted once."""
    fill(redis, messages)
    for _ in range(kills):
        with consumer(url, folder) as running:
            until_fewer(redis)
            running.kill()
    with consumer(url, folder) as running:
        left, started = until_fewer(redis), time.perf_counter()
        wait(lambda: not redis.xlen(INGEST))
        seconds = time.perf_counter() - started
        running.terminate()
    accepted = sum(redis.xlen(f"mneme:box:{shard}:{lane}") for shard in range(_SHARDS) for lane in ("live", "bulk"))
    print(f"{messages:,} messages, {kills} kills: {accepted:,} accepted, {redis.xlen(DEAD):,} refused")
    print(f"the last {left:,}: {left / seconds:,.0f} a second")


def until_fewer(redis: Redis) -> int:
    """Wait for the consumer to have begun; gives how many messages are left."""
    before = redis.xlen(INGEST)
    wait(lambda: redis.xlen(INGEST) < before)
    return int(redis.xlen(INGEST))


def fill(redis: Redis, messages: int) -> None:
    pipe = redis.pipeline(transaction=False)
    for number in range(messages):
        body = {"user_id": f"user-{number % 200}", "content": f"Note number {number}.", "infer": False}
        pipe.xadd(INGEST, {"data": json.dumps(body)})
    pipe.execute()


def wait(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 300
    while not condition():
        if time.monotonic() > give_up:
            sys.exit("it does not come to an end")
        time.sleep(0.005)


def consumer(url: str, folder: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MNEME_") or name == "MNEME_MODELS_DIR"}
    ours = {"MNEME_REDIS_URL": url, "MNEME_DATA_DIR": folder, "MNEME_BROKER_TRUSTED_OWNER": "bench", "MNEME_BROKER_CLAIM_S": "1"}
    return subprocess.Popen([sys.executable, "-m", "ingest.consumer"], env={**clean, **ours, "MNEME_LOG_LEVEL": "WARNING"})


if __name__ == "__main__":
    main()
