"""6. Whose memories: every request says so, and nobody sees another's."""

from fundamentals.application import Application, Register


async def test_two_users_of_one_application(app: Application) -> None:
    """Each user is a world of its own: the very words of Bob's memory find nothing of his among Alice's."""
    await app.add("My boat is called Marlin.", user="alice")
    await app.add("My boat is called Swordfish.", user="bob")
    assert await app.finds("What is the boat Swordfish called?", user="alice") == ["The user's boat is called Marlin."]
    assert await app.finds("What is the boat Swordfish called?", user="carol") == []


async def test_two_accounts_of_one_install(app: Application, register: Register) -> None:
    """An API key belongs to an account. Another account may have a user of the same name, and still sees nothing: not in lists,
    not in searches, and an id it got hold of does not exist for it.
    """
    [boat] = await app.add("My boat is called Marlin.", user="alice")
    rival = await register("rival")
    assert await rival.knows("alice") == []
    assert await rival.finds("boat", user="alice") == []
    for request in ("GET", "DELETE"):
        assert (await rival.http.request(request, f"/v1/memories/{boat['id']}/")).status_code == 404
    assert await app.knows("alice") == ["The user's boat is called Marlin."]


async def test_who_names_nobody_gets_nothing(app: Application) -> None:
    """A forgotten filter is the classic leak. Here it is a refused request, not a search over everybody."""
    await app.add("My boat is called Marlin.")
    for filters in ({}, {"AND": []}, {"user_id": ""}):
        answer = await app.http.post("/v3/memories/search/", json={"query": "boat", "filters": filters})
        assert answer.status_code == 400
    assert (await app.http.post("/v1/memories/", json={"messages": "I love tea."})).status_code == 400


async def test_one_users_memories_are_told_apart_by_run(app: Application) -> None:
    """A run is a session or a ticket: what was said in it is found by it, and it is still the same user's."""
    await app.add("My boat is called Marlin.", run_id="monday")
    await app.add("I love tea.", run_id="tuesday")
    in_run = {"query": "What do you know about me?", "filters": {"user_id": "alice", "run_id": "tuesday"}}
    found = (await app.http.post("/v3/memories/search/", json=in_run)).json()["results"]
    assert [memory["memory"] for memory in found] == ["The user loves tea."]
    assert len(await app.knows()) == 2
