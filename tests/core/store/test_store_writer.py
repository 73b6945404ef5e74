"""What a shard's owner commits: versions, vectors kept, nothing doubled, nothing brought back."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from store_rows import DIMENSION, NOW, SHARDS, Remember, change, having, later, memory, of, towards, writer_of

from core.store.connection import Store
from core.store.reader import Reader
from core.store.writer import ShardWriter
from schemas.memory import ChangeKind, MemoryState
from schemas.scope import shard_of
from schemas.search import And


async def test_a_memory_comes_back_as_it_was_committed(store: Store, reader: Reader) -> None:
    known = memory(
        "The user's café is “Zoë's”. 😀",
        agent="a",
        app="b",
        run="c",
        tags=("t", "u"),
        categories=("food",),
        confidence=0.25,
        importance=0.75,
        source_kind="verbatim",
        event_id="e1",
        speaker="Zoë",
        said_at=NOW - timedelta(days=3, microseconds=1),
        expires_at=NOW + timedelta(days=30_000),
        state=MemoryState.SUPERSEDED,
        superseded_by="other",
        version=7,
        immutable=True,
        access_count=3,
        last_access_at=NOW,
        metadata={"n": 2**70, "f": 0.1, "nested": {"k": [1, None]}, "t": "x\n", "": False},
        embedding_model="toy",
    )
    await writer_of(store, known).commit([(known, towards(1))], [])
    assert await reader.get("acme", [known.id]) == [known]


async def test_committing_twice_is_committing_once(store: Store, reader: Reader) -> None:
    known, writer = memory(), writer_of(store, memory())
    for _ in range(2):
        await writer.commit([(known, towards(1))], [change(known)])
    assert (await reader.page(of("ann"))).total == 1
    assert len(await reader.history("acme", known.id)) == 1


async def test_an_older_version_never_replaces_a_newer_one(store: Store, reader: Reader) -> None:
    first, writer = memory("first"), writer_of(store, memory())
    second = later(first, content="second")
    await writer.commit([(second, towards(1))], [])
    await writer.commit([(first, towards(1))], [])
    await writer.commit([(replace(second, content="another second"), towards(1))], [])
    assert [known.content for known in await reader.get("acme", [first.id])] == ["second"]


async def test_of_one_id_in_a_batch_the_newest_version_is_kept(store: Store, reader: Reader) -> None:
    first = memory("first")
    second = later(first, content="second")
    await writer_of(store, first).commit([(second, None), (first, towards(0, 1))], [])
    await writer_of(store, first).commit([(first, towards(0, 1)), (second, None)], [])
    page = await reader.page(of("ann"))
    assert [known.content for known in page.memories] == ["second"]
    assert page.total == 1


async def test_without_a_new_vector_the_stored_one_stays(store: Store, reader: Reader) -> None:
    known, writer = memory(), writer_of(store, memory())
    await writer.commit([(known, towards(0, 1))], [])
    await writer.commit([(later(known, metadata={"edited": True}), None)], [])
    [found] = await reader.search(of("ann"), towards(0, 1), None, 5)
    assert found.memory.metadata == {"edited": True}
    assert found.similarity == pytest.approx(1.0, abs=1e-5)


async def test_an_edit_that_is_replayed_after_the_deletion_brings_nothing_back(store: Store, reader: Reader) -> None:
    known, writer = memory(), writer_of(store, memory())
    await writer.commit([(known, towards(1))], [])
    await writer.commit([], [change(known, ChangeKind.DELETE)], [known.id])
    await writer.commit([(later(known), None)], [])
    assert await reader.get("acme", [known.id]) == []


async def test_deletions_follow_the_upserts_of_their_commit(store: Store, reader: Reader) -> None:
    gone, kept = memory("gone"), memory("kept")
    await writer_of(store, gone).commit([(gone, towards(1)), (kept, towards(1))], [], [gone.id, gone.id, "never was"])
    assert [known.content for known in (await reader.page(of("ann"))).memories] == ["kept"]


async def test_a_memory_of_another_shard_is_refused(store: Store) -> None:
    known = memory()
    elsewhere = (shard_of(known.scope.subject, SHARDS) + 1) % SHARDS
    with pytest.raises(ValueError, match="shard"):
        await ShardWriter(store, elsewhere).commit([(known, towards(1))], [])


@pytest.mark.parametrize("vector", [np.ones(DIMENSION - 1, np.float32), np.full(DIMENSION, np.nan, np.float32)])
async def test_a_vector_that_can_not_be_compared_is_refused(store: Store, vector: np.ndarray) -> None:
    with pytest.raises(ValueError, match="vector"):
        await writer_of(store, memory()).commit([(memory(), vector)], [])


async def test_an_owner_of_the_shard_sees_what_its_predecessor_committed(store: Store, location: str, reader: Reader) -> None:
    known = memory()
    writer = writer_of(store, known)
    await writer.refresh()
    other = await Store.open(location, shards=SHARDS, embedding_model="toy", dimension=DIMENSION)
    await writer_of(other, known).commit([(known, towards(1))], [])
    await writer.refresh()
    await writer.commit([(later(known, content="newer"), towards(1))], [], [])
    assert [(k.content, k.version) for k in (await reader.page(of("ann"))).memories] == [("newer", 2)]
    await other.close()


async def test_memories_are_found_by_the_same_words(store: Store, remember: Remember) -> None:
    first, again = memory("I like tea."), memory("i  like TEA", created_at=NOW + timedelta(1))
    old = memory("I like tea", state=MemoryState.SUPERSEDED)
    bob = memory("I like tea", user="bob")
    await remember(first, again, old, bob)
    found = await writer_of(store, first).by_hash({first.scope.subject: [first.content_hash, "0" * 32]})
    assert found == {first.scope.subject: [first, again]}
    assert await writer_of(store, first).by_hash({}) == {}


async def test_neighbours_are_the_subject_s_own_active_memories(store: Store, remember: Remember) -> None:
    near, far, old = memory("near"), memory("far"), memory("old", state=MemoryState.SUPERSEDED)
    expired = memory("expired", expires_at=NOW - timedelta(1))
    bob = memory("bob's", user="bob")
    await remember((near, towards(1, 0.1)), (far, towards(0.1, 1)), (old, towards(1)), (expired, towards(1, 0.5)), (bob, towards(1)))
    subject = near.scope.subject
    found = await writer_of(store, near).neighbours({subject: np.stack([towards(1), towards(0, 1)])}, 2, 0.0)
    assert [[one.memory.content for one in draft] for draft in found[subject]] == [["near", "expired"], ["far", "expired"]]
    nearest = found[subject][0][0]
    assert nearest.similarity == pytest.approx(float(towards(1) @ towards(1, 0.1)), abs=1e-6)
    assert nearest.vector == pytest.approx(towards(1, 0.1))


async def test_neighbours_below_the_least_similarity_are_left_out(store: Store, remember: Remember) -> None:
    await remember((memory("far"), towards(0, 1)))
    subject = memory().scope.subject
    assert await writer_of(store, memory()).neighbours({subject: np.stack([towards(1)])}, 2, 0.5) == {subject: [[]]}


async def test_a_subject_without_memories_has_no_neighbours(store: Store) -> None:
    subject = memory().scope.subject
    assert await writer_of(store, memory()).neighbours({subject: np.stack([towards(1), towards(1)])}, 2, 0.5) == {subject: [[], []]}


async def test_forgetting_reaches_only_what_was_accepted_before(store: Store, remember: Remember) -> None:
    before, later_on = memory("before", accepted_at=NOW - timedelta(microseconds=1)), memory("later", accepted_at=NOW)
    other = memory("another owner's", owner="other", accepted_at=NOW - timedelta(1))
    await remember(before, later_on, other)
    found = [known for shard in range(SHARDS) for known in await ShardWriter(store, shard).matching(having(And(), show_expired=True), NOW)]
    assert found == [before]
    assert await writer_of(store, before).get([before.id, later_on.id, before.id, "?"]) in ([before, later_on], [later_on, before])
