"""What a search gives back: the memories that answer, of whom it was asked for, best first."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from core.resources import Resources
from query.recall import recall
from schemas.errors import Unavailable
from schemas.memory import Memory
from schemas.search import Candidate, Condition, Query, Selection

Remember = Callable[..., Memory]
Put = Callable[..., Awaitable[None]]


def ask(text: str, user: str = "alice", **options: object) -> Query:
    return Query(text=text, selection=Selection(owner="acme", where=Condition(field="user", value=user)), **options)


async def contents(query: Query, pool: Resources) -> list[str]:
    return [hit.memory.content for hit in await recall(query, pool)]


async def test_a_search_finds_what_answers_it_and_leaves_the_rest(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(memory("The user drinks green tea every morning"), memory("A parcel arrived"))
    assert await contents(ask("green tea in the morning", threshold=0.3), pool) == ["The user drinks green tea every morning"]


async def test_a_search_finds_nothing_of_another_user(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(memory("The user drinks green tea", user="bob"))
    assert await contents(ask("green tea"), pool) == []


async def test_asked_what_is_known_about_me_there_is_an_answer_at_every_usual_threshold(
    pool: Resources, memory: Remember, remember: Put
) -> None:
    await remember(memory("Parcels arrive on Fridays", days_ago=500, importance=0.1))
    for threshold in (0.1, 0.3):
        assert await contents(ask("What do you know about me?", threshold=threshold), pool) == ["Parcels arrive on Fridays"]


async def test_no_more_than_the_limit_comes_back_and_the_best_first(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(memory("tea"), memory("tea with milk and honey and ginger"), memory("tea with milk"))
    assert await contents(ask("tea", limit=2), pool) == ["tea", "tea with milk"]
    assert await contents(ask("tea", limit=0), pool) == []


async def test_a_threshold_may_cut_by_similarity_alone(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(memory("tea"), memory("tea with milk and honey and ginger and cloves"))
    hits = await recall(ask("tea", threshold=0.9, by_similarity=True), pool)
    assert [hit.memory.content for hit in hits] == ["tea"]
    assert hits[0].similarity >= 0.9


async def test_now_is_when_the_client_says(pool: Resources, memory: Remember, remember: Put, now: datetime) -> None:
    await remember(memory("tea"))
    (hit,) = await recall(ask("tea", reference_at=now + timedelta(days=180)), pool)
    assert hit.recency == pytest.approx(0.25)


async def test_many_hits_may_be_asked_for(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(*(memory(f"tea number {n}") for n in range(150)))
    assert len(await recall(ask("tea", limit=120), pool)) == 120


async def test_a_store_that_does_not_answer_in_time_is_said_to_be_unavailable(pool: Resources) -> None:
    class Stuck:
        async def search(self, *asked: object) -> list[Candidate]:
            await asyncio.Event().wait()
            return []

    settings = pool.settings.model_copy(update={"request_timeout_s": 0.01})
    stuck = SimpleNamespace(**{**vars(pool), "reader": Stuck(), "settings": settings})
    with pytest.raises(Unavailable):
        await recall(ask("tea"), cast(Resources, stuck))


async def test_an_empty_owner_finds_nothing(pool: Resources, memory: Remember, remember: Put) -> None:
    await remember(memory("tea"))
    query = ask("tea")
    assert await recall(replace(query, selection=replace(query.selection, owner="")), pool) == []


@pytest.mark.parametrize(
    ("query", "chosen"),
    [
        (ask("Where did I plant the tomatoes?"), True),
        (ask("What do you know about me?"), False),
        (ask("What would you suggest for dinner?"), False),
        (ask("Where did I plant the tomatoes?", familiarity_share=0.3), False),
        (ask("Where did I plant the tomatoes?", threshold=0.3, by_similarity=True), False),
    ],
)
async def test_of_a_large_user_the_most_promising_are_read_where_relevance_alone_decides(
    pool: Resources, query: Query, chosen: bool
) -> None:
    asked: list[object] = []

    async def search(selection: object, vector: Awaitable[object], words: object, limit: int, shortlist: object) -> list[Candidate]:
        await vector
        asked.append(shortlist)
        return []

    noting = SimpleNamespace(**{**vars(pool), "reader": SimpleNamespace(search=search)})
    await recall(query, cast(Resources, noting))
    assert [shortlist is not None for shortlist in asked] == [chosen]
