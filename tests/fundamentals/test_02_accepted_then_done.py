"""2. What is asynchronous: an answer that says "accepted", and one that says "done"."""

from fundamentals.application import Application
from working import work

from core.resources import Resources

HELLO = {"messages": "I love TypeScript.", "user_id": "alice"}


async def test_an_add_answers_as_soon_as_the_words_are_safe(unattended: Application, resources: Resources) -> None:
    """Reading, embedding and storing take a while, with a language model even seconds. So an add answers when the conversation
    is written to disk as an event, and gives the event's id. Whoever wants to know what became of it asks for its receipt.
    """
    answer = (await unattended.http.post("/v3/memories/add/", json=HELLO)).json()
    assert answer["status"] == "PENDING"
    assert await unattended.knows() == []

    await work(resources)  # what a worker does in a process of its own

    assert (await unattended.receipt(answer["event_id"]))["status"] == "SUCCEEDED"
    assert await unattended.knows() == ["The user loves TypeScript."]


async def test_who_prefers_to_wait_is_told_the_outcome(app: Application) -> None:
    """The same road, plus waiting at its end: v1 of Mem0's dialect and the Memories API answer when the memories are stored."""
    [result] = (await app.http.post("/v1/memories/", json=HELLO)).json()
    assert (result["event"], result["data"]["memory"]) == ("ADD", "The user loves TypeScript.")


async def test_once_an_add_is_done_every_reader_sees_it(app: Application) -> None:
    """Read your writes: after the outcome there is no moment in which a search does not know of it yet."""
    for drink in ("tea", "coffee", "lemonade"):
        await app.add(f"I love {drink}.")
        assert await app.finds(f"Does she like {drink}?", top_k=1) == [f"The user loves {drink}."]
