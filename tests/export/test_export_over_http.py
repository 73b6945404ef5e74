"""GET /v1/export and `mneme export`: what is written, and what becomes of clients that leave, and of too many."""

import asyncio
import gzip
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from export.lives import ALICE, BOB, known
from fastapi import FastAPI
from server import Server

from cli.export import extent_of, opened
from cli.refusal import Refused
from core.issuing import issue_key
from core.mailbox.place import place
from core.resources import Resources
from core.settings import Settings
from core.web.app import create_app
from core.web.lines import LineStream
from query.routes import export
from schemas.scope import Scope


@pytest.fixture
async def app(resources: Resources) -> AsyncIterator[FastAPI]:
    @asynccontextmanager
    async def held(_: Settings) -> AsyncIterator[Resources]:
        yield resources

    app = create_app("Mneme", (export.router,), (), held, resources.settings)
    async with app.router.lifespan_context(app):
        yield app


async def get(app: FastAPI, resources: Resources, owner: str, **query: str) -> httpx.Response:
    key = await issue_key(resources.keys, owner, "test")
    headers = {"Authorization": f"Token {key.secret}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mneme", headers=headers) as client:
        return await client.get("/v1/export", params=query)


def contents(answer: httpx.Response) -> list[str]:
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert (lines[0]["kind"], lines[-1]["kind"], lines[-1]["memories"]) == ("header", "end", len(lines) - 2)
    return sorted(line["content"] for line in lines[1:-1])


async def test_a_key_exports_its_own_account_and_nothing_of_others(app: FastAPI, resources: Resources) -> None:
    await known(resources, ALICE, "I love tea.")
    await known(resources, BOB, "I play chess.")
    await known(resources, Scope(owner="other", user="alice"), "I am another alice.")
    answer = await get(app, resources, "acme")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert contents(answer) == ["I love tea.", "I play chess."]
    assert contents(await get(app, resources, "acme", user_id="alice")) == ["I love tea."]
    assert contents(await get(app, resources, "acme", user_id="alice", run_id="no")) == []
    assert contents(await get(app, resources, "other", user_id="alice")) == ["I am another alice."]


async def test_what_makes_no_sense_is_refused_before_anything_is_written(app: FastAPI, resources: Resources) -> None:
    assert (await get(app, resources, "acme", states="some")).status_code == 400
    assert (await get(app, resources, "acme", user_id=" ")).status_code == 400


async def test_an_account_has_one_export_at_a_time_and_a_process_a_few(app: FastAPI, resources: Resources) -> None:
    async with place(resources.redis, "export:acme", "somebody", 30):
        refused = await get(app, resources, "acme")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        assert (await get(app, resources, "other")).status_code == 200
    slots: asyncio.Semaphore = app.state.exports
    for _ in range(resources.settings.exports_max):
        await slots.acquire()
    assert (await get(app, resources, "acme")).status_code == 503
    slots.release()
    assert (await get(app, resources, "acme")).status_code == 200
    assert (await get(app, resources, "acme")).status_code == 200


async def test_a_client_that_leaves_ends_its_export() -> None:
    closed, sent = asyncio.Event(), asyncio.Event()

    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"line"

    @asynccontextmanager
    async def held() -> AsyncIterator[AsyncGenerator[bytes, None]]:
        yield endless()
        closed.set()

    async def receive() -> dict[str, str]:
        await sent.wait()
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.set()
        await asyncio.sleep(0)

    async with asyncio.timeout(60):
        await LineStream(held(), "x")({"type": "http"}, receive, send)
    assert closed.is_set()


def test_a_file_takes_its_name_once_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "all.ndjson.gz"

    def broken() -> None:
        with opened(str(target)) as out:
            out.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert list(tmp_path.iterdir()) == []
    with opened(str(target)) as out:
        out.write(b"whole\n")
    assert gzip.decompress(target.read_bytes()) == b"whole\n"
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="No such file"), opened(str(tmp_path / "no" / "where")):
        pass


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with opened(str(pipe)) as out:
        out.write(b"line")
    assert os.read(reader, 10) == b"line"
    os.close(reader)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


def test_a_user_without_an_owner_is_refused() -> None:
    with pytest.raises(Refused, match="--owner"):
        extent_of(None, "alice", "all", history=True, vectors=False)
    with pytest.raises(Refused, match="--states"):
        extent_of("acme", None, "some", history=True, vectors=False)


def test_a_user_deleted_comes_back_from_a_file_of_the_command(live_server: Server, tmp_path: Path) -> None:
    file = tmp_path / "dora.ndjson.gz"
    with live_server.client() as client:
        body = {"messages": [{"role": "user", "content": "My boat is called Marlin."}], "user_id": "dora", "infer": False}
        memory = client.post("/v3/memories/add/", json=body).json()["results"][0]["id"]
        before, told = client.get(f"/v1/memories/{memory}/").json(), client.get(f"/v1/memories/{memory}/history/").json()
        live_server.mneme("export", str(file), "--owner", "default", "--user", "dora")
        assert client.delete("/v1/memories/", params={"user_id": "dora"}).status_code == 200
        assert client.get(f"/v1/memories/{memory}/").status_code == 404

        live_server.mneme("import", str(file))

        assert client.get(f"/v1/memories/{memory}/").json() == before
        history = client.get(f"/v1/memories/{memory}/history/").json()
        assert [line["event"] for line in history] == ["ADD", "DELETE"]
        assert history[0] == told[0]
