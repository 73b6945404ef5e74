"""No one sees another's memories: over every route of the running server, with whatever a caller may think of sending."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server import Server

NASTY = [
    "' OR 1=1 --",
    "*",
    "%",
    "\\",
    "\x00",
    "alice' OR user_id = 'bob",
    "../alice",
    "alice/../bob",
    "🙂",
    "a" * 400,
    "null",
    "self",
    "all",
]
ENTITY_KEYS = ("user_id", "agent_id", "app_id", "run_id")


@dataclass
class Tenant:
    """An account with two users; every memory of a user carries a word nobody else has."""

    client: httpx.Client
    words: dict[str, str]
    places: list[str] = field(default_factory=list)
    """Its organisation, and a project of it where the first user has one more memory with the same word."""
    memory_ids: list[str] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)

    def memories(self, user: str) -> list[str]:
        page = self.client.post("/v3/memories/", json={"filters": {"user_id": user}}).json()
        return sorted(row["memory"] for row in page["results"])


@pytest.fixture(scope="module")
def tenants(live_server: Server) -> Iterator[tuple[Tenant, Tenant]]:
    """Two accounts whose users have the same names."""
    made = []
    for owner in ("victim", "curious"):
        key = live_server.mneme("key", "create", "--owner", f"{owner}-{secrets.token_hex(4)}").split()
        api_key = next(word for word in key if word.startswith("mlive_"))
        tenant = Tenant(live_server.client(api_key), {user: f"{owner}{user}{secrets.token_hex(6)}" for user in ("alice", "bob")})
        for user, word in tenant.words.items():
            for text in (f"My locker code is {word}.", f"I keep {word} under the mat."):
                body = {"messages": [{"role": "user", "content": text}], "user_id": user, "agent_id": "helper", "infer": False}
                added = tenant.client.post("/v3/memories/add/", json=body).json()
                tenant.event_ids.append(added["event_id"])
                tenant.memory_ids += [row["id"] for row in added["results"]]
        tenant.places = [str(value) for value in side_project(tenant)]
        made.append(tenant)
    yield made[0], made[1]
    for tenant in made:
        tenant.client.close()


def side_project(tenant: Tenant) -> tuple[str, str]:
    organisation = tenant.client.get("/v1/ping/").json()["org_id"]
    path = f"/api/v1/orgs/organizations/{organisation}/projects/"
    project = tenant.client.post(path, json={"name": "side"}).json()["project_id"]
    said = {"messages": f"My other locker code is {tenant.words['alice']}.", "user_id": "alice", "infer": False, "project_id": project}
    [row] = tenant.client.post("/v3/memories/add/", json=said).json()["results"]
    tenant.memory_ids.append(row["id"])
    return organisation, project


@pytest.fixture(scope="module")
def operations(live_server: Server) -> list[tuple[str, str]]:
    """(method, path) of every route there is, so that a new one is asked too."""
    paths = httpx.get(f"{live_server.url}/openapi.json").json()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def filters(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    fields = st.sampled_from([*ENTITY_KEYS, "categories", "metadata", "keywords", "memory_ids", "created_at", "owner", "subject", "state"])
    values = st.one_of(
        names, st.lists(names, max_size=2), st.dictionaries(st.sampled_from(["in", "ne", "contains", "icontains", "gte"]), names)
    )
    leaf = st.dictionaries(fields, values, min_size=1, max_size=2)
    return st.recursive(
        leaf, lambda inner: st.dictionaries(st.sampled_from(["AND", "OR", "NOT"]), st.lists(inner, max_size=3), min_size=1), max_leaves=4
    )


def requests(
    operations: list[tuple[str, str]], names: st.SearchStrategy[str], ids: st.SearchStrategy[str]
) -> st.SearchStrategy[dict[str, Any]]:
    """Any route with any mixture of the parameters that any dialect knows."""
    scope = st.dictionaries(
        st.sampled_from([*ENTITY_KEYS, "external_user_id", "owner", "owner_id", "org_id", "project_id"]), names, max_size=3
    )
    body = st.fixed_dictionaries(
        {},
        optional={
            "query": st.sampled_from(["What is the locker code?", "What do you know about me?", "under the mat"]),
            "filters": filters(names),
            "messages": st.just([{"role": "user", "content": "My locker code is not known."}]),
            "memories": st.lists(st.fixed_dictionaries({"memory_id": ids}, optional={"text": st.just("overwritten")}), max_size=2),
            "text": st.just("overwritten"),
            "content": st.just("overwritten"),
            "message": st.sampled_from(["What is my locker code?", "What do you know about me?"]),
            "similarity_threshold": st.just(0),
            "name": st.just("a key"),
            "metadata": st.dictionaries(st.sampled_from(["owner", "user_id", "note"]), names, max_size=2),
            "threshold": st.just(0),
            "top_k": st.just(1000),
            "show_expired": st.booleans(),
        },
    )
    return st.fixed_dictionaries(
        {
            "operation": st.sampled_from(operations),
            "place": st.one_of(ids, names),
            "kind": st.sampled_from(["user", "agent", "app", "run"]),
            "query": st.dictionaries(
                st.sampled_from(
                    [
                        "user_id",
                        "agent_id",
                        "external_user_id",
                        "query",
                        "max_age_days",
                        "filters",
                        "limit",
                        "page_size",
                        "cursor",
                        "memory_type",
                    ]
                ),
                st.one_of(names, st.just("100")),
                max_size=3,
            ),
            "body": st.builds(lambda a, b: {**a, **b}, body, scope),
        }
    )


def send(client: httpx.Client, request: dict[str, Any]) -> httpx.Response:
    method, path = request["operation"]
    path = path.replace("{entity_type}", request["kind"]).replace("{job_type}", "all").replace("{key_id}", "key_abc123")
    path = re.sub(r"\{\w+\}", lambda _: quote(request["place"], safe=""), path)
    return client.request(method, path, params=request["query"], json=request["body"] if method != "GET" else None)


def test_another_account_sees_and_changes_nothing_by_any_route(tenants: tuple[Tenant, Tenant], operations: list[tuple[str, str]]) -> None:
    victim, curious = tenants
    before = {user: victim.memories(user) for user in victim.words}
    assert all(len(rows) == 2 for rows in before.values())
    names = st.sampled_from(["alice", "bob", "helper", *NASTY, *victim.places, *curious.places])
    ids = st.sampled_from([*victim.memory_ids, *victim.event_ids, *curious.memory_ids, *victim.places, *curious.places])

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requests(operations, names, ids))
    def property_holds(request: dict[str, Any]) -> None:
        answer = send(curious.client, request)
        assert answer.status_code < 500, (request, answer.text)
        assert not any(word in answer.text for word in victim.words.values()), request

    property_holds()
    assert {user: victim.memories(user) for user in victim.words} == before


def test_a_question_about_one_user_is_never_answered_with_anothers_memories(tenants: tuple[Tenant, Tenant]) -> None:
    victim, _ = tenants

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.sampled_from(["v1", "v2", "v3", "list", "memories_api", "memory_layer", "memory_layer_list"]),
        st.sampled_from(["alice", "bob"]),
        st.sampled_from(["Locker code?", "mat", "*"]),
    )
    def property_holds(dialect: str, user: str, question: str) -> None:
        text = ask(victim.client, dialect, user, question).text
        other = victim.words["bob" if user == "alice" else "alice"]
        assert other not in text
        assert victim.words[user] in text or dialect.startswith("v")

    property_holds()


def ask(client: httpx.Client, dialect: str, user: str, question: str) -> httpx.Response:
    match dialect:
        case "v1":
            return client.post("/v1/memories/search/", json={"query": question, "user_id": user})
        case "v2" | "v3":
            return client.post(f"/{dialect}/memories/search/", json={"query": question, "filters": {"user_id": user}, "threshold": 0})
        case "memory_layer":
            return client.post("/v1/memory/search", json={"query": question, "external_user_id": user, "similarity_threshold": 0})
        case "memory_layer_list":
            return client.get("/v1/memory", params={"external_user_id": user})
        case "list":
            return client.post("/v3/memories/", json={"filters": {"user_id": user}})
        case _:
            return client.get("/api/v1/memories", params={"user_id": user})


@pytest.mark.parametrize("name", [name for name in NASTY if name not in ("*", "self", "all")])
def test_a_user_of_a_nasty_name_is_a_user_like_any_other(tenants: tuple[Tenant, Tenant], name: str) -> None:
    victim, _ = tenants
    word = f"word{secrets.token_hex(6)}"
    body = {"messages": [{"role": "user", "content": f"Mine is {word}."}], "user_id": name, "infer": False}
    added = victim.client.post("/v3/memories/add/", json=body)
    assert added.status_code == 200, added.text
    assert victim.memories(name) == [f"Mine is {word}."]
    assert word not in "".join(victim.memories("alice"))
    gone = victim.client.delete("/v1/memories/", params={"user_id": name})
    assert gone.status_code == 200
    assert victim.memories(name) == []
    assert len(victim.memories("alice")) == 2
