"""Words matched at hand: as the full-text index matches them, and by no one else's memories."""

import pytest
from lancedb.query import MatchQuery
from store_rows import Remember, memory, of

from core.store.connection import Store
from core.store.reader import Reader
from core.store.tables import memories_name
from core.store.words import bm25, hashed, terms
from schemas.scope import shard_of

SAID = [
    "The user drinks green tea every morning.",
    "The user's sister Léa drinks coffee in Köln, and visited three cafés there.",
    "The user is running a marathon in October; runs on Sundays too, tea afterwards.",
    "Tea.",
    "The user owns two Straßenräder and a tandem_bike.",
]


@pytest.mark.parametrize("question", ["tea", "drinks tea in the morning", "CAFE runs", "koln sunday running", "tandem", "nothing of it"])
async def test_they_are_scored_as_the_index_scores_them(store: Store, remember: Remember, question: str) -> None:
    await remember(*map(memory, SAID))
    table = await store.reading(memories_name(shard_of(memory().scope.subject, store.shards)))
    rows = await table.query().nearest_to_text(MatchQuery(question, "content")).select(["content", "_score"]).to_arrow()
    indexed = dict(zip(rows["content"].to_pylist(), rows["_score"].to_pylist(), strict=True))
    here = {said: score for said, score in zip(SAID, bm25(list(map(hashed, SAID)), question), strict=True) if score}
    assert here == pytest.approx(indexed, rel=0.05)  # the index keeps lengths in a byte


def test_words_lose_their_endings_accents_and_case_and_the_empty_ones_are_left_out() -> None:
    assert terms("The cafés, RUNNING with Ærøskøbing_Straße!") == ["cafe", "run", "aeroskob", "strass"]
    assert bm25([hashed("The user is here.")], "is the") == [0.0]
    assert bm25([], "tea") == []


async def test_what_others_say_changes_no_score(reader: Reader, remember: Remember) -> None:
    await remember(memory("tea at five"), memory("coffee at nine"))
    [alone] = [found.lexical for found in await reader.search(of("ann"), None, "tea", 5)]
    await remember(*(memory(f"tea {n}", user=f"user{n}") for n in range(9)))
    assert [found.lexical for found in await reader.search(of("ann"), None, "tea", 5)] == [alone]


async def test_memories_of_a_version_that_kept_no_text_in_their_bodies_are_found(store: Store, reader: Reader, remember: Remember) -> None:
    await remember(memory("The user drinks tea."), memory("The user sleeps."))
    table = await store.writing(memories_name(shard_of(memory().scope.subject, store.shards)))
    await table.update(updates_sql={"body": """regexp_replace(body, ',"text":.*$', '}')"""}, where="content LIKE '%tea%'")
    assert [found.memory.content for found in await reader.search(of("ann"), None, "tea", 5)] == ["The user drinks tea."]
