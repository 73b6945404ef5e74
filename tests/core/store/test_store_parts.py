"""Parts: maintenance reads a shard piece by piece, and every row is in exactly one piece."""

from itertools import pairwise

import pytest
from store_rows import Remember, memory

from core.store.connection import Store
from core.store.filters import slices
from core.store.tending import Tender


@pytest.mark.parametrize("count", [0, 1, 2, 3, 16, 17, 100_000])
def test_bounds_are_met_by_both_neighbours(count: int) -> None:
    parts = slices("id", count)
    assert len(parts) == max(1, min(count, 65_536))
    for lower, upper in pairwise(parts):
        assert lower.rpartition("<")[2].strip() == upper.partition(">=")[2].partition("AND")[0].strip()


@pytest.mark.parametrize("count", [1, 2, 5, 40])
async def test_every_row_is_in_one_part(store: Store, remember: Remember, count: int) -> None:
    made = [memory(str(n), user=f"user {n}") for n in range(40)]
    await remember(*made)
    tenders = [Tender(store, shard) for shard in range(store.shards)]
    found = [m.id for tender in tenders for part in slices("id", count) for m in await tender.active(part)]
    assert sorted(found) == sorted(m.id for m in made)


async def test_an_owner_or_a_user_has_only_their_own_parts(store: Store, remember: Remember) -> None:
    await remember(memory("a"), memory("b", user="bob"), memory("c", owner="other"))
    for owner, user, contents in (("acme", None, "ab"), ("acme", "ann", "a"), (None, None, "abc"), ("", None, ""), (None, "ann", "")):
        tenders = [Tender(store, shard, owner, user) for shard in range(store.shards)]
        found = [m.content for tender in tenders for part in await tender.parts() for m in await tender.active(part)]
        assert sorted(found) == sorted(contents)
