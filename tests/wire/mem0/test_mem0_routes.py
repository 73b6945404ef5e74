"""Mem0's routes, as its clients meet them: what they send, what they get back, what they must never get."""

import asyncio
from typing import Any

import httpx
import pytest
from working import work

from core.resources import Resources

MOVES = ("I live in Berlin.", "I moved to Munich.", "Actually I live in Hamburg now.")
UNKNOWN = "0190b3c4-0000-8000-8000-000000000000"
Client = httpx.AsyncClient


async def add(client: Client, text: str, user: str | None = "alice", **fields: Any) -> dict[str, Any]:
    """The memory that holds `text`, word for word."""
    ids = {"user_id": user} if user else {}
    answer = await client.post("/v3/memories/add/", json={"messages": text, "infer": False, **ids, **fields})
    assert answer.status_code == 200, answer.text
    [result] = answer.json()["results"]
    return (await client.get(f"/v1/memories/{result['id']}/")).json()


async def listed(client: Client, user: str = "alice", **fields: Any) -> list[str]:
    answer = await client.post("/v3/memories/", json={"filters": {"user_id": user}, **fields})
    assert answer.status_code == 200, answer.text
    return [row["memory"] for row in answer.json()["results"]]


async def test_the_ping_names_an_organisation_and_a_project(client: Client) -> None:
    for path in ("/v1/ping/", "/v1/ping", "http://mneme//v1/ping/"):
        pong = (await client.get(path)).json()
        assert (pong["status"], pong["org_id"], bool(pong["project_id"])) == ("ok", "acme", True)


async def test_a_wrong_key_is_told_so_where_the_clients_look(client: Client) -> None:
    answer = await client.get("/v1/ping/", headers={"Authorization": "Token wrong"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid API key")


async def test_an_add_answers_at_once_and_its_event_tells_what_became_of_it(sleepy: Client, resources: Resources) -> None:
    messages = [{"role": "user", "content": "I live in Berlin."}, {"role": "user", "content": "Hello there!"}]
    answer = (await sleepy.post("/v3/memories/add/", json={"messages": messages, "user_id": "alice"})).json()
    assert (answer["status"], "results" in answer) == ("PENDING", False)
    path = f"/v1/event/{answer['event_id']}/"
    assert (await sleepy.get(path)).json()["status"] == "PENDING"
    await work(resources)
    event = (await sleepy.get(path)).json()
    assert (event["status"], event["event_type"], len(event["results"])) == ("SUCCEEDED", "ADD", 1)
    assert {verdict["action"] for verdict in event["verdicts"]} == {"ADD", "NONE"}
    assert all(verdict["reason"] for verdict in event["verdicts"])
    events = (await sleepy.get("/v1/events/?status=SUCCEEDED")).json()
    assert [row["id"] for row in events["results"]] == [answer["event_id"]]


async def test_v1_waits_unless_told_not_to_and_wraps_when_told_to(client: Client) -> None:
    body = {"messages": [{"role": "user", "content": "I live in Berlin."}], "user_id": "alice"}
    [result] = (await client.post("/v1/memories/", json=body)).json()
    assert (result["event"], "Berlin" in result["data"]["memory"]) == ("ADD", True)
    wrapped = (await client.post("/v1/memories/", json={**body, "user_id": "bob", "output_format": "v1.1"})).json()
    assert (len(wrapped["results"]), wrapped["relations"]) == (1, [])
    [pending] = (await client.post("/v1/memories/", json={**body, "async_mode": True})).json()
    assert pending["event_id"]
    [later] = (await client.post("/v1/memories/", json={**body, "async_mode": True, "output_format": "v1.1"})).json()["results"]
    assert later["event_id"]


async def test_word_for_word_both_sides_are_kept_with_every_id_and_the_system_is_not(client: Client) -> None:
    said = [{"role": role, "content": f"I am the {role}."} for role in ("system", "user", "assistant")]
    ids = {"user_id": "alice", "agent_id": "bot", "app_id": "app", "run_id": "run"}
    answer = (await client.post("/v3/memories/add/", json={"messages": said, "infer": False, "metadata": {"k": "v"}, **ids})).json()
    assert [row["data"]["memory"] for row in answer["results"]] == ["I am the user.", "I am the assistant."]
    memory = (await client.get(f"/v1/memories/{answer['results'][0]['id']}/")).json()
    assert {key: memory[key] for key in ids} == ids
    assert (memory["session_id"], memory["metadata"]) == ("run", {"k": "v"})


async def test_an_image_alone_is_no_error_and_no_memory(client: Client) -> None:
    body = {
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}],
        "user_id": "alice",
        "infer": False,
    }
    answer = await client.post("/v3/memories/add/", json=body)
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {"user_id": "alice"},
        {"messages": [], "user_id": "alice"},
        {"messages": "Hi."},
        {"messages": "Hi.", "user_id": "alice", "custom_categories": ["x"]},
        {"messages": "Hi.", "user_id": " "},
        {"messages": "Hi.", "user_id": "alice", "metadata": {"k": "v" * 20_000}},
    ],
)
async def test_an_add_that_cannot_be_understood_is_a_400_with_its_reason(client: Client, body: dict[str, Any]) -> None:
    answer = await client.post("/v3/memories/add/", json=body)
    told = answer.json()
    assert answer.status_code == 400
    assert told["error"] == told["detail"] == told["message"] == told["details"]["message"]


async def test_the_same_add_sent_twice_with_one_key_is_one_add(client: Client) -> None:
    body = {"messages": "I live in Berlin.", "user_id": "alice", "infer": False}
    first, second = [(await client.post("/v3/memories/add/", json=body, headers={"Idempotency-Key": "k"})).json() for _ in range(2)]
    assert first == second
    assert await listed(client) == ["I live in Berlin."]


async def test_a_search_finds_what_was_said_and_only_that_users(client: Client) -> None:
    await add(client, "My boat is called Marlin.")
    await add(client, "My boat is called Swordfish.", user="bob")
    body = {"query": "boat called", "filters": {"user_id": "alice"}}
    v3 = (await client.post("/v3/memories/search/", json=body)).json()["results"]
    assert [row["memory"] for row in v3] == ["My boat is called Marlin."]
    assert 0 < v3[0]["score"] <= 1
    assert set(v3[0]["score_breakdown"]) == {"similarity", "lexical", "recency", "importance"}
    assert [row["id"] for row in (await client.post("/v2/memories/search/", json={**body, "threshold": 0})).json()] == [v3[0]["id"]]
    v1 = {"query": "boat called", "user_id": "alice", "threshold": 0}
    assert [row["id"] for row in (await client.post("/v1/memories/search/", json=v1)).json()] == [v3[0]["id"]]
    assert (await client.post("/v1/memories/search/", json={**v1, "output_format": "v1.1"})).json()["relations"] == []
    [only] = (await client.post("/v3/memories/search/", json={**body, "fields": ["memory"]})).json()["results"]
    assert set(only) == {"id", "memory", "score"}
    assert (await client.post("/v3/memories/search/", json={"query": "boat", "filters": {"user_id": "carol"}})).json() == {"results": []}


@pytest.mark.parametrize("body", [{}, {"filters": {}}, {"user_id": "alice"}, {"filters": {"NOT": {"user_id": "bob"}}}])
async def test_v3_searches_and_lists_nothing_without_filters_that_name_someone(client: Client, body: dict[str, Any]) -> None:
    assert (await client.post("/v3/memories/search/", json={"query": "boat", **body})).status_code == 400
    assert (await client.post("/v3/memories/", json=body)).status_code == 400


async def test_lists_come_in_pages_that_link_to_each_other(client: Client) -> None:
    for number in range(5):
        await add(client, f"Number {number}.")
    body = {"filters": {"user_id": "alice"}}
    url: str | None = "/v3/memories/?page=1&page_size=2"
    seen: list[str] = []
    while url:
        page = (await client.post(url, json=body)).json()
        assert page["count"] == 5
        seen += [row["memory"] for row in page["results"]]
        url = page["next"]
    assert sorted(seen) == [f"Number {number}." for number in range(5)]
    assert page["previous"].startswith("http://mneme/v3/memories/?page=2&page_size=2")
    assert len((await client.post("/v3/memories/", json={**body, "page": 2, "page_size": 2})).json()["results"]) == 2
    assert (await client.post("/v3/memories/?page=0", json=body)).status_code == 400


async def test_older_versions_list_without_pages(client: Client) -> None:
    await add(client, "One.", run_id="r")
    await add(client, "Two.")
    assert len((await client.post("/v2/memories/", json={"user_id": "alice"})).json()) == 2
    assert len((await client.get("/v1/memories/?user_id=alice&org_id=acme&project_id=default")).json()) == 2
    assert len((await client.get("/v1/memories/?user_id=alice&limit=1")).json()) == 1
    assert [row["session_id"] for row in (await client.get("/v1/memories/?run_id=r")).json()] == ["r"]
    assert (await client.get("/v1/memories/?user_id=alice&page=1&page_size=1")).json()["count"] == 2
    assert (await client.post("/v2/memories/?page=1", json={"filters": {"user_id": "alice"}})).json()["count"] == 2
    assert (await client.get("/v1/memories/")).status_code == 400


async def test_filters_reach_the_store(client: Client) -> None:
    await add(client, "Tea.", metadata={"topic": "drinks"}, timestamp=1_700_000_000)
    await add(client, "Bread.", metadata={"topic": "food"}, run_id="r")
    for also, found in (
        ({"metadata": {"topic": "drinks"}}, ["Tea."]),
        ({"metadata": {"topic": {"ne": "drinks"}}}, ["Bread."]),
        ({"run_id": "*"}, ["Bread."]),
        ({"run_id": None}, ["Tea."]),
        ({"created_at": {"lte": "2023-11-14"}}, ["Tea."]),
        ({"created_at": {"gt": "2023-11-14"}}, ["Bread."]),
        ({"keywords": {"icontains": "BREAD"}}, ["Bread."]),
        ({"OR": [{"keywords": {"contains": "Tea"}}, {"run_id": "r"}]}, ["Bread.", "Tea."]),
    ):
        answer = await client.post("/v3/memories/", json={"filters": {"AND": [{"user_id": "alice"}, also]}})
        assert sorted(row["memory"] for row in answer.json()["results"]) == found, also


async def test_what_expired_is_hidden_from_lists_but_not_from_who_knows_its_id(client: Client) -> None:
    old = await add(client, "Old.", expiration_date="2020-01-01", timestamp=1_500_000_000)
    await add(client, "Fresh.", expiration_date="2999-01-01")
    assert (old["expiration_date"], old["created_at"]) == ("2020-01-01", "2017-07-14T02:40:00+00:00")
    assert await listed(client) == ["Fresh."]
    assert sorted(await listed(client, show_expired=True)) == ["Fresh.", "Old."]
    cleared = (await client.put(f"/v1/memories/{old['id']}/", json={"expiration_date": None})).json()
    assert cleared["expiration_date"] is None
    assert sorted(await listed(client)) == ["Fresh.", "Old."]


async def test_an_update_changes_what_is_given_and_can_be_found(client: Client) -> None:
    memory = await add(client, "My boat is called Marlin.", metadata={"k": "v"})
    updated = (await client.put(f"/v1/memories/{memory['id']}/", json={"text": "My boat is called Swordfish."})).json()
    assert (updated["memory"], updated["metadata"], updated["id"]) == ("My boat is called Swordfish.", {"k": "v"}, memory["id"])
    assert updated["updated_at"] > memory["updated_at"]
    body = {"query": "Swordfish", "filters": {"user_id": "alice"}}
    assert (await client.post("/v3/memories/search/", json=body)).json()["results"][0]["id"] == memory["id"]
    history = (await client.get(f"/v1/memories/{memory['id']}/history/")).json()
    assert [(row["event"], row["old_memory"], row["new_memory"]) for row in history] == [
        ("ADD", None, "My boat is called Marlin."),
        ("UPDATE", "My boat is called Marlin.", "My boat is called Swordfish."),
    ]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_id_that_is_none_is_400_and_an_unknown_one_404(client: Client, method: str) -> None:
    body = {"json": {"text": "x"}} if method == "PUT" else {}
    for memory_id, status in (("nonexistent-memory-id-12345", 400), (UNKNOWN, 404)):
        answer = await client.request(method, f"/v1/memories/{memory_id}/", **body)
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


async def test_an_immutable_memory_is_deleted_but_never_changed(client: Client) -> None:
    memory = await add(client, "Never changes.", immutable=True)
    path = f"/v1/memories/{memory['id']}/"
    refused = await client.put(path, json={"text": "Changed."})
    assert (refused.status_code, "immutable" in refused.json()["detail"]) == (409, True)
    assert (await client.get(path)).json()["memory"] == "Never changes."
    assert (await client.delete(path)).status_code == 200


async def test_a_deleted_memory_is_gone_and_its_history_stays(client: Client) -> None:
    memory = await add(client, "My boat is called Marlin.")
    path = f"/v1/memories/{memory['id']}/"
    assert (await client.delete(path)).json() == {"message": "Memory deleted successfully!"}
    assert [(await client.request(method, path)).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert [row["event"] for row in (await client.get(f"{path}history/")).json()] == ["ADD", "DELETE"]


async def test_two_who_delete_the_same_memory_at_once_hear_of_one_deletion(client: Client) -> None:
    path = f"/v1/memories/{(await add(client, 'Once.'))['id']}/"
    answers = await asyncio.gather(*(client.delete(path) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404]


async def test_batches_change_and_delete_all_or_nothing(client: Client) -> None:
    ids = [(await add(client, text, user=user))["id"] for text, user in (("One.", "alice"), ("Two.", "bob"))]
    updates = [{"memory_id": memory_id, "text": f"Now {place}."} for place, memory_id in enumerate(ids)]
    answer = (await client.put("/v1/batch/", json={"memories": updates})).json()
    assert answer["message"] == "Successfully updated 2 memories"
    assert (await listed(client), await listed(client, "bob")) == (["Now 0."], ["Now 1."])
    gone = {"memories": [{"memory_id": ids[0]}, {"memory_id": UNKNOWN}]}
    assert (await client.request("DELETE", "/v1/batch/", json=gone)).status_code == 404
    assert await listed(client) == ["Now 0."]
    answer = (await client.request("DELETE", "/v1/batch/", json={"memories": [{"memory_id": one} for one in ids]})).json()
    assert answer["message"] == "Successfully deleted 2 memories"
    assert (await listed(client), await listed(client, "bob")) == ([], [])
    for body in ({"memories": []}, {"memories": [{"memory_id": UNKNOWN}] * 1_001}, {}):
        assert (await client.request("DELETE", "/v1/batch/", json=body)).status_code == 400


async def test_delete_all_takes_exactly_what_it_names(client: Client) -> None:
    await add(client, "Alice's.")
    await add(client, "Alice's, by bot.", agent_id="bot")
    await add(client, "Bob's.", user="bob")
    await add(client, "Bot's own.", user=None, agent_id="bot")
    for nothing in ("", "?user_id=", "?filters=%5Bobject%20Object%5D", "?colour=red&user_id=alice"):
        assert (await client.delete(f"/v1/memories/{nothing}")).status_code == 400
    assert len(await listed(client)) == 2
    assert (await client.delete("/v1/memories/", params={"user_id": "alice", "agent_id": "bot"})).status_code == 200
    assert await listed(client) == ["Alice's."]
    assert (await client.delete("/v1/memories/", params={"filters": "{'user_id': 'alice'}"})).json()["message"]
    assert (await listed(client), await listed(client, "bob")) == ([], ["Bob's."])
    for nobody in ({"user_id": "nobody"}, {"user_id": "bob", "filters": "{'user_id': 'alice'}"}):
        assert (await client.delete("/v1/memories/", params=nobody)).status_code == 200
    assert await listed(client, "bob") == ["Bob's."]
    assert (await client.delete("/v1/memories/", params={f"{kind}_id": "*" for kind in ("user", "agent", "app", "run")})).status_code == 200
    assert (await client.get("/v1/entities/")).json()["results"] == []


async def test_delete_linked_takes_what_the_memory_had_corrected(client: Client) -> None:
    said = [(await client.post("/v1/memories/", json={"messages": text, "user_id": "alice"})).json() for text in MOVES]
    ids = [results[0]["id"] for results in said]
    assert [row["event"] for row in said[2]] == ["ADD", "DELETE"]
    assert (await client.get(f"/v1/memories/{ids[0]}/")).json()["replaced_by"] == ids[1]
    assert (await client.get(f"/v1/memories/{ids[0]}/history/")).json()[-1]["event"] == "DELETE"
    assert len(await listed(client)) == 1
    answer = await client.delete(f"/v1/memories/{ids[2]}/", params={"delete_linked": "true"})
    assert answer.json() == {"message": "Memory deleted successfully!", "cascade_count": 2}
    assert {(await client.get(f"/v1/memories/{one}/")).status_code for one in ids} == {404}


async def test_entities_are_listed_and_deleted_whatever_their_names(client: Client) -> None:
    for name in ("al ice/x", "bob", "ünï/cödé%"):
        await add(client, f"I am {name}.", user=name, run_id="r")
    found = (await client.get("/v1/entities/")).json()
    assert [(row["type"], row["name"]) for row in found["results"] if row["type"] == "user"] == [
        ("user", "al ice/x"),
        ("user", "bob"),
        ("user", "ünï/cödé%"),
    ]
    assert (found["count"], found["total_users"], found["total_runs"]) == (4, 3, 1)
    numbers = {row["name"]: row["id"] for row in found["results"]}
    assert (await client.delete("/v2/entities/user/al%20ice%2Fx/")).json()["event_id"]
    assert (await client.delete("/v2/entities/user/%C3%BCn%C3%AF/c%C3%B6d%C3%A9%25/")).status_code == 200
    assert (await client.delete(f"/v1/entities/user/{numbers['bob']}/")).status_code == 200
    assert (await client.get("/v1/entities/")).json()["results"] == []
    assert (await client.delete("/v2/entities/project/x/")).status_code == 400
    assert (await client.delete("/v1/entities/user/7/")).status_code == 404


async def test_no_account_sees_or_touches_what_is_anothers(client: Client, connect: Any) -> None:
    memory = await add(client, "Secret of acme.")
    stranger = await connect("umbrella")
    path = f"/v1/memories/{memory['id']}/"
    body = {"filters": {"user_id": "alice"}}
    assert [(await stranger.request(method, path)).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert (await stranger.put(path, json={"text": "x"})).status_code == 404
    assert (await stranger.get(f"{path}history/")).status_code == 404
    assert (await stranger.post("/v3/memories/", json=body)).json()["count"] == 0
    assert (await stranger.post("/v3/memories/search/", json={"query": "secret", **body})).json()["results"] == []
    assert (await stranger.get("/v1/entities/")).json()["count"] == 0
    assert (await stranger.get("/v1/events/")).json()["count"] == 0
    assert (await stranger.delete("/v1/memories/", params={"user_id": "alice"})).status_code == 200
    assert (await client.get(path)).status_code == 200
    event = (await client.get("/v1/events/")).json()["results"][0]
    assert (await stranger.get(f"/v1/event/{event['id']}/")).status_code == 404


async def test_every_route_is_described(client: Client) -> None:
    described = (await client.get("/openapi.json")).json()
    mem0 = [operation for path in described["paths"].values() for operation in path.values() if "Mem0" in operation.get("tags", [])]
    assert len(mem0) >= 21
    assert all(operation["summary"] and operation["description"] and operation["tags"] == ["Mem0"] for operation in mem0)
