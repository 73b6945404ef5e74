"""API keys over HTTP: made, listed and revoked by whoever is signed in, and never by an API key."""

import re
import time
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from core.resources import Resources

SECRET = "a-secret-of-more-than-32-characters"
ADMIN = "an-admin-token-of-ours"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def signed_in(owner: str, **changes: Any) -> dict[str, str]:
    claims = {"sub": owner, "aud": "authenticated", "exp": int(time.time()) + 60, **changes}
    return {"Authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
async def client(serve):
    return await serve(session_secret=SecretStr(SECRET), admin_token=SecretStr(ADMIN))


async def test_a_key_is_made_shown_once_and_opens_its_account(client):
    answer = await client.post("/v1/keys/", json={"name": "Production Key"}, headers=signed_in("acme"))
    made = answer.json()
    assert answer.status_code == 201
    assert re.fullmatch(r"key_[0-9a-f]+", made["id"])
    assert made["api_key"].startswith(f"{made['key_prefix']}_")
    assert (made["name"], made["key_prefix"]) == ("Production Key", f"mlive_{made['id'].removeprefix('key_')}")
    assert TIME.fullmatch(made["created_at"])
    assert (await client.get("/v1/memory/", headers=bearer(made["api_key"]))).status_code == 200
    listed = (await client.get("/v1/keys/", headers=signed_in("acme"))).json()
    assert listed == {
        "keys": [
            {
                "id": made["id"],
                "name": "Production Key",
                "key_prefix": made["key_prefix"],
                "masked_key": f"{made['key_prefix']}_••••{made['api_key'][-4:]}",
                "created_at": made["created_at"],
                "last_used_at": None,
                "revoked": False,
                "revoked_at": None,
            }
        ],
        "total_count": 1,
    }


@pytest.mark.parametrize("prefix", ["key_", ""])
async def test_a_revoked_key_gives_401_at_once_in_every_process_and_revoking_it_again_is_no_mistake(client, serve, prefix):
    made = (await client.post("/v1/keys", json={"name": "x"}, headers=signed_in("acme"))).json()
    processes = [client, await serve(), await serve()]
    for process in processes:
        assert (await process.get("/v1/memory", headers=bearer(made["api_key"]))).status_code == 200
    path = f"/v1/keys/{prefix}{made['id'].removeprefix('key_')}/revoke"
    for _ in range(2):
        answer = await client.post(path, headers=signed_in("acme"))
        assert (answer.status_code, answer.json()) == (200, {"status": "success", "id": made["id"], "revoked": True})
        for process in processes:
            assert (await process.get("/v1/memory", headers=bearer(made["api_key"]))).status_code == 401
    [row] = (await client.get("/v1/keys", headers=signed_in("acme"))).json()["keys"]
    assert row["revoked"]
    assert TIME.fullmatch(row["revoked_at"])


async def test_anothers_keys_are_not_there(client):
    made = (await client.post("/v1/keys", json={"name": "x"}, headers=signed_in("acme"))).json()
    assert (await client.get("/v1/keys", headers=signed_in("other"))).json() == {"keys": [], "total_count": 0}
    for key_id in (made["id"], "key_unknown"):
        answer = await client.post(f"/v1/keys/{key_id}/revoke", headers=signed_in("other"))
        assert (answer.status_code, answer.json()) == (404, {"detail": "API key not found"})
    assert (await client.get("/v1/memory", headers=bearer(made["api_key"]))).status_code == 200


async def test_an_api_key_manages_no_keys_and_a_session_reads_no_memories(client):
    made = (await client.post("/v1/keys", json={"name": "x"}, headers=signed_in("acme"))).json()
    for headers in (bearer(made["api_key"]), {"X-API-Key": made["api_key"]}, {}, signed_in("acme", aud="other"), signed_in("acme", exp=1)):
        for method, path in (("POST", "/v1/keys/"), ("GET", "/v1/keys/"), ("POST", f"/v1/keys/{made['id']}/revoke")):
            answer = await client.request(method, path, headers=headers, content=b"not read")
            assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid or missing session token"})
    assert (await client.get("/v1/memory", headers=signed_in("acme"))).status_code == 401


async def test_the_admins_token_manages_the_first_owners_keys_or_those_of_the_owner_it_names(client):
    first = (await client.post("/v1/keys", json={"name": "x"}, headers=bearer(ADMIN))).json()
    named = (await client.post("/v1/keys", json={"name": "x"}, headers={**bearer(ADMIN), "X-Mneme-Owner": "acme"})).json()
    for owner, made in (("default", first), ("acme", named)):
        [row] = (await client.get("/v1/keys", headers=signed_in(owner))).json()["keys"]
        assert row["id"] == made["id"]
    assert (await client.get("/v1/memory", headers=bearer(ADMIN))).status_code == 401


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": "  "}, {"name": 7}, {"name": "x" * 201}])
async def test_a_key_needs_a_name(client, body):
    answer = await client.post("/v1/keys", json=body, headers=signed_in("acme"))
    assert answer.status_code == 422
    assert answer.json()["details"][0]["loc"] == ["body", "name"]


async def test_without_sign_in_configured_keys_are_not_managed_over_http(serve):
    answer = await (await serve()).get("/v1/keys", headers=signed_in("acme"))
    assert answer.status_code == 401


async def test_the_list_says_when_a_key_was_last_used_without_a_commit_a_request(client, resources: Resources):
    """Noted once a minute, and when the process ends."""
    process = client._transport.app  # type: ignore[attr-defined]
    used, unused = [(await client.post("/v1/keys", json={"name": "x"}, headers=signed_in("acme"))).json() for _ in range(2)]
    table = await resources.store.writing("keys")
    before = await table.version()
    async with process.router.lifespan_context(process):
        for _ in range(20):
            await client.get("/v1/memory", headers=bearer(used["api_key"]))
        assert await table.version() == before
    rows = {row["id"]: row["last_used_at"] for row in (await client.get("/v1/keys", headers=signed_in("acme"))).json()["keys"]}
    assert TIME.fullmatch(rows[used["id"]])
    assert rows[unused["id"]] is None
    assert await table.version() == before + 1
