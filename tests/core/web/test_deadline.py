"""No request keeps its client waiting for ever."""

import asyncio

from fastapi import APIRouter
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

router = APIRouter(prefix="/toy")
LIMIT_S = 0.05


@router.get("/never")
async def never() -> None:
    await asyncio.Event().wait()


@router.get("/slow-stream")
async def slow_stream() -> StreamingResponse:
    async def chunks():
        for _ in range(3):
            yield b"x"
            await asyncio.sleep(LIMIT_S)

    return StreamingResponse(chunks())


@router.get("/own-timeout")
async def own_timeout() -> None:
    raise TimeoutError


async def test_a_request_without_an_answer_ends_with_503(serve):
    client = await serve(router, request_timeout_s=LIMIT_S)
    answer = await client.get("/toy/never")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_an_answer_that_has_begun_may_take_its_time(serve):
    client = await serve(router, request_timeout_s=LIMIT_S)
    assert (await client.get("/toy/slow-stream")).content == b"xxx"


async def test_a_timeout_of_the_routes_own_is_not_taken_for_the_deadline(serve):
    client = await serve(router)
    with capture_logs():
        assert (await client.get("/toy/own-timeout")).status_code == 500
