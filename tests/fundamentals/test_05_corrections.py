"""5. People move: a correction takes the old memory's place, and history keeps it."""

from fundamentals.application import Application


async def test_the_newer_truth_takes_the_older_ones_place(app: Application) -> None:
    """Nobody lives in two cities. What contradicts an older memory supersedes it: searches and lists show only the new one."""
    await app.add("I live in Paris.")
    results = await app.add("I moved from Paris to Lisbon.")
    assert sorted(result["event"] for result in results) == ["ADD", "DELETE"]
    assert "Lisbon" in (await app.finds("Where do I live?"))[0]
    assert not any("lives in Paris" in memory for memory in await app.knows())


async def test_nothing_is_forgotten_by_being_corrected(app: Application) -> None:
    """The old memory keeps its id, says what replaced it, and its history says why: an answer given last week can be explained."""
    [paris] = await app.add("I live in Paris.")
    [lisbon, _] = await app.add("I moved to Lisbon.")

    old = (await app.http.get(f"/v1/memories/{paris['id']}/")).json()
    assert (old["lifecycle_state"], old["replaced_by"]) == ("superseded", lisbon["id"])

    history = (await app.http.get(f"/v1/memories/{paris['id']}/history/")).json()
    assert [line["event"] for line in history] == ["ADD", "DELETE"]
    assert history[0]["new_memory"] == history[1]["old_memory"] == "The user lives in Paris."


async def test_taking_something_back_is_a_correction_too(app: Application) -> None:
    """ "No longer" ends an old truth and may begin a new one; the receipt tells the two apart."""
    await app.add("I work at Acme.")
    event_id = await app.send("I no longer work at Acme; I work at Globex now.")
    await app.add("Bye.")
    reasons = {verdict["text"]: verdict["reason"] for verdict in (await app.receipt(event_id))["verdicts"]}
    assert reasons == {
        "The user no longer works at Acme.": "takes back: The user works at Acme.",
        "The user works at Globex now.": "new",
    }


async def test_tastes_stand_beside_each_other(app: Application) -> None:
    """Not every two statements of a kind contradict each other: one lives in one place, but loves many."""
    await app.add("I love tea.")
    await app.add("I love coffee.")
    assert await app.knows() == ["The user loves tea.", "The user loves coffee."]
