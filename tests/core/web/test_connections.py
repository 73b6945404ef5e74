"""A client that never finishes what it says is heard out for a while and for so many bytes, and no longer."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from core.web.protocol import HEAD_MAX_BYTES, BoundedProtocol

PATIENCE_S = 30
HEAD = b"POST /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


class Impatient(BoundedProtocol):
    silence_s = 0.3


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it was sent, and whether a trailer got in; at /early before the body has come."""
    request = Request(scope, receive)
    body = b"" if request.url.path == "/early" else await request.body()
    await PlainTextResponse(f"{len(body)} {request.headers.get('x-late', 'none')}")(scope, receive, send)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    config, state = uvicorn.Config(application, lifespan="off", log_level="critical", ws="none"), ServerState()
    server = await loop.create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)


async def said(port: int, start: bytes, forever: bytes = b"", most: int = 20 * 1024 * 1024) -> tuple[bytes, int]:
    """What comes back for `start` and then `forever` again and again, until the server has enough; and how much it took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sent = 0
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(start)
            while forever and sent < most and not reader.at_eof():
                writer.write(forever)
                await writer.drain()
                sent += len(forever)
            return await reader.read(), sent
    except ConnectionError:
        return b"", sent
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("start", "forever"),
    [
        (HEAD, b"X-More: " + b"a" * 8_000 + b"\r\n"),
        (HEAD + b"X-More: ", b"a" * 8_000),
        (b"GET /", b"a" * 8_000),
        (b"G", b"E" * 8_000),
        (CHUNKED + b"1;", b"a" * 8_000),
        (CHUNKED + b"0\r\n", b"X-Late: " + b"a" * 8_000 + b"\r\n"),
    ],
    ids=["headers", "a header", "a path", "a method", "a chunk's extension", "trailers"],
)
async def test_what_never_ends_is_cut_off(port: int, start: bytes, forever: bytes) -> None:
    answer, sent = await said(port, start, forever)
    assert answer[:12] in (b"", b"HTTP/1.1 431", b"HTTP/1.1 400")
    assert sent < 10 * 1024 * 1024  # what lies in the sockets' buffers counts as well


@pytest.mark.parametrize("start", [b"", b"GET", HEAD, HEAD + b"X-More: a"], ids=["nothing", "a method", "headers", "half a header"])
async def test_a_head_that_does_not_come_is_not_waited_for(port: int, start: bytes) -> None:
    answer, _ = await said(port, start)
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_body_that_was_answered_already_is_not_waited_for(port: int) -> None:
    answer, _ = await said(port, b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"408" not in answer


async def test_a_second_request_has_the_same_patience(port: int) -> None:
    answer, _ = await said(port, HEAD + b"Content-Length: 2\r\n\r\nab" + b"GET /two HTTP/1.1\r\nHo")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 408" in answer


async def test_long_headers_and_slow_bodies_pass(port: int) -> None:
    big = b"X-Big: " + b"a" * (HEAD_MAX_BYTES // 2) + b"\r\nConnection: close\r\n"
    answer, _ = await said(port, HEAD + big + b"Content-Length: 4\r\n\r\nabcd")
    assert answer.endswith(b"4 none")


async def test_a_trailer_is_no_header(port: int) -> None:
    answer, _ = await said(port, HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: sneaked in\r\n\r\n")
    assert answer.endswith(b"1 none")
