"""A key opens one account's memories, from when it is made to the moment it is revoked, in every process."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from new_stores import new_store
from redis.asyncio import Redis

from core.issuing import FIRST_OWNER, bootstrap, issue_key, revoke_key
from core.keyring import Keyring, Principal, announce, key_hash
from core.store.keys import Keys
from schemas.errors import BadInput, Conflict, NotFound


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class CountedKeys(Keys):
    asked = 0

    async def find_by_hash(self, hash: str):
        self.asked += 1
        return await super().find_by_hash(hash)


@pytest.fixture
async def keys(tmp_path: Path) -> AsyncIterator[CountedKeys]:
    store = await new_store(tmp_path / "store", shards=1, embedding_model="test", dimension=4)
    yield CountedKeys(store)
    await store.close()


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(keys, redis):
    issued = await issue_key(keys, "acme", "laptop")
    word, key_id, secret = issued.secret.split("_", 2)
    assert (word, key_id, len(secret) >= 43) == ("mlive", issued.id, True)
    [stored] = await keys.list("acme")
    assert (stored.hash, stored.name, stored.prefix) == (key_hash(issued.secret), "laptop", f"mlive_{issued.id}")
    assert secret not in repr(stored) + repr(issued)
    assert await Keyring(keys, redis).find(issued.secret) == Principal(owner="acme", key_id=issued.id)


async def test_keys_are_never_alike(keys):
    issued = [await issue_key(keys, "acme", "same") for _ in range(5)]
    assert len({key.secret for key in issued}) == len({key.id for key in issued}) == 5


@pytest.mark.parametrize("string", ["", "mlive_", "mlive_x_y", "caf\u00e9", "\udcff", "x" * 100_000])
async def test_what_is_no_key_opens_nothing(keys, redis, string):
    await issue_key(keys, "acme", "laptop")
    assert await Keyring(keys, redis).find(string) is None


async def test_a_revoked_key_is_dead_in_every_process_when_revoking_has_answered(keys, redis):
    issued, other = await issue_key(keys, "acme", "a"), await issue_key(keys, "acme", "b")
    processes = [Keyring(keys, redis) for _ in range(3)]
    for process in processes:
        assert await process.find(issued.secret)
    await revoke_key(keys, redis, "acme", issued.id)
    for process in processes:
        assert await process.find(issued.secret) is None
        assert await process.find(other.secret)


async def test_a_look_up_that_began_before_the_revocation_is_not_remembered(keys, redis):
    """The store answers with what it held then; a process must not keep that answer."""
    issued = await issue_key(keys, "acme", "a")
    began, go_on = asyncio.Event(), asyncio.Event()

    class Slow(CountedKeys):
        async def find_by_hash(self, hash: str):
            key = await super().find_by_hash(hash)
            began.set()
            await go_on.wait()
            return key

    clock = Clock()
    process = Keyring(Slow(keys._store), redis, now=clock)
    early = asyncio.create_task(process.find(issued.secret))
    await began.wait()
    await keys.revoke("acme", issued.id)
    await announce(redis)
    clock.now += 1
    late = asyncio.create_task(process.find(issued.secret))
    go_on.set()
    await early
    assert await late is None
    assert await process.find(issued.secret) is None


async def test_the_store_is_asked_once_and_for_strangers_too(keys, redis):
    issued = await issue_key(keys, "acme", "a")
    clock = Clock()
    process = Keyring(keys, redis, now=clock)
    for _ in range(10):
        clock.now += 0.2
        await process.find(issued.secret)
        await process.find("nonsense")
    assert keys.asked == 2
    clock.now += 61
    await process.find(issued.secret)
    await process.find("nonsense")
    assert keys.asked == 4


async def test_a_flood_of_strangers_does_not_push_a_key_out(keys, redis):
    issued = await issue_key(keys, "acme", "a")
    process = Keyring(keys, redis, most=3)
    await process.find(issued.secret)
    for number in range(10):
        await process.find(f"stranger {number}")
    asked = keys.asked
    await process.find(issued.secret)
    assert keys.asked == asked
    assert len(process._unknown._rows) == 3


async def test_without_redis_keys_are_looked_up_anew_every_few_seconds(keys):
    issued = await issue_key(keys, "acme", "a")
    clock = Clock()
    async with Redis(unix_socket_path="/nowhere.sock") as nowhere:
        process = Keyring(keys, nowhere, now=clock)
        assert await process.find(issued.secret)
        await keys.revoke("acme", issued.id)
        clock.now += 5.1
        assert await process.find(issued.secret) is None


async def test_the_first_start_makes_one_key_however_many_processes_start_at_once(keys, redis):
    made = [issued for issued in await asyncio.gather(*(bootstrap(keys, redis, None) for _ in range(4))) if issued]
    assert len(made) == 1
    assert (await Keyring(keys, redis).find(made[0].secret)).owner == FIRST_OWNER
    assert await bootstrap(keys, redis, None) is None
    assert len(await keys.list(FIRST_OWNER)) == 1


async def test_a_preset_key_is_made_once_and_opens_the_first_account(keys, redis):
    made = await asyncio.gather(*(bootstrap(keys, redis, "my-preset-key") for _ in range(4)))
    assert sum(issued is not None for issued in made) == 1
    assert (await Keyring(keys, redis).find("my-preset-key")).owner == FIRST_OWNER


async def test_a_preset_that_changes_takes_the_place_of_the_one_before(keys, redis):
    for preset in ("first-preset", "second-preset"):
        await bootstrap(keys, redis, preset)
    process = Keyring(keys, redis)
    assert await process.find("first-preset") is None
    assert await process.find("second-preset")
    with pytest.raises(Conflict, match="choose another"):
        await bootstrap(keys, redis, "first-preset")


async def test_a_preset_does_not_touch_other_keys(keys, redis):
    other = await bootstrap(keys, redis, None)
    await bootstrap(keys, redis, "my-preset-key")
    assert await Keyring(keys, redis).find(other.secret)


@pytest.mark.parametrize("preset", ["", "short", "with spaces in it", "tab\tinside it", "x" * 513, "caf\u00e9-caf\u00e9"])
async def test_a_preset_that_can_not_be_sent_in_a_header_is_refused(keys, redis, preset):
    with pytest.raises(BadInput):
        await bootstrap(keys, redis, preset)


async def test_the_key_of_another_account_can_not_be_revoked(keys, redis):
    issued = await issue_key(keys, "acme", "a")
    with pytest.raises(NotFound):
        await revoke_key(keys, redis, "evil", issued.id)
    assert await Keyring(keys, redis).find(issued.secret)


async def test_while_a_process_lives_it_notes_now_and_then_which_keys_were_used(keys, redis):
    used, unused = await issue_key(keys, "acme", "a"), await issue_key(keys, "acme", "b")
    process = Keyring(keys, redis)
    noting = asyncio.create_task(process.keep_uses(0.01))
    for _ in range(3):
        await process.find(used.secret)
    for _ in range(500):
        if any(key.last_used_at for key in await keys.list("acme")):
            break
        await asyncio.sleep(0.01)
    assert [key.id for key in await keys.list("acme") if key.last_used_at] == [used.id]
    await process.find(unused.secret)
    noting.cancel()
    await asyncio.gather(noting, return_exceptions=True)
    assert all(key.last_used_at for key in await keys.list("acme"))
