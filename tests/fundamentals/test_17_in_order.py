"""17. In order: one user's events are handled one after the other, everybody's side by side."""

import asyncio

from fundamentals.application import Application

CITIES = ("Paris", "Rome", "Oslo", "Lisbon", "Vienna")


async def test_the_last_word_counts(app: Application) -> None:
    """Five moves in quick succession, none of them waited for: handled out of order, another city would be home."""
    events = [await app.send(f"I moved to {city}.") for city in CITIES]
    await app.add("Bye.")
    assert await app.knows() == ["The user moved to Vienna."]
    ended = [(await app.receipt(event_id))["completed_at"] for event_id in events]
    assert ended == sorted(ended)


async def test_a_deletion_does_not_overtake_the_add_before_it(app: Application) -> None:
    """Edits and deletions travel the same road as what they refer to."""
    await app.send("I play the violin.")
    await app.http.delete("/v1/memories/", params={"user_id": "alice"})
    await app.add("I play chess.")
    assert await app.knows() == ["The user plays chess."]


async def test_many_users_at_once(app: Application) -> None:
    """Order is kept per user, not over all: thirty users' adds share the work, and each ends with its own memory."""
    users = [f"user-{number}" for number in range(30)]
    await asyncio.gather(*(app.add(f"My lucky number is {number}.", user=user) for number, user in enumerate(users)))
    for number, user in enumerate(users):
        assert await app.knows(user) == [f"The user's lucky number is {number}."]
