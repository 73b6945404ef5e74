"""The tender is killed without warning in the middle of a job; the store stays consistent and the job is done all the same."""

import random
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from killing import kill
from server import ROOT, Server, running
from supervised import in_time

MEMORIES = 1_500
KEPT = 300


def remember(client: httpx.Client) -> None:
    for start in range(0, MEMORIES, 500):
        messages = [{"role": "user", "content": f"Note number {number}."} for number in range(start, start + 500)]
        answer = client.post("/v1/memories/", json={"messages": messages, "user_id": "alice", "infer": False})
        assert answer.status_code == 200, answer.text


def contents(client: httpx.Client) -> list[str]:
    rows: list[str] = []
    for page in range(1, MEMORIES // 200 + 2):
        answer = client.post(f"/v3/memories/?page={page}&page_size=200", json={"filters": {"user_id": "alice"}}).json()
        rows += [row["memory"] for row in answer["results"]]
    return sorted(rows)


def order(server: Server) -> "subprocess.Popen[str]":
    """`mneme maintenance run`, which waits for the job's end."""
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", "maintenance", "run", "pruning", "--max-memories", str(KEPT)],
        cwd=ROOT, env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.timeout(300)
def test_a_job_whose_tender_is_killed_is_done_all_the_same_and_can_be_taken_back(tmp_path: Path) -> None:
    with running(tmp_path / "data", MNEME_LEASE_S="2") as server, server.client() as client:
        remember(client)
        before = contents(client)
        assert len(before) == MEMORIES
        ordered = order(server)
        in_time(lambda: "running" in server.mneme("maintenance", "list") or ordered.poll() is not None)
        kill(server, "workers.main maintenance")
        time.sleep(random.uniform(0.5, 2))  # not a wait for anything: when the next one is killed is left to chance
        kill(server, "workers.main maintenance")
        said, _ = ordered.communicate(timeout=100)
        assert "succeeded" in said, said
        kept = contents(client)
        assert len(kept) == KEPT
        assert set(kept) < set(before)
        server.mneme("maintenance", "undo", said.split()[1].rstrip(":"))
        assert contents(client) == before
