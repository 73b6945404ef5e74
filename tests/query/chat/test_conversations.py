"""Conversations: the last ten turns, each user's own, for a while."""

from redis.asyncio import Redis

from core.settings import Settings
from query.conversations import Conversations, Turn, recent
from schemas.scope import Scope

ALICE = Scope(owner="acme", user="alice")


def turn(number: int) -> Turn:
    return Turn(f"message {number}", f"reply {number}")


async def test_the_last_ten_turns_are_kept_in_order(redis: Redis, settings: Settings) -> None:
    kept = Conversations(redis, settings)
    for number in range(13):
        await kept.add(ALICE, "c1", turn(number))
    assert await kept.turns(ALICE, "c1") == [turn(number) for number in range(3, 13)]


async def test_owner_user_and_id_make_a_conversation(redis: Redis, settings: Settings) -> None:
    kept = Conversations(redis, settings)
    await kept.add(ALICE, "c1", turn(1))
    for scope, name in [
        (ALICE, "c2"),
        (Scope(owner="acme", user="bob"), "c1"),
        (Scope(owner="acme"), "c1"),
        (Scope(owner="other", user="alice"), "c1"),
        (Scope(owner="acme", user="alicec"), "1"),
    ]:
        assert await kept.turns(scope, name) == []


async def test_it_is_forgotten_after_a_while(redis: Redis, settings: Settings) -> None:
    kept = Conversations(redis, settings.model_copy(update={"chat_conversation_ttl_s": 100}))
    await kept.add(ALICE, "c1", turn(1))
    for key in await redis.keys("mneme:chat*"):
        assert 0 < await redis.ttl(key) <= 100
    assert len(await redis.keys("mneme:chat*")) == 2


async def test_an_owners_conversations_are_bounded_and_the_longest_silent_go(redis: Redis, settings: Settings) -> None:
    kept = Conversations(redis, settings.model_copy(update={"chat_conversations_max": 2}))
    for name in ("c1", "c2", "c1", "c3"):
        await kept.add(ALICE, name, turn(1))
    assert [len(await kept.turns(ALICE, name)) for name in ("c1", "c2", "c3")] == [2, 0, 1]
    assert len(await redis.keys("mneme:chat:*")) == 2


async def test_long_texts_are_cut(redis: Redis, settings: Settings) -> None:
    kept = Conversations(redis, settings)
    await kept.add(ALICE, "c1", Turn("é" * 9_000, "b" * 100_000))
    [found] = await kept.turns(ALICE, "c1")
    assert (len(found.message), len(found.reply)) == (8_000, 8_000)


def test_the_newest_turns_that_fit_are_told_in_order() -> None:
    turns = [Turn("a" * 30, "b" * 30), Turn("c" * 30, ""), Turn("d" * 30, "")]
    assert recent(turns, 40) == turns
    assert recent(turns, 39) == turns[1:]
    assert recent(turns, 9) == []
