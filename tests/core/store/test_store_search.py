"""What a search finds: by meaning, by words, in one shard or all, exactly or by the vector index."""

import asyncio

import numpy as np
import pyarrow as pa
import pytest
from lancedb import AsyncTable
from store_rows import DIMENSION, NOW, Remember, having, memory, of, towards, writer_of

from core.store import rows as store_rows
from core.store import whole as store_whole
from core.store.connection import Store
from core.store.lately import Row
from core.store.nearest import EXACT_ROWS, VECTOR_INDEX_ROWS
from core.store.reader import Reader
from core.store.scale import DENSE, WHOLE_ROWS, Scale
from core.store.tables import memories_name
from schemas.errors import UpstreamFailed
from schemas.memory import MemoryState
from schemas.scope import shard_of
from schemas.search import And, Candidate, Condition

LARGE = WHOLE_ROWS * DENSE
"""More memories of one user in a small table are not read whole."""


def contents(found: list[Candidate]) -> list[str]:
    return [candidate.memory.content for candidate in found]


async def test_meaning_and_words_find_each_their_own(reader: Reader, remember: Remember) -> None:
    await remember(
        (memory("The user drinks tea."), towards(1, 0.1)),
        (memory("The user plays chess."), towards(0.1, 1)),
        (memory("The user sleeps."), towards(0, 0, 1)),
    )
    found = await reader.search(of("ann"), towards(1), "Chess?", 1)
    assert contents(found) == ["The user drinks tea.", "The user plays chess."]
    assert [bool(candidate.lexical) for candidate in found] == [False, True]
    assert found[1].similarity == pytest.approx(float(towards(1) @ towards(0.1, 1)), abs=0.005)


async def test_a_memory_found_both_ways_comes_once_with_both_scores(reader: Reader, remember: Remember) -> None:
    await remember((memory("The user drinks tea."), towards(1, 1)))
    [found] = await reader.search(of("ann"), towards(1), "drinking", 10)
    assert found.lexical > 0
    assert found.similarity == pytest.approx(0.5**0.5, abs=1e-5)


async def test_words_alone_and_meaning_alone(reader: Reader, remember: Remember) -> None:
    await remember((memory("The user drinks tea."), towards(1)), (memory("The user sleeps."), towards(0, 1)))
    [by_words] = await reader.search(of("ann"), None, "tea", 10)
    assert (by_words.memory.content, by_words.similarity) == ("The user drinks tea.", 0.0)
    assert contents(await reader.search(of("ann"), towards(0, 1), None, 10)) == ["The user sleeps.", "The user drinks tea."]
    assert await reader.search(of("ann"), None, None, 10) == []
    assert await reader.search(of("ann"), towards(1), "tea", 0) == []


@pytest.mark.parametrize(
    "text",
    ["", "   ", "the", '"', '"tea', "tea AND OR NOT (", "content:tea^9 ~ *", "😀", "\0", "'; --", "\ud800", "tea " * 5_000, "?" * 3_000],
)
async def test_no_question_is_taken_for_syntax(reader: Reader, remember: Remember, text: str) -> None:
    await remember(memory("The user drinks tea."))
    found = await reader.search(of("ann"), None, text, 10)
    assert contents(found) == (["The user drinks tea."] if "tea" in text else [])


async def test_words_match_whatever_their_ending_case_or_accents(reader: Reader, remember: Remember) -> None:
    await remember(memory("The user visited cafés while running in Köln."))
    for question in ("CAFE", "ran visits", "runs", "koln", "Köln"):
        assert len(await reader.search(of("ann"), None, question, 5)) == 1, question


async def test_only_what_is_in_scope_active_and_unexpired_is_found(reader: Reader, remember: Remember) -> None:
    await remember(
        memory("tea here"),
        memory("tea bob", user="bob"),
        memory("tea elsewhere", owner="other"),
        memory("tea old", state=MemoryState.SUPERSEDED),
        memory("tea gone", expires_at=NOW),
    )
    assert contents(await reader.search(of("ann"), towards(1), "tea", 10)) == ["tea here"]


async def test_an_owner_wide_search_gives_the_best_of_all_shards(reader: Reader, remember: Remember) -> None:
    await remember(*((memory(f"word{n}", user=f"user{n}"), towards(1, n / 10)) for n in range(12)))
    found = await reader.search(having(And()), towards(1), "word11 word10", 3)
    assert contents(found) == ["word0", "word1", "word2", "word10", "word11"]
    assert [candidate.similarity for candidate in found] == sorted((c.similarity for c in found), reverse=True)


async def test_a_zero_vector_is_near_to_nothing(reader: Reader, remember: Remember) -> None:
    await remember(memory("tea"))
    assert await reader.search(of("ann"), np.zeros(DIMENSION, np.float32), None, 5) == []


async def test_a_giant_is_searched_by_the_index_and_its_neighbour_exactly(crowded: Store, reader: Reader) -> None:
    assert VECTOR_INDEX_ROWS > EXACT_ROWS
    table = await crowded.reading(memories_name(shard_of(memory(user="giant").scope.subject, crowded.shards)))
    rows = await table.query().where("user_id = 'giant'").select(["id", "vector"]).to_arrow()
    vectors, ids = np.array(rows["vector"].to_pylist(), np.float32), rows["id"].to_pylist()
    hits = 0
    for question in np.random.default_rng(6).standard_normal((20, DIMENSION)).astype(np.float32):
        question /= np.linalg.norm(question)
        truth = {ids[n] for n in np.argsort(-(vectors @ question))[:10]}
        found = await reader.search(of("giant"), question, None, 10)
        hits += len(truth & {candidate.memory.id for candidate in found})
        exact = [float(vectors[ids.index(candidate.memory.id)] @ question) for candidate in found]
        assert [candidate.similarity for candidate in found] == pytest.approx(sorted(exact, reverse=True), abs=1e-5)
    assert hits >= 190
    small = (await reader.page(having(Condition(field="content", op="contains", value="s0")))).memories[0].scope.user
    assert contents(await reader.search(of(str(small)), towards(1), None, 10)) == ["s0", "s1", "s2", "s3", "s4"]


async def test_a_narrow_filter_on_a_giant_still_finds_all_it_leaves(crowded: Store, reader: Reader) -> None:
    few = having(And(parts=(Condition(field="user", value="giant"), Condition(field="run", value="few"))))
    assert len(await reader.search(few, towards(1), None, 50)) == VECTOR_INDEX_ROWS // 1_000
    wide = having(And(parts=(Condition(field="user", value="giant"), Condition(field="content", op="contains", value="g"))))
    assert len(await reader.search(wide, towards(1), None, 50)) == 50


async def test_neighbours_of_a_giant_are_found_by_the_index(crowded: Store) -> None:
    giant = memory(user="giant")
    found = await writer_of(crowded, giant).neighbours({giant.scope.subject: np.stack([towards(1), towards(0, 1)])}, 3, -1.0)
    assert [len(draft) for draft in found[giant.scope.subject]] == [3, 3]
    assert all(candidate.memory.scope.user == "giant" for draft in found[giant.scope.subject] for candidate in draft)


async def test_the_vector_may_still_be_in_the_making_when_the_search_begins(reader: Reader, remember: Remember) -> None:
    await remember((memory("The user drinks tea."), towards(1)), (memory("The user sleeps."), towards(0, 1)))
    made = asyncio.get_running_loop().create_future()
    search = asyncio.create_task(reader.search(of("ann"), made, "tea", 10))
    await asyncio.sleep(0)
    made.set_result(towards(0, 1))
    assert contents(await search) == ["The user sleeps.", "The user drinks tea."]


async def test_of_rows_that_an_older_version_wrote_the_vectors_are_read(
    reader: Reader, remember: Remember, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their bodies have no codes. It is found out once, then known for a while."""
    with monkeypatch.context() as patch:
        patch.setattr(store_rows, "with_codes", lambda bodies, vectors: bodies)
        await remember((memory("The user drinks tea."), towards(1, 0.1)), (memory("The user plays chess."), towards(0.1, 1)))
    read: list[list[str]] = []
    inner = store_whole.remembered

    def noting(table: AsyncTable, scale: Scale, rows: pa.Table, dimension: int) -> dict[int, Row] | None:
        read.append([name for name in rows.column_names if name != "_rowid"])
        return inner(table, scale, rows, dimension)

    monkeypatch.setattr(store_whole, "remembered", noting)
    for _ in range(2):
        found = await reader.search(of("ann"), towards(1), "Chess?", 2)
        assert contents(found) == ["The user drinks tea.", "The user plays chess."]
        assert found[0].similarity == pytest.approx(float(towards(1) @ towards(1, 0.1)), abs=0.005)
    assert read == [["body"], ["content", "body", "vector"]]


@pytest.mark.parametrize("rows", [1, LARGE + 1])
async def test_a_vector_that_cannot_be_made_fails_the_search(reader: Reader, remember: Remember, rows: int) -> None:
    await remember(*(memory(f"tea {n}") for n in range(rows)))
    made = asyncio.get_running_loop().create_future()
    made.set_exception(UpstreamFailed("no provider"))
    with pytest.raises(UpstreamFailed):
        await reader.search(of("ann"), made, "tea", 10)


async def test_a_subject_that_outgrows_reading_it_whole_is_found_alike(reader: Reader, remember: Remember) -> None:
    vectors = np.random.default_rng(3).standard_normal((LARGE + 1, DIMENSION)).astype(np.float32)
    rows = [(memory(f"tea {n}" if n % (LARGE // 10) == 0 else f"note {n}"), row / np.linalg.norm(row)) for n, row in enumerate(vectors)]
    await remember(*rows[:-1])
    small = await reader.search(of("ann"), towards(1, 1), "tea", 12)
    await remember((rows[-1][0], towards(-1, -1)))
    large = await reader.search(of("ann"), towards(1, 1), "tea", 12)
    assert sorted(contents(large)) == sorted(contents(small))
    assert len(small) > 12
    similarity = {c.memory.content: c.similarity for c in large}
    assert [similarity[c.memory.content] for c in small] == pytest.approx([c.similarity for c in small], abs=0.005)
    assert {c.memory.content for c in large if c.lexical} == {c.memory.content for c in small if c.lexical}


async def test_of_a_large_user_only_what_is_active_and_unexpired_is_found(reader: Reader, remember: Remember) -> None:
    gone = [memory(f"tea gone {n}", expires_at=NOW) for n in range(20)]
    others = [memory(f"note {n}") for n in range(LARGE)]
    await remember(memory("tea here"), memory("tea old", state=MemoryState.SUPERSEDED), *gone, *((note, towards(0, 1)) for note in others))
    found = await reader.search(of("ann"), towards(1), "tea", 10)
    assert contents(found)[0] == "tea here"
    assert len(found) == 10
    assert [candidate.lexical > 0 for candidate in found] == [True] + [False] * 9


async def test_many_drafts_of_a_giant_get_their_exact_neighbours(crowded: Store) -> None:
    giant = memory(user="giant")
    drafts = np.random.default_rng(8).standard_normal((16, DIMENSION)).astype(np.float32)
    drafts /= np.linalg.norm(drafts, axis=1, keepdims=True)
    table = await crowded.reading(memories_name(shard_of(giant.scope.subject, crowded.shards)))
    rows = await table.query().where("user_id = 'giant'").select(["id", "vector"]).to_arrow()
    cosines, ids = np.array(rows["vector"].to_pylist(), np.float32) @ drafts.T, rows["id"].to_pylist()
    found = (await writer_of(crowded, giant).neighbours({giant.scope.subject: drafts}, 4, 0.5))[giant.scope.subject]
    for draft, column in zip(found, cosines.T, strict=True):
        nearest = [place for place in np.argsort(-column)[:4] if column[place] >= 0.5]
        assert [candidate.memory.id for candidate in draft] == [ids[place] for place in nearest]
        assert [candidate.similarity for candidate in draft] == pytest.approx(column[nearest].tolist(), abs=1e-5)
