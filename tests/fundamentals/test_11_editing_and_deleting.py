"""11. Editing and deleting: at once, in order, and on record."""

from fundamentals.application import Application


async def test_an_edited_memory_is_found_by_its_new_words(app: Application) -> None:
    """The memory keeps its id; its meaning is computed anew, and its history has a line more."""
    [memory] = await app.add("I play the violin.")
    path = f"/v1/memories/{memory['id']}/"
    await app.http.put(path, json={"text": "The user plays the tuba in a marching band."})
    assert await app.finds("Who plays brass instruments?") == ["The user plays the tuba in a marching band."]
    assert [line["event"] for line in (await app.http.get(f"{path}history/")).json()] == ["ADD", "UPDATE"]


async def test_a_deleted_memory_is_gone_for_every_reader(app: Application) -> None:
    """When the answer comes, it is done. Asked once more, it does not exist; what happened to it stays on record."""
    [memory] = await app.add("I play the violin.")
    path = f"/v1/memories/{memory['id']}/"
    await app.http.delete(path)
    assert await app.finds("violin") == []
    assert (await app.http.get(path)).status_code == 404
    assert (await app.http.delete(path)).status_code == 404
    assert [line["event"] for line in (await app.http.get(f"{path}history/")).json()] == ["ADD", "DELETE"]


async def test_forget_me(app: Application) -> None:
    """One request deletes all that is known of a user, also what was accepted before it and is still on its way; nobody else's."""
    await app.add("I play the violin.", user="alice")
    await app.add("I play chess.", user="bob")
    await app.send("I live in Paris.", user="alice")
    answer = await app.http.delete("/v1/memories/", params={"user_id": "alice"})
    assert answer.status_code == 200
    assert await app.knows("alice") == []
    assert await app.knows("bob") == ["The user plays chess."]
