"""Who listens is told: a stream over HTTP and a receiver on loopback, of a whole server."""

import hmac
import json
import queue
import secrets
import threading
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from server import Server

WAIT_S = 60


@pytest.fixture
def received() -> Iterator[tuple[str, "queue.Queue[tuple[dict[str, str], bytes]]"]]:
    """A receiver's URL, and what it got."""
    got: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.put((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def client(live_server: Server) -> Iterator[httpx.Client]:
    """An account's of its own."""
    key = live_server.mneme("key", "create", "--owner", f"told-{secrets.token_hex(4)}").strip()
    with live_server.client(key) as client:
        yield client


def say(client: httpx.Client, text: str) -> dict[str, Any]:
    added = client.post("/v1/memories/", json={"messages": [{"role": "user", "content": text}], "user_id": "ann", "infer": False})
    assert added.status_code == 200, added.text
    row: dict[str, Any] = added.json()[0]
    return row


def events(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    """The next events of a stream, each with its place."""
    found: list[dict[str, Any]] = []
    place = ""
    for line in lines:
        if line.startswith("id: "):
            place = line.removeprefix("id: ")
        elif line.startswith("data: "):
            found.append({**json.loads(line.removeprefix("data: ")), "place": place})
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {found}")


def test_a_memory_reaches_the_stream_and_the_webhook(live_server: Server, client: httpx.Client, received: Any) -> None:
    url, got = received
    made = client.post("/api/v1/webhooks/projects/default/", json={"url": url, "name": "crm", "event_types": ["memory_add"]}).json()
    with client.stream("GET", "/v1/lifecycle", headers={"Accept": "text/event-stream"}, params={"user_id": "ann"}) as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": heartbeat"
        memory = say(client, "I love tea.")
        added, done = events(lines, 2)
    assert (added["kind"], added["memory_id"], added["content"]) == ("memory.added", memory["id"], "I love tea.")
    assert done["kind"] == "event.done"

    headers, body = got.get(timeout=WAIT_S)
    at, _, signature = headers["X-Mneme-Signature"].partition(",")
    assert signature == "v1=" + hmac.new(made["secret"].encode(), at[2:].encode() + b"." + body, sha256).hexdigest()
    details = json.loads(body)["event_details"]
    assert (details["id"], details["data"], details["event"]) == (memory["id"], {"memory": "I love tea."}, "ADD")

    say(client, "I love coffee.")
    headers_again = {"Accept": "text/event-stream", "Last-Event-ID": added["place"]}
    with client.stream("GET", "/v1/lifecycle", headers=headers_again, params={"kinds": "memory.added,event.done"}) as stream:
        assert [event["content"] for event in events(stream.iter_lines(), 2)] == [None, "I love coffee."]
    page = client.get("/v1/lifecycle", params={"kinds": "memory.added"}).json()
    assert [event["content"] for event in page["events"]] == ["I love tea.", "I love coffee."]
    assert client.get("/v1/lifecycle", params={"after": "1-0"}).status_code == 410

    got.get(timeout=WAIT_S)
    log = client.get(f"/api/v1/webhooks/{made['webhook_id']}/deliveries").json()
    assert (log["waiting"], {one["status"] for one in log["results"]}) in ((0, {"delivered"}), (1, {"delivered", "waiting"}))
    again = client.post(f"/api/v1/webhooks/{made['webhook_id']}/deliveries/{headers['X-Mneme-Delivery']}/replay")
    assert again.status_code == 200, again.text
    assert got.get(timeout=WAIT_S)[0]["X-Mneme-Delivery"] == headers["X-Mneme-Delivery"]
    assert made["webhook_id"] in live_server.mneme("webhooks", "list")


def test_a_webhook_at_an_impossible_place_is_refused(client: httpx.Client) -> None:
    for change in ({"url": "ftp://example.com"}, {"event_types": []}, {"event_types": ["memory_dreamt"]}, {"name": ""}):
        body = {"url": "http://127.0.0.1:9/", "name": "crm", "event_types": ["memory_add"], **change}
        answer = client.post("/api/v1/webhooks/projects/default/", json=body)
        assert (answer.status_code, bool(answer.json()["detail"])) == (400, True), answer.text
    assert client.get("/api/v1/webhooks/projects/default/").json() == []
