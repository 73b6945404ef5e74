"""Links: the nearest of the same user, both ways, no more than allowed, and only for what is new."""

from dataclasses import replace

from maintenance_house import House

from core.store.tables import links_name
from schemas.maintenance import Job
from schemas.memory import Memory, MemoryState
from workers.maintenance import links as links_job


async def both_ways(house: House, most: int) -> dict[str, dict[str, float]]:
    links = await house.links()
    for memory_id, there in links.items():
        assert len(there) <= most, memory_id
        assert all(links[other][memory_id] == similarity for other, similarity in there.items()), memory_id
    return links


async def many(house: House, count: int = 14, **fields: str) -> list[Memory]:
    return [await house.remember(f"The user drinks green tea number {n}.", **fields) for n in range(count)]


async def test_near_memories_are_linked_both_ways_and_far_ones_are_not(house: House) -> None:
    tea = await house.remember("The user likes green tea.")
    more = await house.remember("The user likes green tea very much.")
    far = await house.remember("Grandmother Anna lives near Lisbon.")
    run = await house.run(Job.LINKS)
    assert run.report.counts == {"memories": 3, "links_added": 1, "links_removed": 0}
    await both_ways(house, 8)
    assert [link.memory for link in await house.resources.reader.links("acme", tea.id)] == [more]
    assert await house.resources.reader.links("acme", far.id) == []
    assert await house.resources.reader.links("other", tea.id) == []


async def test_no_memory_has_more_links_than_allowed(house: House) -> None:
    house.ctx["resources"] = house.resources = replace(
        house.resources, settings=house.resources.settings.model_copy(update={"links_max": 3})
    )
    await many(house)
    await house.run(Job.LINKS)
    assert any(len(there) == 3 for there in (await both_ways(house, 3)).values())


async def test_links_stay_within_one_user(house: House) -> None:
    anns, bobs = await many(house, 3), await many(house, 3, user="bob")
    others = await many(house, 3, owner="other")
    await house.run(Job.LINKS, owner=None)
    for one in (anns, bobs, others):
        ids = {memory.id for memory in one}
        for memory in one:
            found = await house.resources.reader.links(memory.scope.owner, memory.id)
            assert found
            assert {link.memory.id for link in found} <= ids


async def test_the_next_run_looks_only_at_what_is_new(house: House) -> None:
    first = await many(house, 4)
    await house.run(Job.LINKS)
    again = await house.run(Job.LINKS)
    assert again.report.counts["memories"] == 0
    await house.remember("The user drinks green tea number 99.")
    await house.edit(first[0], content="Grandmother Anna lives near Lisbon.")
    await house.write(replace(first[0], content="Grandmother Anna lives near Lisbon.", version=3))
    third = await house.run(Job.LINKS)
    assert third.report.counts["memories"] == 2
    links = await both_ways(house, 8)
    assert links[first[0].id] == {}
    assert len(links[first[1].id]) == 3


async def test_links_to_what_is_gone_are_dropped(house: House) -> None:
    one, two, three = await many(house, 3)
    await house.run(Job.LINKS)
    await house.edit(two, state=MemoryState.ARCHIVED)
    assert [link.memory.id for link in await house.resources.reader.links("acme", one.id)] == [three.id]
    await house.run(Job.LINKS)
    assert set(await both_ways(house, 8)) == {one.id, three.id}


async def test_an_undo_takes_back_exactly_what_the_run_linked(house: House) -> None:
    await many(house, 5)
    await house.run(Job.LINKS)
    before = await house.rows(links_name)
    await many(house, 5)
    run = await house.run(Job.LINKS)
    new = [row for row in await house.rows() if row not in before]
    assert len(await house.links()) == 10
    await house.run(Job.UNDO, run=run.id)
    assert [row for row in await house.rows(links_name) if row not in new] == before
    await both_ways(house, 8)


async def test_an_undo_leaves_the_links_of_a_user_that_were_changed_since(house: House) -> None:
    await many(house, 3)
    first = await house.run(Job.LINKS)
    await many(house, 3)
    await house.run(Job.LINKS)
    links = await house.links()
    undone = await house.run(Job.UNDO, run=first.id)
    assert undone.report.skipped
    assert await house.links() == links


async def test_a_large_user_is_linked_piece_by_piece(house: House, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(links_job, "PART_ROWS", 5)
    monkeypatch.setattr(links_job, "_FEW", 2)
    monkeypatch.setattr(links_job, "chunks", lambda items: (items[at : at + 3] for at in range(0, len(items), 3)))
    await many(house, 20)
    await house.run(Job.LINKS)
    links = await both_ways(house, 8)
    assert len(links) == 20
    assert all(links.values())
    monkeypatch.setattr(links_job, "EXACT_ROWS", 5)
    await many(house, 6)
    assert (await house.run(Job.LINKS)).report.counts["memories"] == 6
    assert len(await both_ways(house, 8)) == 26
    assert (await house.run(Job.LINKS)).report.counts["memories"] == 0
