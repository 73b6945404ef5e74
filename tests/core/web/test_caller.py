"""Where a key may stand in a request, and whose the request then is."""

import pytest
from fastapi import APIRouter
from pydantic import SecretStr

from core.auth import Caller
from core.issuing import issue_key
from core.web.answer import Json

router = APIRouter(prefix="/toy")


@router.get("/mine")
async def mine(caller: Caller) -> Json:
    return Json({"owner": caller.owner})


@pytest.fixture
async def secret(resources) -> str:
    return (await issue_key(resources.keys, "acme", "test")).secret


@pytest.mark.parametrize(
    ("header", "value"),
    [
        *(("Authorization", f"{scheme} {{}}") for scheme in ("Token", "Bearer", "token", "BEARER")),
        ("Authorization", "Bearer   {}  "),
        ("X-API-Key", "{}"),
        ("x-supermemory-api-key", "{}"),
    ],
)
async def test_a_key_is_found_wherever_a_client_puts_it(serve, secret, header, value):
    client = await serve(router)
    assert (await client.get("/toy/mine", headers={header: value.format(secret)})).json() == {"owner": "acme"}


async def test_a_key_of_ours_beside_the_providers_counts(serve, secret):
    client = await serve(router)
    headers = {"Authorization": "Bearer sk-of-the-provider", "x-api-key": "sk-other", "x-supermemory-api-key": secret}
    assert (await client.get("/toy/mine", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Authorization": "Basic {}"}),
        *({"Authorization": "{}"}, {"Authorization": "Bearer x{}"}, {"X-API-Key": ""}, {"Mem0-User-ID": "{}"}),
    ],
)
async def test_anything_else_is_401(serve, secret, headers):
    client = await serve(router)
    answer = await client.get("/toy/mine", headers={name: value.format(secret) for name, value in headers.items()})
    assert answer.status_code == 401
    assert secret not in answer.text


async def test_bytes_that_are_no_text_are_401(serve):
    client = await serve(router)
    assert (await client.get("/toy/mine", headers={b"Authorization": b"Bearer \xff\xfe"})).status_code == 401


async def test_a_preset_key_works_from_the_start(serve):
    client = await serve(router, api_key=SecretStr("my-preset-key"))
    assert (await client.get("/toy/mine", headers={"Authorization": "Token my-preset-key"})).json() == {"owner": "default"}
