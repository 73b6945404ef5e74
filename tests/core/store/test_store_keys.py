"""API keys and owners, as the store keeps them."""

from datetime import timedelta

import pytest
from store_rows import DIMENSION, NOW, SHARDS

from core.store.connection import Store
from core.store.keys import Keys
from schemas.errors import NotFound


@pytest.fixture
def keys(store: Store) -> Keys:
    return Keys(store, clock=lambda: NOW)


async def test_a_key_is_found_by_its_hash_until_it_is_revoked(keys: Keys) -> None:
    made = await keys.create(id="k1", owner="acme", name="laptop", hash="h1", prefix="mlive_k1")
    assert await keys.find_by_hash("h1") == made
    assert await keys.find_by_hash("h2") is None
    assert await keys.find_by_hash("' OR 1=1 --") is None
    await keys.revoke("acme", "k1")
    assert await keys.find_by_hash("h1") is None
    assert [(key.id, key.revoked_at) for key in await keys.list("acme")] == [("k1", NOW)]


async def test_a_key_made_twice_is_one_key(keys: Keys) -> None:
    for name in ("first", "second"):
        await keys.create(id="k1", owner="acme", name=name, hash="h1")
    assert [key.name for key in await keys.list("acme")] == ["first"]


async def test_a_revoked_hash_opens_nothing_under_a_new_id(keys: Keys) -> None:
    await keys.create(id="k1", owner="acme", name="", hash="h1")
    await keys.revoke("acme", "k1")
    await keys.create(id="k2", owner="acme", name="", hash="h1")
    assert await keys.find_by_hash("h1") is None


async def test_an_owner_lists_and_revokes_only_its_own(keys: Keys) -> None:
    await keys.create(id="k1", owner="acme", name="", hash="h1")
    await keys.create(id="k2", owner="other", name="", hash="h2")
    assert [key.id for key in await keys.list("other")] == ["k2"]
    assert await keys.list("") == []
    assert sorted(key.id for key in await keys.list()) == ["k1", "k2"]
    with pytest.raises(NotFound):
        await keys.revoke("other", "k1")
    assert await keys.find_by_hash("h1") is not None


async def test_the_hash_is_not_shown(keys: Keys) -> None:
    assert "h1" not in repr(await keys.create(id="k1", owner="acme", name="", hash="h1"))


async def test_use_is_noted(keys: Keys) -> None:
    await keys.create(id="k1", owner="acme", name="", hash="h1")
    await keys.touch(["k1"], NOW + timedelta(hours=1))
    assert [key.last_used_at for key in await keys.list("acme")] == [NOW + timedelta(hours=1)]


async def test_owners_are_kept_once(keys: Keys) -> None:
    made = await keys.create_owner("acme", "Acme Ltd", plan="team")
    await keys.create_owner("acme", "again")
    assert await keys.owners() == [made]


async def test_a_store_of_before_keys_had_endings_gets_the_column(location, store):
    """What a later version brought is added when the store is opened; the keys in it open what they did."""
    await Keys(store).create(id="old", owner="acme", name="laptop", hash="h")
    await (await store.writing("keys")).drop_columns(["ending"])
    later = await Store.open(location, shards=SHARDS, embedding_model="toy", dimension=DIMENSION)
    keys = Keys(later)
    assert (await keys.find_by_hash("h")).ending is None
    assert (await keys.create(id="new", owner="acme", name="phone", hash="i", ending="abcd")).ending == "abcd"
    assert [key.ending for key in await keys.list("acme")] == [None, "abcd"]
    await later.close()
