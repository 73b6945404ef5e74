"""9. Time: when something was said, what "yesterday" means, and when it ends."""

from datetime import UTC, datetime, timedelta

from fundamentals.application import Application


async def test_yesterday_becomes_a_date(app: Application) -> None:
    """A memory is read months later, when "yesterday" means nothing any more. `timestamp` says when an old conversation took place."""
    took_place = datetime(2024, 3, 10, 12, tzinfo=UTC)
    await app.add("I hiked in Norway yesterday.", timestamp=int(took_place.timestamp()))
    [memory] = await app.memories()
    assert memory["memory"] == "The user hiked in Norway on 9 March 2024."
    assert datetime.fromisoformat(memory["created_at"]) == took_place


async def test_what_has_expired_is_out_of_sight_and_not_gone(app: Application) -> None:
    """A parking permit, a voucher, a fever: `expiration_date` names the last day on which it counts."""
    today = datetime.now(UTC).date()
    await app.add("My parking permit is number 4711.", expiration_date=str(today - timedelta(days=1)))
    await app.add("My library card is number 1234.", expiration_date=str(today + timedelta(days=30)))
    assert await app.knows() == ["The user's library card is number 1234."]
    assert await app.finds("parking permit", top_k=1) != ["The user's parking permit is number 4711."]
    assert "The user's parking permit is number 4711." in await app.finds("parking permit", show_expired=True)


async def test_an_expiration_can_be_put_off(app: Application) -> None:
    """Renewed: the memory is the same, and counts again."""
    await app.add("My parking permit is number 4711.", expiration_date="2020-01-01")
    [expired] = await app.memories(show_expired=True)
    await app.http.put(f"/v1/memories/{expired['id']}/", json={"expiration_date": None})
    assert await app.knows() == ["The user's parking permit is number 4711."]
