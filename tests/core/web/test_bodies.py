"""Bodies are JSON, whatever they are called; bounded, whatever they announce; and never a reason for a 5xx."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import Request
from pydantic import BaseModel

from core.auth import Caller
from core.strict_json import DEPTH_MAX, parse_json
from core.web.answer import Json
from core.web.body import json_router
from schemas.errors import BadInput

router = json_router(prefix="/toy", tag="Toy")


class Thing(BaseModel):
    name: str
    extra: Any = None


@router.post("/things")
async def make(thing: Thing) -> Json:
    return Json({"name": thing.name})


@router.post("/mine")
async def make_mine(thing: Thing, caller: Caller) -> Json:
    return Json({"owner": caller.owner})


@router.post("/forgiving")
async def forgive(request: Request) -> Json:
    """A parser that takes every failure of reading for a malformed body, as form parsers do."""
    try:
        await request.body()
    except Exception:
        return Json({"error": "malformed"}, status_code=400)
    return Json({"ok": True})


@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", "%%", None])
async def test_json_is_read_whatever_the_content_type(serve, content_type):
    client = await serve(router)
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post("/toy/things", content=b'{"name": "x"}', headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"name": "x"})


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"", b"  ", b"null", b"[]", b'"x"', b"7", b"NaN", b'{"name": NaN}', b'{"name": "\\ud800"}', b'{"name": "\xff"}'),
        *(b"\xff\xfe{\x00", b'\xef\xbb\xbf{"name":"x"}', b'{"name": 1e999}', b'{"name": ' + b"9" * 5000 + b"}", b'{"name": {"a": []}}'),
        *(b"[" * 100_000, b'{"name": "x", "extra": ' + b"[" * 900 + b"]" * 900 + b"}", b'{"name": "x" // a comment\n}', b"{'name': 'x'}"),
    ],
)
async def test_what_is_no_thing_is_refused(serve, body):
    client = await serve(router)
    answer = await client.post("/toy/things", content=body)
    assert answer.status_code == 400
    assert answer.json()["toy"]


@pytest.mark.parametrize("body", [b'{"name": "x", "name": "y"}', b'{"name": "y", "extra": 123456789012345678901234567890}'])
async def test_odd_json_is_still_json(serve, body):
    client = await serve(router)
    assert (await client.post("/toy/things", content=body)).json() == {"name": "y"}


def test_nesting_is_allowed_to_a_depth_that_can_be_written_again():
    def nested(depth: int) -> bytes:
        return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)

    assert parse_json(nested(DEPTH_MAX))
    with pytest.raises(BadInput):
        parse_json(nested(DEPTH_MAX + 1))


def test_many_shallow_things_are_not_deep():
    assert len(parse_json(json.dumps([{"a": [1]}] * 10_000).encode())) == 10_000


async def test_a_body_that_announces_too_much_is_not_read(serve):
    client = await serve(router, body_max_bytes=100)

    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    for length in ("101", "9" * 5000):
        answer = await client.post("/toy/things", content=never(), headers={"Content-Length": length})
        assert answer.status_code == 413
        assert "100 bytes" in answer.json()["toy"]


@pytest.mark.parametrize("path", ["/toy/things", "/toy/forgiving"])
async def test_a_body_that_turns_out_too_long_is_cut_off(serve, path):
    client = await serve(router, body_max_bytes=100)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10
            yield b"x" * 10

    answer = await client.post(path, content=endless())
    assert answer.status_code == 413
    assert sent <= 120


async def test_a_body_at_the_bound_is_read(serve):
    client = await serve(router, body_max_bytes=100)
    body = json.dumps({"name": "x" * 88}).encode()
    assert len(body) == 100
    assert (await client.post("/toy/things", content=body)).status_code == 200


async def test_a_stranger_is_turned_away_before_the_body_is_read(serve, key):
    client = await serve(router)
    assert (await client.post("/toy/mine", content=b"{")).status_code == 401
    assert (await client.post("/toy/mine", content=b"{", headers=key)).status_code == 400
    assert (await client.post("/toy/mine", content=b'{"name": "x"}', headers=key)).json() == {"owner": "acme"}
