"""`mneme up` with a broker: what is published becomes a memory, what is broken shows up where one looks for it."""

import json
import time
from pathlib import Path

import redis
from server import Server

from cli.plan import make_plan
from cli.redis_server import socket_path


def test_from_the_stream_into_search(live_server: Server) -> None:
    with live_server.client() as client, redis.Redis(unix_socket_path=str(socket_path(live_server.data_dir))) as stream:
        message = {"user_id": "queued", "content": "I love green tea."}
        stream.xadd("mneme.ingest", {"data": json.dumps(message), "x-api-key": live_server.api_key})
        stream.xadd("mneme.ingest", {"data": json.dumps(message)})
        found: list[str] = []
        give_up = time.monotonic() + 60
        while not found or stream.xlen("mneme.ingest"):
            assert time.monotonic() < give_up, live_server.output()
            page = client.post("/v3/memories/", json={"filters": {"user_id": "queued"}}).json()
            found = [row["memory"] for row in page["results"]]
            time.sleep(0.05)
        assert found == ["The user loves green tea."]
        assert "no API key" in live_server.mneme("dead-letters", "list", "--queue")
        assert client.get("/asyncapi").json()["channels"]["ingest"]["address"] == "mneme.ingest"
        assert live_server.mneme("dead-letters", "drop", "--queue", "all").strip() == "1 dropped"


def test_without_a_broker_there_is_no_consumer(tmp_path: Path) -> None:
    names = {
        consumes: [process.name for process in make_plan("127.0.0.1", 0, tmp_path / str(consumes), None, consumes=consumes).processes]
        for consumes in (False, True)
    }
    assert names == {False: ["web", "worker", "tender"], True: ["web", "worker", "tender", "consumer"]}
