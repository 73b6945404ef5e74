"""Of a large user's candidates the most promising alone are read; what is read is whole, and never another's."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from lancedb import AsyncTable
from numpy.typing import NDArray
from store_rows import DIMENSION, Remember, having, later, memory, of, writer_of

from core.store import rows as store_rows
from core.store import search as store_search
from core.store import shortlist
from core.store.connection import Store
from core.store.promising import Shortlist
from core.store.reader import Reader
from core.store.rows import Vector
from core.store.tables import memories_name
from schemas.memory import Memory
from schemas.scope import shard_of
from schemas.search import And, Candidate, Condition

WORDS = "g11 g222 g3333"
LIMIT = 50
_CODED = 0.005
"""So far a cosine may be off, of vectors of so few numbers as here."""
Numbers = NDArray[np.float64]


def by_both(similarity: Numbers, lexical: Numbers, full_marks: float | None) -> Numbers:
    """What is found by a word counts most, then what is near."""
    return similarity + lexical


FEW = Shortlist(25, 20, 1.0, by_both, lambda best: max((candidate.lexical for candidate in best), default=0.0))


@pytest.fixture
def question() -> Vector:
    vector = np.random.default_rng(21).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


def best(found: list[Candidate], count: int) -> list[Candidate]:
    return sorted(found, key=lambda c: c.lexical + c.similarity, reverse=True)[:count]


def same_best(found: list[Candidate], expected: list[Candidate], count: int) -> bool:
    """Whether the `count` best are as good, and the same but for those as good as the last: codes tell cosines no finer."""
    mine, theirs = best(found, count), best(expected, count)
    scores = [[c.lexical + c.similarity for c in some] for some in (mine, theirs)]
    sure = {c.memory.content for c, score in zip(theirs, scores[1], strict=True) if score > scores[1][-1] + 2 * _CODED}
    return scores[0] == pytest.approx(scores[1], abs=_CODED) and sure <= {c.memory.content for c in mine}


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[list[Candidate] | None]:
    """What the shortlists of this test came to."""
    seen: list[list[Candidate] | None] = []
    inner = store_search.read_shortlist

    async def noting(*args: object) -> list[Candidate] | None:
        seen.append(await inner(*args))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(store_search, "read_shortlist", noting)
    return seen


async def giants_table(store: Store) -> AsyncTable:
    return await store.reading(memories_name(shard_of(memory(user="giant").scope.subject, store.shards)))


async def test_the_best_of_a_shortlist_are_the_best_of_all(crowded: Store, reader: Reader, question: Vector, looked: list[object]) -> None:
    everything = await reader.search(of("giant"), question, WORDS, LIMIT)
    few = await reader.search(of("giant"), question, WORDS, LIMIT, FEW)
    assert len(everything) > LIMIT > len(few) >= FEW.known
    assert same_best(few, everything, 6)
    assert [c.memory.content for c in few if c.lexical] == [c.memory.content for c in everything if c.lexical]
    assert [c.similarity for c in few] == sorted((c.similarity for c in few), reverse=True)
    assert looked != [None]


async def test_rows_outside_the_indexes_are_measured_alike(crowded: Store, reader: Reader, question: Vector, looked: list[object]) -> None:
    """With them the index' distances are half as large as without."""
    giant = memory(user="giant")
    near = [(memory(f"fresh{n}", user="giant"), question + np.float32(0.01 * n)) for n in range(3)]
    await writer_of(crowded, giant).commit([(new, vector / np.linalg.norm(vector)) for new, vector in near], [])
    few = await reader.search(of("giant"), question, WORDS, LIMIT, FEW)
    everything = await reader.search(of("giant"), question, WORDS, LIMIT)
    assert same_best(few, everything, 6)
    assert {"fresh0", "fresh1", "fresh2"} < {candidate.memory.content for candidate in few}
    assert looked != [None]


Between = Callable[[], Awaitable[None]]


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Between], None]:
    """Have something happen after the indexes were asked, before the rows are read."""

    def arrange(happen: Between) -> None:
        inner = shortlist.likely

        async def likely(*args: object) -> pa.Table:
            found = await inner(*args)  # type: ignore[arg-type]
            await happen()
            return found

        monkeypatch.setattr(shortlist, "likely", likely)

    return arrange


async def test_a_memory_that_is_corrected_meanwhile_is_found_as_it_is_now(
    crowded: Store, reader: Reader, question: Vector, looked: list[object], between: Callable[[Between], None]
) -> None:
    [nearest, *_] = [candidate.memory for candidate in await reader.search(of("giant"), question, None, 1)]

    async def correct() -> None:
        await writer_of(crowded, nearest).commit([(later(nearest, content="corrected"), None)], [])
        await giants_table(crowded)  # somebody else's search: the handle is at the new version

    between(correct)
    found = await reader.search(of("giant"), question, WORDS, LIMIT, FEW)
    assert looked == [None]
    assert [c.memory.content for c in found if c.memory.id == nearest.id] == ["corrected"]


async def test_rows_that_are_moved_meanwhile_are_found(
    crowded: Store, reader: Reader, question: Vector, between: Callable[[Between], None], remember: Remember
) -> None:
    expected = await reader.search(of("giant"), question, WORDS, LIMIT)
    await remember(memory("one more", user="giant"))  # a second fragment, so that there is something to be joined

    async def join() -> None:
        writing = await crowded.writing(memories_name(shard_of(memory(user="giant").scope.subject, crowded.shards)))
        await writing.optimize()
        await giants_table(crowded)

    between(join)
    assert same_best(await reader.search(of("giant"), question, WORDS, LIMIT, FEW), expected, 6)


async def test_a_row_that_became_anothers_is_never_shown(
    crowded: Store, reader: Reader, question: Vector, looked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a fence had taken a commit back and its rows' numbers had been given away again."""
    table = await giants_table(crowded)
    others = await table.query().where("user_id != 'giant'").with_row_id().select(["_rowid"]).to_arrow()
    inner = shortlist.likely

    async def likely(*args: object) -> pa.Table:
        found = await inner(*args)  # type: ignore[arg-type]
        swapped = pa.concat_arrays([others["_rowid"].combine_chunks()[:2], found["_rowid"].combine_chunks()[2:]])
        return found.set_column(found.schema.get_field_index("_rowid"), "_rowid", swapped)

    monkeypatch.setattr(shortlist, "likely", likely)
    found = await reader.search(of("giant"), question, WORDS, LIMIT, replace(FEW, known=2 * LIMIT))
    assert looked == [None]
    assert {candidate.memory.scope.user for candidate in found} == {"giant"}


async def test_of_rows_without_codes_the_vectors_are_read(
    crowded: Store, reader: Reader, question: Vector, looked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an older version wrote them: by the first search found out, and known from then on."""
    with monkeypatch.context() as patch:
        patch.setattr(store_rows, "with_codes", lambda bodies, vectors: bodies)
        await writer_of(crowded, memory(user="giant")).commit([(memory("from long ago", user="giant"), question)], [])
    for _ in range(2):
        found = await reader.search(of("giant"), question, WORDS, LIMIT, FEW)
        assert (found[0].memory.content, found[0].similarity) == ("from long ago", pytest.approx(1.0, abs=_CODED))
    assert [found is not None for found in looked] == [False, True]


async def test_rows_of_an_older_version_are_read_with_their_contents(
    crowded: Store, reader: Reader, question: Vector, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = store_rows._body

    def older(known: Memory) -> str:
        return inner(known).rpartition(',"text":')[0] + "}"

    with monkeypatch.context() as patch:
        patch.setattr(store_rows, "_body", older)
        patch.setattr(store_rows, "with_codes", lambda bodies, vectors: bodies)
        await writer_of(crowded, memory(user="giant")).commit([(memory("from long ago", user="giant"), question)], [])
    for _ in range(2):
        found = await reader.search(of("giant"), question, WORDS, LIMIT, FEW)
        assert found[0].memory.content == "from long ago"


async def test_a_narrow_filter_leaves_no_shortlist_and_misses_nothing(crowded: Store, reader: Reader, question: Vector) -> None:
    few = having(And(parts=(Condition(field="user", value="giant"), Condition(field="run", value="few"))))
    assert len(await reader.search(few, question, "g1000", LIMIT, FEW)) == 8


@pytest.mark.parametrize("words", ["", "nothing that anybody said"])
async def test_without_a_word_that_matches_the_nearest_are_found(crowded: Store, reader: Reader, question: Vector, words: str) -> None:
    few = await reader.search(of("giant"), question, words, LIMIT, FEW)
    assert same_best(few, await reader.search(of("giant"), question, words, LIMIT), 6)


async def test_a_zero_vector_finds_by_words_alone(crowded: Store, reader: Reader) -> None:
    few = await reader.search(of("giant"), np.zeros(DIMENSION, np.float32), WORDS, LIMIT, FEW)
    assert {candidate.memory.content for candidate in few} == {"g11", "g222", "g3333"}


async def test_of_a_user_who_is_read_whole_the_most_promising_become_candidates(
    reader: Reader, remember: Remember, question: Vector, looked: list[object]
) -> None:
    """Here it is known what counts as full marks before any of them is chosen."""
    vectors = np.random.default_rng(4).standard_normal((200, DIMENSION)).astype(np.float32)
    await remember(*((memory(f"g{n}"), row / np.linalg.norm(row)) for n, row in enumerate(vectors)))
    told: list[float | None] = []

    def noting(similarity: Numbers, lexical: Numbers, full_marks: float | None) -> Numbers:
        told.append(full_marks)
        return by_both(similarity, lexical, full_marks)

    everything = await reader.search(of("ann"), question, "g11 g22 g133", LIMIT)
    few = await reader.search(of("ann"), question, "g11 g22 g133", LIMIT, Shortlist(25, 20, 1.0, noting, FEW.full_marks))
    assert looked == []
    assert len(everything) >= LIMIT
    assert 20 <= len(few) <= 23
    assert [candidate.memory.content for candidate in few if candidate.lexical] == [c.memory.content for c in everything if c.lexical]
    assert same_best(few, everything, 20)
    assert [c.similarity for c in few] == sorted((c.similarity for c in few), reverse=True)
    assert told == [max(candidate.lexical for candidate in everything)]
