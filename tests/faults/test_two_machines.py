"""Two machines' worth of processes on one Redis and one S3-compatible store: killed, stopped and deployed, they lose and double nothing."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from machines import Machines, machines, object_store
from redis_server import RedisServer

MESSAGES = 80
USERS = 8
LEASE_S = 2


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machines]:
    """Two webs and two workers; nothing but Redis' address and the store's joins them."""
    redis = RedisServer()
    redis.start()
    try:
        with (
            object_store(tmp_path) as keys,
            machines(
                tmp_path, redis.url, "s3://mneme/store", MNEME_LEASE_S=str(LEASE_S), MNEME_LINGER_S="0.2", MNEME_LOG_LEVEL="INFO", **keys
            ) as started,
        ):
            for name in ("left", "right"):
                started.start_web(f"{name}-web")
                started.start_worker(f"{name}-worker")
            started.start("tender", "workers.main", "maintenance")
            started.wait_until_ready(workers=2)
            yield started
    finally:
        redis.stop()


def accept(client: httpx.Client, number: int) -> str:
    body: dict[str, Any] = {"user_id": f"user-{number % USERS}", "async_mode": True, "infer": False, "output_format": "v1.1"}
    body["messages"] = [{"role": "user", "content": f"Note number {number}."}]
    answer = client.post("/v1/memories/", json=body, headers={"Idempotency-Key": f"note-{number}"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["results"][0]["event_id"])


def wait_until_closed(client: httpx.Client, ids: list[str]) -> None:
    deadline = time.monotonic() + 100
    for event_id in ids:
        while (status := client.get(f"/v1/event/{event_id}/").json().get("status")) != "SUCCEEDED":
            assert time.monotonic() < deadline, status
            time.sleep(0.1)


def order_upkeep(both: Machines) -> None:
    """It reads and writes the bucket by a library of its own."""
    both.start("order", "cli.main", "maintenance", "run", "upkeep")
    assert both.running["order"].wait(60) == 0, both.said("order") + both.said("tender")
    assert ": upkeep, succeeded" in both.said("order")


def everything(client: httpx.Client) -> list[tuple[str, str]]:
    found = [client.post("/v3/memories/?page_size=200", json={"filters": {"user_id": f"user-{user}"}}).json() for user in range(USERS)]
    return sorted((row["user_id"], row["memory"]) for page in found for row in page["results"])


@pytest.mark.timeout(240)
def test_a_stopped_worker_and_a_deployed_one_lose_and_double_nothing(both: Machines) -> None:
    """What one web accepts the other can read. A worker stopped in mid-batch for longer than its lease does not write once it goes on;
    one that is told to end in mid-batch does so in order."""
    with both.client("left-web") as left, both.client("right-web") as right, ThreadPoolExecutor(4) as senders:
        first = list(senders.map(lambda number: accept((left, right)[number % 2], number), range(MESSAGES // 2)))
        both.send("left-worker", signal.SIGSTOP)
        second = list(senders.map(lambda number: accept((left, right)[number % 2], number), range(MESSAGES // 2, MESSAGES)))
        wait_until_closed(right, [*first, *second])  # the other one takes over what it held
        both.send("left-worker", signal.SIGCONT)
        third = [accept(left, number) for number in range(MESSAGES, MESSAGES + 20)]
        both.send("right-worker", signal.SIGTERM)
        assert both.running["right-worker"].wait(60) == 0, both.said("right-worker")
        wait_until_closed(left, third)
        wanted = sorted((f"user-{number % USERS}", f"Note number {number}.") for number in range(MESSAGES + 20))
        order_upkeep(both)
        assert everything(left) == everything(right) == wanted
