"""/health says that the process lives; /ready that it can serve, and if not, why."""

from redis.asyncio import Redis
from structlog.testing import capture_logs

from core.heartbeat import beat
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.scope import Scope

_EVENT = MessagesReceived(scope=Scope(owner="acme", user="alice"), messages=(Message(role="user", content="Hi"),))


async def test_a_process_that_lives_says_so_without_a_key(serve):
    client = await serve()
    assert ((await client.get("/health")).json(), (await client.get("/health/")).status_code) == ({"status": "ok"}, 200)


async def test_ready_with_redis_store_and_a_worker(serve, redis):
    client = await serve()
    await beat(redis, "worker", "w1")
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert set(answer.json()["checks"]) == {"redis", "store", "workers", "lag"}


async def test_not_ready_without_a_worker(serve):
    client = await serve()
    with capture_logs() as lines:
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert {line["log_level"] for line in lines} == {"debug"}  # whoever starts us asks ten times a second
    assert [name for name, check in answer.json()["checks"].items() if not check["ok"]] == ["workers"]
    assert "no worker is alive" in answer.json()["checks"]["workers"]["error"]


async def test_not_ready_when_events_wait_too_long(serve, redis, resources):
    await beat(redis, "worker", "w1")
    await resources.mailbox.accept([_EVENT])
    assert (await (await serve()).get("/ready")).status_code == 200
    answer = await (await serve(ready_max_lag_s=1e-9)).get("/ready")
    assert (answer.status_code, answer.json()["checks"]["lag"]["ok"]) == (503, False)


async def test_not_ready_without_redis_but_the_answer_comes_all_the_same(serve):
    async with Redis(unix_socket_path="/nowhere.sock") as nowhere:
        client = await serve(redis=nowhere)
        answer = await client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["redis"] == {"ok": False, "error": "ConnectionError"}
    assert answer.json()["checks"]["store"] == {"ok": True}
