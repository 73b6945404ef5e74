"""A request can be followed by its id through answers and logs, and no log line tells what was asked."""

import pytest
import structlog
from fastapi import APIRouter
from structlog.testing import capture_logs

from core.logging import correlation_id
from core.web.answer import Json

router = APIRouter(prefix="/toy")


@router.get("/who/{name}")
async def who(name: str) -> Json:
    return Json({"id": correlation_id(), "bound": structlog.contextvars.get_contextvars()})


async def test_the_clients_request_id_goes_through_and_comes_back(serve):
    client = await serve(router)
    answer = await client.get("/toy/who/alice", headers={"X-Request-ID": "req-1"})
    assert answer.headers["x-request-id"] == answer.json()["id"] == "req-1"
    assert correlation_id() is None


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 129, "caf\u00e9"])
async def test_without_a_sane_id_one_is_made(serve, given):
    client = await serve(router)
    headers = {"X-Request-ID": given.encode("latin-1")} if given is not None else {}
    first, second = [(await client.get("/toy/who/a", headers=headers)).headers["x-request-id"] for _ in range(2)]
    assert len(first) == 36
    assert first != second


async def test_the_log_line_has_the_route_and_neither_names_nor_questions(serve):
    client = await serve(router)
    with capture_logs() as lines:
        await client.get("/toy/who/alice?q=what+does+she+like")
    [line] = [line for line in lines if line["event"] == "request.answered"]
    assert (line["method"], line["route"], line["status"], line["log_level"]) == ("GET", "/toy/who/{name}", 200, "debug")
    assert line["duration_ms"] >= 0
    assert "alice" not in str(lines)
    assert "like" not in str(lines)
