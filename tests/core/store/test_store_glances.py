"""Glances: what searching needs of a row is remembered, in little room, and never in the place of what the row says by now."""

from dataclasses import replace
from datetime import timedelta

from store_rows import NOW, Remember, memory, of

from core.store.glances import Glance, Glances
from core.store.reader import Reader
from core.store.words import hashed


def glance(text: str) -> Glance:
    return Glance("acme", None, hashed(text))


def contents(found) -> list[str]:
    return [candidate.memory.content for candidate in found]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    glances = Glances(bytes_max=3 * (500 + 8))
    for text in ("tea", "chess", "sleep"):
        glances.put(text, glance(text))
    assert glances.get("tea") is not None
    glances.put("music", glance("music"))
    assert [glances.get(text) is not None for text in ("tea", "chess", "sleep", "music")] == [True, False, True, True]


def test_one_that_takes_all_the_room_is_not_kept_and_leaves_room_for_the_next() -> None:
    glances = Glances(bytes_max=2_000)
    glances.put("long", glance(" ".join(f"word{n}" for n in range(1_000))))
    assert glances.get("long") is None
    for _ in range(5):  # the same again takes no further room
        glances.put("tea", glance("tea"))
        glances.put("chess", glance("chess"))
    assert glances.get("tea") is not None
    assert glances.get("chess") is not None


async def test_a_second_search_sees_what_was_changed_and_added_since(reader: Reader, remember: Remember) -> None:
    first = memory("The user drinks tea.")
    await remember(first, memory("The user sleeps."))
    assert contents(await reader.search(of("ann"), None, "tea", 5)) == ["The user drinks tea."]
    assert contents(await reader.search(of("ann"), None, "tea", 5)) == ["The user drinks tea."]
    changed = replace(first, content="The user drinks coffee.", version=2)
    await remember(changed, memory("Tea is what Bob likes."))
    assert contents(await reader.search(of("ann"), None, "tea", 5)) == ["Tea is what Bob likes."]
    assert contents(await reader.search(of("ann"), None, "coffee", 5)) == ["The user drinks coffee."]


async def test_a_memory_that_expires_between_two_searches_is_found_by_the_first(store, remember: Remember) -> None:
    now = [NOW]
    reader = Reader(store, clock=lambda: now[0])
    await remember(memory("The user is in Rome.", expires_at=NOW + timedelta(hours=1)))
    assert len(await reader.search(of("ann"), None, "Rome", 5)) == 1
    now[0] += timedelta(hours=2)
    assert await reader.search(of("ann"), None, "Rome", 5) == []
