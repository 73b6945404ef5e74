"""10. What must not change."""

from fundamentals.application import Application


async def test_an_immutable_memory_takes_no_edit(app: Application) -> None:
    """A consent, a blood group: `immutable` refuses later changes. It can still be deleted, for that is the user's right."""
    [memory] = await app.add("My blood group is A negative.", immutable=True)
    path = f"/v1/memories/{memory['id']}/"

    refused = await app.http.put(path, json={"text": "The user's blood group is B."})
    assert (refused.status_code, "immutable" in refused.json()["detail"]) == (409, True)
    assert await app.knows() == ["The user's blood group is A negative."]

    assert (await app.http.delete(path)).status_code == 200
    assert await app.knows() == []


async def test_nor_does_a_contradiction_touch_it(app: Application) -> None:
    """What is said later stands beside it: no conversation overrules what was meant to stay."""
    await app.add("I live in Paris.", immutable=True)
    await app.add("I moved to Lisbon.")
    assert "The user lives in Paris." in await app.knows()
