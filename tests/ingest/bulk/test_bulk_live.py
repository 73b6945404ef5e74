"""Bulk uploads and imports by the front door of a whole Mneme, broken in the middle and taken up again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from server import ROOT, Server

MESSAGES = 1_000
USERS = 10


@pytest.fixture
def client(live_server: Server) -> httpx.Client:
    with live_server.client() as client:
        yield client


def body(*lines: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(line).encode() for line in lines)


def until(told: Callable[[], Any], limit_s: float = 150) -> Any:
    give_up = time.monotonic() + limit_s
    while not (answer := told()):
        assert time.monotonic() < give_up
        time.sleep(0.05)
    return answer


def test_an_upload_answers_a_job_that_can_be_polled_and_followed(client):
    sent = body({"user_id": "ann", "content": "I love tea.", "infer": False}) + b"\n\nrubbish\n"
    told = client.post("/v1/bulk", params={"job": "first"}, content=sent)
    assert told.status_code == 202
    assert {name: told.json()[name] for name in ("job", "received", "accepted", "refused")} == {
        "job": "first", "received": 2, "accepted": 1, "refused": 1,
    }  # fmt: skip
    assert told.json()["errors"][0]["line"] == 3
    with client.stream("GET", "/v1/bulk/first/events") as stream:
        events = "".join(stream.iter_text()).strip().split("\n\n")
    assert events[-1].startswith("event: done\n")
    last = json.loads(events[-1].partition("data: ")[2])
    assert (last["done"], last["stored"], last["memories"]) == (True, 1, 1)
    assert client.get("/v1/bulk/first").json()["stored"] == 1
    assert "first" in [job["job"] for job in client.get("/v1/bulk").json()["jobs"]]


def test_an_upload_in_parts_is_done_when_its_sender_says_so(client):
    line = body({"user_id": "ann", "content": "I own a cat.", "infer": False})
    assert client.post("/v1/bulk", params={"job": "parts", "more": "true"}, content=line).json()["receiving"] is True
    assert (
        client.post("/v1/bulk", params={"job": "parts", "first_line": 2, "more": "true"}, content=b"rubbish").json()["errors"][0]["line"]
        == 2
    )
    assert client.post("/v1/bulk", params={"job": "parts"}, content=b"").json()["receiving"] is False


@pytest.mark.parametrize(
    ("params", "content", "headers"),
    [({}, b"", {}), ({"job": "../x"}, b"{}", {}), ({"job": ""}, b"{}", {}), ({}, b"{}", {"content-encoding": "gzip"})],
)
def test_an_upload_that_makes_no_sense_is_refused_in_words(client, params, content, headers):
    told = client.post("/v1/bulk", params=params, content=content, headers=headers)
    assert told.status_code == 400
    assert told.json()["error"]


def test_a_job_nobody_began_is_not_found(client):
    for path in ("/v1/bulk/none", "/v1/bulk/none/events", "/v1/bulk/%20"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(("way", "breaks"), [("mailbox", (signal.SIGINT, signal.SIGKILL)), ("server", (signal.SIGKILL,))])
def test_an_import_broken_off_and_killed_is_complete_when_run_again(live_server, client, tmp_path, way, breaks):
    agent, path = f"importer-{way}", tmp_path / "messages.ndjson"
    path.write_bytes(body(*(note(number, way, agent) for number in range(MESSAGES))))
    for number in breaks:
        broken = start(live_server, tmp_path, path, way)
        until(lambda broken=broken: broken.poll() is not None or any((tmp_path / "state").rglob("import-*.json")))
        broken.send_signal(number)
        broken.communicate(timeout=200)
    done = start(live_server, tmp_path, path, way)
    out, errors = done.communicate(timeout=200)
    assert done.returncode == 0, out + errors
    assert f"{MESSAGES:,} accepted, {MESSAGES:,} stored, 0 skipped, 0 failed, 0 refused; {MESSAGES:,} memories" in out
    page = client.post("/v3/memories/", json={"filters": {"agent_id": agent}}, params={"page_size": 1})
    assert page.json()["count"] == MESSAGES


def note(number: int, way: str, agent: str) -> dict[str, Any]:
    return {"user_id": f"{way}-{number % USERS}", "agent_id": agent, "content": f"Note {number} of {way}.", "infer": False}


def start(server: Server, folder: Path, path: Path, way: str) -> subprocess.Popen[str]:
    where = ["--url", server.url] if way == "server" else []
    environment = {**server.environment, "XDG_STATE_HOME": str(folder / "state"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "cli.main", "import", str(path), *where]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_where_nothing_runs_the_import_says_what_to_do(tmp_path):
    path = tmp_path / "x.ndjson"
    path.write_bytes(body({"user_id": "a", "content": "x"}))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MNEME_")} | {"MNEME_DATA_DIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-m", "cli.main", "import", str(path)], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200
    )
    assert told.returncode == 2
    assert "mneme up" in told.stderr
