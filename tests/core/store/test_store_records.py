"""What owners configure: kept under kind, owner and id, and nobody else's to read."""

from core.store.records import Records


async def test_a_record_is_kept_replaced_and_forgotten(store):
    records = Records(store)
    first = await records.put("webhook", "acme", "one", '{"a": 1}')
    second = await records.put("webhook", "acme", "one", '{"a": 2}')
    assert await records.get("webhook", "acme", "one") == second
    assert second.created_at == first.created_at
    assert second.body == '{"a": 2}'
    await records.delete("webhook", "acme", "one")
    assert await records.get("webhook", "acme", "one") is None


async def test_pages_come_oldest_first_and_only_of_that_owner_and_kind(store):
    records = Records(store)
    for owner, kind, name in [("acme", "webhook", "b"), ("acme", "webhook", "a"), ("other", "webhook", "c"), ("acme", "project", "d")]:
        await records.put(kind, owner, name, "{}")
    assert [record.id for record in await records.page("webhook", "acme")] == ["b", "a"]
    assert len(await records.page("webhook", "acme", limit=1)) == 1
    assert await records.page("webhook", "") == []


async def test_an_owner_whose_name_holds_a_slash_meets_nobody_else(store):
    records = Records(store)
    await records.put("webhook", "a/b", "c", '{"of": "a/b"}')
    await records.put("webhook", "a", "b/c", '{"of": "a"}')
    found = [await records.get("webhook", "a/b", "c"), await records.get("webhook", "a", "b/c")]
    assert [record and record.body for record in found] == ['{"of": "a/b"}', '{"of": "a"}']
