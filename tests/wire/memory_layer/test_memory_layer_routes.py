"""Memory Layer's routes as its clients meet them: what is stored is found by its end user and nobody else, and errors have its shapes."""

import re
from typing import Any

import pytest

from core.resources import Resources
from schemas.ids import new_id

JOHN, JANE = "john_doe@gmail.com", "jane@example.com"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def stored(client, content: str, user: str = JOHN, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/memory/", json={"content": content, "external_user_id": user, **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["memory"]


async def found(client, query: str, user: str = JOHN, **fields: Any) -> list[dict[str, Any]]:
    body = {"query": query, "external_user_id": user, "similarity_threshold": 0, **fields}
    answer = await client.post("/v1/memory/search", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["total_count"] == len(answer.json()["results"])
    return answer.json()["results"]


class TestStore:
    async def test_a_memory_is_kept_word_for_word_and_shown_whole(self, client):
        answer = await client.post(
            "/v1/memory/", json={"content": " I like tea? Hello! ", "external_user_id": JOHN, "metadata": {"source": "onboarding"}}
        )
        assert (answer.status_code, answer.json()["status"]) == (201, "success")
        memory = answer.json()["memory"]
        assert memory["content"] == " I like tea? Hello! "
        assert (memory["external_user_id"], memory["metadata"], memory["access_count"]) == (JOHN, {"source": "onboarding"}, 0)
        assert 0 < memory["importance_score"] <= 1
        assert TIME.fullmatch(memory["created_at"])
        assert TIME.fullmatch(memory["updated_at"])

    @pytest.mark.parametrize("metadata", [{}, {"metadata": None}, {"metadata": {}}])
    async def test_metadata_is_an_object_also_when_none_came(self, client, metadata):
        assert (await stored(client, "I like tea.", **metadata))["metadata"] == {}

    async def test_a_retry_is_answered_with_the_memory_it_made_the_first_time(self, client):
        first, again = await stored(client, "I like tea."), await stored(client, "I like tea.")
        assert again["id"] == first["id"]
        assert (await client.get("/v1/memory/")).json()["total_count"] == 1

    async def test_the_same_words_of_another_user_are_another_memory(self, client):
        assert (await stored(client, "I like tea."))["id"] != (await stored(client, "I like tea.", JANE))["id"]

    async def test_a_body_labelled_as_text_is_read_all_the_same(self, client):
        body = '{"content": "Bob builds a healthcare app", "external_user_id": "bob@company.com"}'
        answer = await client.post("/v1/memory/", content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})
        assert answer.status_code == 201

    async def test_without_a_worker_it_is_kept_and_answered_503_with_when_to_come_back(self, serve, resources: Resources):
        client = await serve("acme", wait_timeout_s=0.05)
        answer = await client.post("/v1/memory/", json={"content": "I like tea.", "external_user_id": JOHN})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert (await resources.receipts.get("acme", answer.json()["event_id"])) is not None


class TestSearch:
    async def test_results_carry_cosine_and_the_combined_score_that_orders_them(self, client):
        for content in ("the user prefers dark mode", "the user has a dog", "dark mode"):
            await stored(client, content)
        rows = await found(client, "dark mode")
        assert [row["memory"]["content"] for row in rows][:2] == ["dark mode", "the user prefers dark mode"]
        for row in rows:
            assert row["combined_score"] == pytest.approx(0.7 * row["similarity"] + 0.3 * row["memory"]["importance_score"], abs=1e-5)
            assert row["memory"]["external_user_id"] == JOHN
        assert rows == sorted(rows, key=lambda row: row["combined_score"], reverse=True)

    async def test_only_what_is_similar_enough_comes_and_no_more_than_asked_for(self, client):
        for content in ("the user prefers dark mode", "something else entirely", "dark mode"):
            await stored(client, content)
        assert [row["memory"]["content"] for row in await found(client, "dark mode", similarity_threshold=0.99)] == ["dark mode"]
        assert len(await found(client, "dark mode", limit=1)) == 1

    async def test_get_finds_the_same(self, client):
        await stored(client, "the user prefers dark mode")
        params = {"query": "dark mode", "external_user_id": JOHN, "similarity_threshold": 0, "limit": 5}
        by_get = (await client.get("/v1/memory/search", params=params)).json()
        assert by_get["results"][0]["memory"]["content"] == "the user prefers dark mode"
        assert by_get["total_count"] == 1

    async def test_nobody_finds_anothers(self, client, serve):
        await stored(client, "my locker code is 1234", JOHN)
        assert await found(client, "locker code", JANE) == []
        assert await found(client, "locker code", JOHN.upper()) == []
        assert await found(await serve("other"), "locker code", JOHN) == []


class TestReading:
    async def test_the_list_is_the_accounts_newest_first_in_pages(self, client):
        for number in range(3):
            await stored(client, f"memory number {number}", JANE if number == 1 else JOHN)
        page = (await client.get("/v1/memory/", params={"limit": 2, "offset": 1})).json()
        assert [row["content"] for row in page["memories"]] == ["memory number 1", "memory number 0"]
        assert page["results"] == page["memories"]
        assert (page["total_count"], page["limit"], page["offset"]) == (3, 2, 1)
        own = (await client.get("/v1/memory", params={"external_user_id": JANE})).json()
        assert [row["content"] for row in own["memories"]] == ["memory number 1"]

    async def test_one_memory_is_wrapped_like_a_stored_one(self, client):
        memory = await stored(client, "I like tea.")
        for memory_id in (memory["id"], memory["id"].upper()):
            answer = await client.get(f"/v1/memory/{memory_id}/")
            assert answer.json() == {"status": "success", "memory": memory}

    async def test_reading_one_counts_as_an_access(self, client, resources: Resources):
        memory = await stored(client, "I like tea.")
        await client.get(f"/v1/memory/{memory['id']}")
        await resources.accesses.settled()
        counts = [await resources.redis.hgetall(key) async for key in resources.redis.scan_iter("mneme:accesses:*")]
        assert [(name.decode(), times) for count in counts for name, times in count.items()] == [(memory["id"], b"1")]

    async def test_stats_tell_what_is_there(self, client):
        empty = (await client.get("/v1/memory/stats")).json()
        assert (empty["total_memories"], empty["average_importance"], empty["oldest_memory_at"]) == (0, 0.0, None)
        first = await stored(client, "I like tea.", metadata={"access_count": 7, "note": '"access_count":5'})
        last = await stored(client, "I like coffee.", JANE)
        stats = (await client.get("/v1/memory/stats/")).json()
        assert {name: stats[name] for name in ("total_memories", "active_memories", "archived_memories", "unique_users")} == {
            "total_memories": 2,
            "active_memories": 2,
            "archived_memories": 0,
            "unique_users": 2,
        }
        assert stats["total_accesses"] == 0
        assert stats["average_importance"] == pytest.approx((first["importance_score"] + last["importance_score"]) / 2)
        assert (stats["oldest_memory_at"], stats["newest_memory_at"]) == (first["created_at"], last["created_at"])
        assert (await client.get("/v1/memory/stats", params={"external_user_id": JANE})).json()["total_memories"] == 1


class TestDelete:
    async def test_what_is_deleted_is_gone_and_deleting_it_again_is_404(self, client):
        memory = await stored(client, "I like tea.")
        answer = await client.delete(f"/v1/memory/{memory['id']}")
        assert answer.json() == {"status": "success", "message": "Memory deleted", "id": memory["id"]}
        assert await found(client, "tea") == []
        for answer in (await client.delete(f"/v1/memory/{memory['id']}"), await client.get(f"/v1/memory/{memory['id']}")):
            assert (answer.status_code, answer.json()) == (404, {"detail": "Memory not found"})

    async def test_anothers_memory_is_not_there(self, client, serve):
        memory, stranger = await stored(client, "I like tea."), await serve("other")
        assert (await stranger.get(f"/v1/memory/{memory['id']}")).status_code == 404
        assert (await stranger.delete(f"/v1/memory/{memory['id']}")).status_code == 404
        assert (await client.get(f"/v1/memory/{memory['id']}")).status_code == 200


class TestErrors:
    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer mlive_abc123_nonsense"}, {"Authorization": "Basic x"}])
    async def test_no_key_or_a_wrong_one(self, serve, headers):
        client = await serve()
        for method, path in (("POST", "/v1/memory/"), ("GET", "/v1/memory/stats"), ("POST", "/v1/memory/search")):
            answer = await client.request(method, path, headers=headers, content=b"not even JSON" if method == "POST" else None)
            assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid or missing API key"})

    @pytest.mark.parametrize("memory_id", ["e32754fa", "not-a-uuid", "key_abc123"])
    async def test_an_id_that_is_no_uuid_is_not_there(self, serve, memory_id):
        client = await serve("acme")
        for method in ("GET", "DELETE"):
            answer = await client.request(method, f"/v1/memory/{memory_id}")
            assert (answer.status_code, answer.json()) == (404, {"detail": "Memory not found"})

    async def test_an_unknown_id_is_not_there(self, serve):
        answer = await (await serve("acme")).get(f"/v1/memory/{new_id()}")
        assert (answer.status_code, answer.json()) == (404, {"detail": "Memory not found"})

    async def test_a_missing_field_is_named_as_documented(self, serve):
        answer = await (await serve("acme")).post("/v1/memory/search", json={"external_user_id": JOHN})
        body = answer.json()
        assert answer.status_code == 422
        assert TIME.fullmatch(body.pop("timestamp"))
        assert body == {
            "status": "error",
            "message": "Validation error",
            "details": [{"type": "missing", "loc": ["body", "query"], "msg": "Field required"}],
            "detail": "Validation error",
        }

    @pytest.mark.parametrize(
        ("method", "path", "sent", "wrong"),
        [
            ("POST", "", {}, [("missing", "content"), ("missing", "external_user_id")]),
            ("POST", "", {"content": "x", "external_user_id": None}, [("missing", "external_user_id")]),
            ("POST", "", {"content": "  ", "external_user_id": JOHN}, [("blank", "content")]),
            ("POST", "", {"content": "x", "external_user_id": " "}, [("blank", "external_user_id")]),
            ("POST", "", {"content": "x", "external_user_id": "x" * 321}, [("string_too_long", "external_user_id")]),
            ("POST", "", {"content": "x" * 100_001, "external_user_id": JOHN}, [("string_too_long", "content")]),
            ("POST", "", {"content": "x", "external_user_id": JOHN, "metadata": ["x"]}, [("dict_type", "metadata")]),
            ("POST", "", {"content": "x", "external_user_id": JOHN, "metadata": {"a": "x" * 17_000}}, [("value_error", "metadata")]),
            ("POST", "/search", {"query": "x"}, [("missing", "external_user_id")]),
            ("POST", "/search", {"query": "x", "external_user_id": JOHN, "limit": 0}, [("greater_than_equal", "limit")]),
            ("POST", "/search", {"query": "x", "external_user_id": JOHN, "limit": 101}, [("less_than_equal", "limit")]),
            (
                "POST",
                "/search",
                {"query": "x", "external_user_id": JOHN, "similarity_threshold": 1.1},
                [("less_than_equal", "similarity_threshold")],
            ),
            ("GET", "/search", {"query": "x"}, [("missing", "external_user_id")]),
            ("GET", "/search", {"query": "x", "external_user_id": JOHN, "limit": "many"}, [("int_parsing", "limit")]),
            ("GET", "", {"limit": 201}, [("less_than_equal", "limit")]),
            ("GET", "", {"offset": -1}, [("greater_than_equal", "offset")]),
        ],
    )
    async def test_what_will_not_do_is_422_with_its_place(self, serve, method, path, sent, wrong):
        where = "body" if method == "POST" else "query"
        answer = await (await serve("acme")).request(method, f"/v1/memory{path}", **{"json" if where == "body" else "params": sent})
        assert answer.status_code == 422, answer.text
        assert [(one["type"], *one["loc"]) for one in answer.json()["details"]] == [(kind, where, field) for kind, field in wrong]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"null", b"\xff"])
    async def test_what_is_no_json_object_is_400(self, serve, body):
        answer = await (await serve("acme")).post("/v1/memory/", content=body)
        assert (answer.status_code, list(answer.json())) == (400, ["detail"])

    async def test_a_path_there_is_not_and_a_method_it_has_not(self, serve):
        client = await serve("acme")
        assert (await client.get("/v1/memory/a/b")).json() == {"detail": "Memory not found"}
        answer = await client.put("/v1/memory/")
        assert (answer.status_code, list(answer.json())) == (405, ["detail"])


async def test_pooling_is_there_for_who_wants_it_and_only_then(serve, at_work):
    """Described by the original, and a hole in its isolation: a switch, off unless it is set."""
    pooling = await serve("acme", pool_users=True)
    await stored(pooling, "john likes tea", JOHN)
    answer = await pooling.post("/v1/memory/", json={"content": "somebody likes tea"})
    assert (answer.status_code, answer.json()["memory"]["external_user_id"]) == (201, None)
    both = (await pooling.post("/v1/memory/search", json={"query": "likes tea", "similarity_threshold": 0})).json()
    assert {row["memory"]["content"] for row in both["results"]} == {"john likes tea", "somebody likes tea"}
    strict = await serve("acme")
    assert (await strict.post("/v1/memory/search", json={"query": "likes tea"})).status_code == 422


class TestOnePool:
    async def test_what_mem0s_clients_store_is_found_here(self, client):
        body = {"messages": [{"role": "user", "content": "The boat is called Marlin."}], "user_id": JOHN, "infer": False}
        added = await client.post("/v3/memories/add/", json=body)
        [row] = await found(client, "boat called")
        assert row["memory"]["id"] == added.json()["results"][0]["id"]
        assert await found(client, "boat called", JANE) == []

    async def test_what_is_stored_here_mem0s_clients_find(self, client):
        memory = await stored(client, "The boat is called Marlin.", metadata={"topic": "boats"})
        search = {"query": "boat called", "filters": {"user_id": JOHN}, "threshold": 0}
        [row] = (await client.post("/v3/memories/search/", json=search)).json()["results"]
        assert (row["id"], row["memory"], row["metadata"]) == (memory["id"], memory["content"], {"topic": "boats"})
