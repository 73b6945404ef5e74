"""A tally sums up what a selection means, over all shards, whatever the memories say."""

from datetime import timedelta

import pytest
from store_rows import NOW, having, memory, of

from schemas.memory import MemoryState
from schemas.search import EVERYTHING, Tally

BOTH = (MemoryState.ACTIVE, MemoryState.ARCHIVED)


async def test_everything_is_summed_over_users_and_states(reader, remember):
    await remember(
        memory(user="ann", importance=0.25, access_count=3, created_at=NOW - timedelta(days=2)),
        memory(user="ann", importance=0.5, state=MemoryState.ARCHIVED),
        memory(user="bob", importance=0.75, access_count=40, created_at=NOW - timedelta(days=1)),
        memory(user=None, importance=1.0),
        memory(user="eve", state=MemoryState.SUPERSEDED),
        memory(user="eve", owner="other"),
    )
    tally = await reader.tally(having(EVERYTHING, states=BOTH))
    assert tally == Tally(
        total=4, active=3, users=2, familiarity=pytest.approx(0.5 + 0.7 + 1 + 0.5), accesses=43, oldest=NOW - timedelta(days=2), newest=NOW
    )
    assert (await reader.tally(of("bob", states=BOTH))).accesses == 40


async def test_what_memories_say_of_reads_is_not_counted(reader, remember):
    fooling = {"access_count": 7, "deep": {"access_count": 8}, "text": '"access_count":9,'}
    await remember(memory('"access_count":5', metadata=fooling, categories=('"access_count":6', "access_count"), access_count=1))
    assert (await reader.tally(having(EVERYTHING))).accesses == 1


async def test_of_nothing_there_is_no_sum(reader):
    assert await reader.tally(having(EVERYTHING)) == Tally()
    assert await reader.tally(having(EVERYTHING, owner="")) == Tally()
