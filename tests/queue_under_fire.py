"""A queue of messages, malformed ones among them, worked off by a Mneme whose consumer and worker are killed meanwhile."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from brokers import NatsServer, RabbitServer
from killing import kill
from producers import PRODUCERS
from redis_server import RedisServer
from server import Server, running

VICTIMS = ("ingest.consumer", "workers.main pipeline")
USERS = 50
_PATIENCE_S = 300


@dataclass(frozen=True)
class Plan:
    """How many messages, how many of rubbish among them, and how often somebody is killed."""

    messages: int
    malformed: int
    kills: int
    seed: int = 7

    def bodies(self, broker: str) -> list[bytes]:
        """All there is to publish on a broker, shuffled."""
        bodies = [self._body(broker, number) for number in range(self.messages)]
        bodies += [b'{"broken": %d' % number for number in range(self.malformed)]
        random.Random(self.seed).shuffle(bodies)
        return bodies

    def expected(self, brokers: Iterable[str]) -> Counter[tuple[str, str]]:
        """What must be known in the end, as (user, text)."""
        return Counter((user_of(broker, number), f"Note number {number}.") for broker in brokers for number in range(self.messages))

    @staticmethod
    def _body(broker: str, number: int) -> bytes:
        return json.dumps({"user_id": user_of(broker, number), "content": f"Note number {number}.", "infer": False}).encode()


def user_of(broker: str, number: int) -> str:
    """Each broker has users of its own."""
    return f"{broker}-{number % USERS}"


@contextmanager
def broker_url(name: str) -> Iterator[str]:
    """A broker of its own, running."""
    broker = {"redis": RedisServer, "rabbit": RabbitServer, "nats": NatsServer}[name]()
    broker.start()
    try:
        yield broker.url
    finally:
        broker.stop()


@contextmanager
def mneme_on(urls: Iterable[str], data_dir: Path) -> Iterator[Server]:
    """A whole Mneme that consumes these brokers and notices soon that somebody died."""
    soon = {"MNEME_LEASE_S": "2", "MNEME_SWEEP_S": "1", "MNEME_BROKER_CLAIM_S": "1"}
    with running(data_dir, MNEME_BROKER_URLS=",".join(urls), MNEME_BROKER_TRUSTED_OWNER="default", **soon) as server:
        yield server


def fire(server: Server, urls: Mapping[str, str], plan: Plan) -> float:
    """Publish it all on each broker and kill meanwhile; gives the seconds until every readable message was a memory."""
    started, messages = time.monotonic(), plan.messages * len(urls)
    chance = random.Random(plan.seed)
    with ThreadPoolExecutor() as threads, server.client() as client:
        producers = [threads.submit(asyncio.run, PRODUCERS[name](url, plan.bodies(name))) for name, url in urls.items()]
        for number in range(plan.kills):
            wait_for(server, lambda part=number: stored(client) >= messages * part // (plan.kills + 1))
            kill(server, VICTIMS[number % len(VICTIMS)])
            time.sleep(chance.uniform(0, 0.2))  # not a wait for anything: when the next is killed is left to chance
        for producer in producers:
            producer.result(_PATIENCE_S)
        wait_for(server, lambda: stored(client) >= messages)
    wait_for(server, lambda: len(letters(server)) >= plan.malformed * len(urls))
    return time.monotonic() - started


def wait_for(server: Server, condition) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, server.output()
        time.sleep(0.25)


def stored(client: httpx.Client) -> int:
    """How many memories there are; -1 where there is no answer just now."""
    try:
        answer = client.get("/v1/memory/stats")
    except httpx.TransportError:
        return -1
    return int(answer.json()["total_memories"]) if answer.status_code == 200 else -1


def known(server: Server, brokers: Iterable[str]) -> Counter[tuple[str, str]]:
    """Every memory of the brokers' users as (user, text), as many times as it is there."""
    found: Counter[tuple[str, str]] = Counter()
    with server.client() as client:
        for user in (user_of(broker, number) for broker in brokers for number in range(USERS)):
            page = 1
            while rows := _rows(client, user, page):
                found.update((row["user_id"], row["memory"]) for row in rows)
                page += 1
    return found


def letters(server: Server) -> list[str]:
    """The dead letters as the command lists them, a line each."""
    return [line for line in server.mneme("dead-letters", "list", "--queue", "--limit", "1000").splitlines() if "not valid JSON" in line]


def _rows(client: httpx.Client, user: str, page: int) -> list[dict[str, str]]:
    answer = client.post(f"/v3/memories/?page={page}&page_size=200", json={"filters": {"user_id": user}})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])
