"""12. Filters: which of a user's memories."""

from fundamentals.application import Application, Json

NUTS, TYPESCRIPT = "The user is allergic to nuts.", "The user loves TypeScript."
FILTERS: list[tuple[Json, set[str]]] = [
    ({"metadata": {"source": "onboarding"}}, {NUTS}),
    ({"categories": {"in": ["technology"]}}, {TYPESCRIPT}),
    ({"created_at": {"lt": "2025-01-01"}}, {NUTS}),
    ({"keywords": {"icontains": "typescript"}}, {TYPESCRIPT}),
    ({"OR": [{"metadata": {"source": "onboarding"}}, {"metadata": {"source": "chat"}}]}, {NUTS, TYPESCRIPT}),
    ({"NOT": [{"metadata": {"source": "chat"}}]}, {NUTS}),
]


async def test_a_filter_narrows_lists_and_searches_alike(app: Application) -> None:
    """Metadata is what your application wants to remember beside the words. Conditions are put together with AND, OR and NOT;
    whose memories are meant is always one of them.
    """
    await app.add("I'm allergic to nuts.", metadata={"source": "onboarding"}, timestamp=1_700_000_000)
    await app.add("I love TypeScript.", metadata={"source": "chat"})
    for condition, found in FILTERS:
        filters = {"AND": [{"user_id": "alice"}, condition]}
        listed = await app.http.post("/v3/memories/", json={"filters": filters})
        searched = await app.http.post("/v3/memories/search/", json={"query": "What do you know about me?", "filters": filters})
        for answer in (listed, searched):
            assert {memory["memory"] for memory in answer.json()["results"]} == found, condition


async def test_a_misspelt_filter_is_refused(app: Application) -> None:
    """Ignoring what it can't read would widen the search, to memories that were not asked for."""
    filters = {"AND": [{"user_id": "alice"}, {"colour": "blue"}]}
    answer = await app.http.post("/v3/memories/search/", json={"query": "sea", "filters": filters})
    assert (answer.status_code, "colour" in answer.text) == (400, True)


async def test_what_an_add_keeps_and_leaves_out(app: Application) -> None:
    """Before anything is stored: `includes` and `excludes` say in plain words what a memory may be about."""
    event_id = await app.send("I'm allergic to nuts. My salary is 80,000 euros a year.", excludes="salary, money and finances")
    await app.add("Bye.")
    assert await app.knows() == ["The user is allergic to nuts."]
    assert "excluded: salary, money and finances" in [verdict["reason"] for verdict in (await app.receipt(event_id))["verdicts"]]
