"""Mem0's exports: memories in the caller's own schema."""

import json
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, Field
from working import work

from core.resources import Resources
from schemas.errors import BadInput
from schemas.shape import read_schema
from workers.maintenance import run_job

UNKNOWN = "0190b3c4-0000-8000-8000-000000000000"
Client = httpx.AsyncClient


class Item(BaseModel):
    id: str
    memory: str
    user_id: str | None


class Drinks(BaseModel):
    tea: str | None = Field(None, description="tea I love")


class Person(BaseModel):
    bike: str | None = Field(None, description="my bike is")
    years: int | None = Field(None, description="years I play chess")
    spaceship: str | None = None
    drinks: Drinks
    memories: list[Item]
    facts: list[str]


async def remember(client: Client, resources: Resources, user: str, *texts: str) -> None:
    for text in texts:
        body = {"messages": [{"role": "user", "content": text}], "user_id": user, "infer": False, "async_mode": True}
        assert (await client.post("/v1/memories/", json=body)).status_code == 200
    await work(resources)


async def made(client: Client, resources: Resources, **body: Any) -> str:
    """The id of an export that a tender has made."""
    answer = await client.post("/v1/exports/", json=body)
    assert answer.status_code == 201, answer.text
    for run in await resources.jobs.unfinished():
        await run_job({"resources": resources, "name": "tender"}, run.id)
    return str(answer.json()["id"])


async def got(client: Client, **body: Any) -> httpx.Response:
    return await client.post("/v1/exports/get/", json=body)


async def test_an_export_has_the_shape_that_was_asked_for(sleepy: Client, resources: Resources) -> None:
    await remember(sleepy, resources, "alice", "My bike is red.", "I love jasmine tea.", "I play chess for 12 years.")
    await remember(sleepy, resources, "bob", "My bike is blue.")
    export = await made(sleepy, resources, schema=Person.model_json_schema(), filters={"user_id": "alice"}, export_instructions="Be brief.")

    answer = await got(sleepy, memory_export_id=export)

    assert answer.status_code == 200, answer.text
    person = Person.model_validate(answer.json())
    assert (person.bike, person.years, person.spaceship, person.drinks.tea) == ("My bike is red.", 12, None, "I love jasmine tea.")
    assert {(item.memory, item.user_id) for item in person.memories} == {(fact, "alice") for fact in person.facts}
    assert len(person.facts) == 3
    assert (await got(sleepy, filters={"user_id": "alice"})).json() == (await got(sleepy, user_id="alice")).json() == answer.json()


async def test_an_export_that_is_not_ready_or_anothers_or_none_at_all_is_not_found(
    sleepy: Client, connect: Any, resources: Resources
) -> None:
    answer = await sleepy.post("/v1/exports/", json={"schema": json.dumps(Person.model_json_schema()), "user_id": "alice"})
    assert (await got(sleepy, memory_export_id=answer.json()["id"])).status_code == 404
    ready = await made(sleepy, resources, schema=Person.model_json_schema())
    assert (await got(sleepy, memory_export_id=ready)).json()["facts"] == []
    stranger = await connect("stranger")
    assert (await got(stranger, memory_export_id=ready)).status_code == 404
    assert (await got(stranger)).status_code == 404
    assert (await got(sleepy, memory_export_id=UNKNOWN)).status_code == 404
    assert (await got(sleepy, user_id="bob")).status_code == 404
    assert (await got(sleepy, memory_export_id="x")).status_code == 400


def bombs() -> dict[str, Any]:
    """A schema of a kilobyte that would be one of millions of parts."""
    defs = {f"d{n}": {"properties": {name: {"$ref": f"#/$defs/d{n + 1}"} for name in "abcdefgh"}} for n in range(8)}
    return {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": defs | {"d8": {"type": "string"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array"},
        {"properties": {"a": {"$ref": "http://localhost/x"}}},
        {"properties": {"a": {"$ref": "#/$defs/none"}}},
        {"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"properties": {"a": {"$ref": "#/$defs/a"}}}}},
        {"properties": {"a": {"type": "tea"}}},
        {"properties": {"a": 7}},
        {"properties": {"a": {"description": "x" * 50_000}}},
        bombs(),
    ],
)
def test_a_schema_that_will_not_do_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^schema: "):
        read_schema(schema)


@pytest.mark.parametrize(
    "body",
    [
        {"schema": "name, age"},
        {"schema": "[]"},
        {"schema": {"type": "object"}},
        {},
        {"schema": {"properties": {"a": {}}}, "filters": {"colour": "red"}},
        {"schema": {"properties": {"a": {}}}, "export_instructions": "x" * 20_000},
    ],
)
async def test_a_bad_request_is_told_so_and_orders_nothing(sleepy: Client, resources: Resources, body: dict[str, Any]) -> None:
    answer = await sleepy.post("/v1/exports/", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert await resources.jobs.unfinished() == []


async def test_of_many_exports_the_newest_are_kept(sleepy: Client, resources: Resources) -> None:
    schema = {"properties": {"facts": {"type": "array", "items": {"type": "string"}}}}
    ids = [await made(sleepy, resources, schema=schema, user_id=f"user-{number % 2}") for number in range(22)]
    assert [(await got(sleepy, memory_export_id=one)).status_code for one in ids] == [404] * 2 + [200] * 20
    await resources.shapes.clear("acme")
    assert (await got(sleepy, memory_export_id=ids[-1])).status_code == 404
