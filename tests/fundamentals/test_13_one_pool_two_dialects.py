"""13. One pool, several dialects: it does not matter which client library said it."""

from fundamentals.application import Application


async def test_said_in_mem0s_words_and_read_by_the_memories_api(app: Application) -> None:
    """A dialect is a spelling of requests and answers. Behind it lies the same memory, with the same id."""
    [added] = await app.add("I love TypeScript.", metadata={"source": "chat"})
    page = (await app.http.get("/api/v1/memories", params={"user_id": "alice"})).json()
    [row] = page["results"]
    assert (row["id"], row["content"], row["metadata"]) == (added["id"], "The user loves TypeScript.", {"source": "chat"})


async def test_and_the_other_way_round(app: Application) -> None:
    """Moving from one client library to another takes no migration, and two applications may use one each."""
    said = {"messages": [{"role": "user", "content": "I love TypeScript."}], "user_id": "alice"}
    created = (await app.http.post("/api/v1/memories", json=said)).json()
    [memory] = await app.memories()
    assert [memory["id"]] == created["memory_ids"]
    assert await app.finds("Which languages does she like?") == ["The user loves TypeScript."]


async def test_a_change_in_one_is_a_change_in_all(app: Application) -> None:
    """Edits and deletions too: the dialects keep no copies."""
    [added] = await app.add("I love TypeScript.")
    await app.http.patch(f"/api/v1/memories/{added['id']}", json={"content": "The user loves Rust."})
    assert await app.knows() == ["The user loves Rust."]
    await app.http.delete(f"/v1/memories/{added['id']}/")
    assert (await app.http.get(f"/api/v1/memories/{added['id']}")).status_code == 404
