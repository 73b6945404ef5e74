"""Whatever goes wrong, the client reads it in its own dialect, and learns nothing it should not."""

import asyncio

import pytest
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from core.web.answer import Json
from core.web.body import json_router
from schemas.errors import BadInput, NotFound, NotInTime, TooManyRequests

router = json_router(prefix="/toy", tag="Toy")
plain = APIRouter(prefix="/plain")


class Thing(BaseModel):
    names: list[str] = Field(min_length=1)
    size: int = 0


@router.post("/things")
async def make(thing: Thing, limit: int = 1) -> Json:
    return Json({})


@router.get("/things")
async def some() -> Json:
    return Json({})


@router.get("/fail/{how}")
@plain.get("/fail/{how}")
async def fail(how: str) -> Json:
    async def inner() -> None:
        raise NotFound("no such thing")

    match how:
        case "bug":
            raise ValueError("Alice's secret is 42")
        case "full":
            raise TooManyRequests("too many", retry_after_s=7)
        case "late":
            raise NotInTime("accepted, not done", event_id="e1")
        case "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(inner())
        case "framework":
            raise HTTPException(403, "not for you")
    raise BadInput("never", fields={"how": ["odd"]})


@router.get("/half")
async def half() -> StreamingResponse:
    async def chunks():
        yield b"one"
        raise ValueError("Alice's secret is 42")

    return StreamingResponse(chunks())


async def test_a_dialect_spells_the_errors_of_its_paths_and_no_others(serve):
    client = await serve(router, plain)
    ours, others = await client.get("/toy/fail/x"), await client.get("/plain/fail/x")
    assert (ours.status_code, ours.json(), ours.headers["x-toy"]) == (400, {"toy": "never", "fields": {"how": ["odd"]}, "locs": []}, "yes")
    assert (others.status_code, others.json()) == (400, {"error": "never"})


async def test_what_does_not_fit_the_schema_is_named_with_its_place(serve):
    client = await serve(router)
    answer = await client.post("/toy/things?limit=many", json={"names": ["a", 2], "size": "big"})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"limit", "names", "size"}
    assert answer.json()["locs"] == [["query", "limit"], ["body", "names", 1], ["body", "size"]]


async def test_a_bug_is_a_bare_500_and_its_log_line_quotes_no_memory(serve):
    client = await serve(router)
    with capture_logs() as lines:
        answer = await client.get("/toy/fail/bug", headers={"X-Request-ID": "abc"})
    assert (answer.status_code, answer.json(), answer.headers["x-request-id"]) == (500, {"toy": "Internal server error"}, "abc")
    told = [line for line in lines if line["log_level"] != "debug"]
    assert [line["event"] for line in told] == ["request.failed", "request.answered"]
    assert "ValueError" in str(told)
    assert "test_errors.py" in str(told)
    assert "secret" not in str(told)


async def test_half_an_answer_is_cut_off_rather_than_finished_as_if_whole(serve):
    client = await serve(router)
    with capture_logs() as lines:
        answer = await client.get("/toy/half")
    assert answer.content == b"one"
    assert any(line["event"] == "request.failed" for line in lines)


async def test_unknown_paths_and_methods(serve):
    client = await serve(router)
    assert ((await client.get("/toy/nothing")).status_code, (await client.get("/nothing")).json()) == (404, {"error": "Not Found"})
    answer = await client.delete("/toy/things")
    assert (answer.status_code, answer.json()["toy"], answer.headers["allow"]) == (405, "Method Not Allowed", "GET, POST")


async def test_a_client_is_told_when_to_come_back_and_what_was_accepted(serve):
    client = await serve(router, plain)
    full, late = await client.get("/toy/fail/full"), await client.get("/plain/fail/late")
    assert (full.status_code, full.headers["retry-after"]) == (429, "7")
    assert (late.status_code, late.headers["retry-after"], late.json()["event_id"]) == (503, "1", "e1")


@pytest.mark.parametrize(("how", "status"), [("group", 404), ("framework", 403)])
async def test_errors_of_tasks_and_of_the_framework_are_told_like_ours(serve, how, status):
    client = await serve(router)
    answer = await client.get(f"/toy/fail/{how}")
    assert answer.status_code == status
    assert answer.json()["toy"] in ("no such thing", "not for you")
