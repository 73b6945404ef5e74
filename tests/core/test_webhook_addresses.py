"""Webhooks reach only what they may, by the very address that was checked, and take nothing a receiver does amiss."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from typing import cast

import pytest

from core.settings import Settings
from core.webhooks.addresses import check, is_public
from core.webhooks.posting import Answer, Post
from core.webhooks.signature import sign
from schemas.errors import BadInput
from schemas.wire.mem0.webhooks import address

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.mark.parametrize("public", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::8.8.8.8"])
def test_the_open_internet_is_reached(public: str) -> None:
    assert is_public(public)


@pytest.mark.parametrize(
    "private",
    [
        *("127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
        *("255.255.255.255", "240.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:0001::", "2001:db8::1"),
    ],
)
def test_no_private_address_is_reached_however_it_is_written(private: str) -> None:
    assert not is_public(private)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "2130706433", "0x7f.1"])
async def test_a_webhook_at_a_private_address_is_refused_unless_allowed(host: str) -> None:
    with pytest.raises(BadInput):
        await check(host, 80, private=False)
    await check(host, 80, private=True)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://a.example/", "http://", "//a.example", "http://me:pw@a.example/", "http://a.example:99999/", "http://a b/"),
        *("http://ä.example/", "http://[::1/", "http://a.example/#x", "http://a.example/\n"),
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(BadInput):
        address(url)


def test_a_signature_is_of_the_moment_and_the_body() -> None:
    expected = hmac.new(b"whsec_x", b'17.{"a":1}', sha256).hexdigest()
    assert sign("whsec_x", b'{"a":1}', 17) == f"t=17,v1={expected}"


@asynccontextmanager
async def receiving(handle: Handle) -> AsyncIterator[str]:
    handled: list[asyncio.Task[None]] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handled.append(cast("asyncio.Task[None]", asyncio.current_task()))
        with suppress(ConnectionError):
            try:
                await handle(reader, writer)
            finally:
                writer.close()
                await writer.wait_closed()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    await asyncio.gather(*handled)


def answering(answer: bytes, seen: list[bytes]) -> Handle:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"}"))
        writer.write(answer)
        await writer.drain()

    return handle


async def posted(url: str, **settings: object) -> Answer:
    post = Post(Settings(_env_file=None, **{"webhook_private": True, "webhook_timeout_s": 20, **settings}))
    try:
        return await post(url, b'{"a":1}', {"X-Mneme-Delivery": "d1"})
    finally:
        await post.aclose()


async def test_a_delivery_is_a_post_and_its_answer_is_a_status() -> None:
    seen: list[bytes] = []
    async with receiving(answering(b"HTTP/1.1 204 No Content\r\n\r\n", seen)) as url:
        assert await posted(url) == Answer(204, None)
    assert seen[0].startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"X-Mneme-Delivery: d1" in seen[0]
    assert seen[0].endswith(b'\r\n\r\n{"a":1}')


async def test_a_private_receiver_hears_nothing() -> None:
    seen: list[bytes] = []
    async with receiving(answering(b"HTTP/1.1 200 OK\r\n\r\n", seen)) as url:
        answer = await posted(url.replace("127.0.0.1", "localhost"), webhook_private=False)
    assert (answer.status, answer.error) == (None, "localhost has a private address")
    assert seen == []


async def test_no_redirect_is_followed() -> None:
    seen: list[bytes] = []
    async with receiving(answering(b"HTTP/1.1 200 OK\r\n\r\n", seen)) as elsewhere:
        redirect = f"HTTP/1.1 307 X\r\nLocation: {elsewhere}\r\n\r\n".encode()
        async with receiving(answering(redirect, [])) as url:
            assert (await posted(url)).status == 307
    assert seen == []


async def test_an_endless_answer_is_left() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async with receiving(pour) as url:
        assert (await posted(url)).taken


async def test_who_does_not_answer_is_given_up_in_time() -> None:
    async def sleep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with receiving(sleep) as url:
        answer = await posted(url, webhook_timeout_s=0.2)
    assert (answer.status, answer.error) == (None, "no answer within 0.2 s")


async def test_rubbish_and_closed_doors_are_answers_too() -> None:
    async with receiving(answering(b"rubbish\r\n\r\n", [])) as url:
        assert "ProtocolError" in ((await posted(url)).error or "")
    assert "ConnectError" in ((await posted(url)).error or "")
