"""7. A memory has a type and a confidence, and can be asked for by them."""

from fundamentals.application import Application

TYPES = {
    "I prefer dark mode.": "preference",
    "My birthday is on 3 May.": "fact",
    "I hiked in Norway in 2019.": "experience",
    "I want to learn Portuguese.": "goal",
    "Emma is my sister.": "relationship",
}


async def test_five_types_of_memories(app: Application) -> None:
    """What one likes, what is so, what happened, what one plans, and who somebody is: read from the sentence itself."""
    await app.add(" ".join(TYPES))
    assert [memory["memory_type"] for memory in await app.memories()] == list(TYPES.values())


async def test_a_list_of_one_type_that_one_can_rely_on(app: Application) -> None:
    """Goals for a coach, preferences for a kitchen; `min_confidence` leaves out what was said half-heartedly."""
    await app.add("I want to learn Portuguese. I prefer dark mode. Maybe I will sell my car some day.")

    async def listed(**query: object) -> list[str]:
        page = (await app.http.get("/api/v1/memories", params={"user_id": "alice", **query})).json()
        return [row["content"] for row in page["results"]]

    assert await listed(memory_type="preference") == ["The user prefers dark mode."]
    assert len(await listed(memory_type="goal")) == 2
    assert await listed(memory_type="goal", min_confidence=0.9) == ["The user wants to learn Portuguese."]


async def test_a_memory_falls_into_categories(app: Application) -> None:
    """The default list is Mem0's; an add may bring its own, told by their descriptions' meaning."""
    await app.add("I'm allergic to nuts.")
    [memory] = await app.memories()
    assert "food" in memory["categories"]

    own = [{"garage": "Cars, motorbikes and their repair"}, {"pantry": "Food and drink"}]
    await app.add("I repair old motorbikes.", user="bob", custom_categories=own)
    [memory] = await app.memories("bob")
    assert memory["categories"] == ["garage"]
