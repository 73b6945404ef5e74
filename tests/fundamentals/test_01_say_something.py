"""1. Say something, and find it again by what it means."""

from fundamentals.application import Application


async def test_what_was_said_is_found_by_its_meaning(app: Application) -> None:
    """Two requests are the whole idea. What goes in is a conversation, as your application has it anyway; what comes out are
    statements about the user. The question below shares no word with the answer: they are near each other in meaning.

    `user_id` is any name your application has for a person. It needn't be registered first.
    """
    conversation = [
        {"role": "user", "content": "I'm a vegetarian, and I live in Paris."},
        {"role": "assistant", "content": "Good to know!"},
    ]
    await app.http.post("/v1/memories/", json={"messages": conversation, "user_id": "alice"})

    question = {"query": "What could I cook for her?", "filters": {"user_id": "alice"}}
    answer = (await app.http.post("/v3/memories/search/", json=question)).json()
    assert answer["results"][0]["memory"] == "The user is a vegetarian."


async def test_every_hit_says_why_it_was_found(app: Application) -> None:
    """A score is made of parts: meaning, words in common, how recent and how important it is. All of them are shown."""
    await app.add("My sister Emma plays the cello.")
    question = {"query": "cello", "filters": {"user_id": "alice"}}
    [hit] = (await app.http.post("/v3/memories/search/", json=question)).json()["results"]
    assert set(hit["score_breakdown"]) == {"similarity", "lexical", "recency", "importance"}
    assert hit["score_breakdown"]["lexical"] == 1  # the very word stands in it


async def test_how_near_is_near_enough_is_yours_to_say(app: Application) -> None:
    """A search gives the nearest there is. `threshold` leaves out what is not near enough: an empty answer is an answer too."""
    await app.add("My sister Emma plays the cello.")
    assert await app.finds("Which instrument does my sister play?", threshold=0.3) == ["The user's sister Emma plays the cello."]
    assert await app.finds("Which programming languages are used here?", threshold=0.3) == []
