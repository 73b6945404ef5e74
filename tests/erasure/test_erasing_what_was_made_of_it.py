"""What was made of a user's memories, or told of them, goes with the user: profiles, deliveries to webhooks."""

from datetime import UTC, datetime

from erasure.test_erasing_a_user import KEY, erasure, said, take_in

from core.resources import Resources
from schemas.profile import Profile
from schemas.webhook import Delivery, Webhook

NOW = datetime.now(UTC)


def delivery(name: str, about: str, user: str) -> Delivery:
    return Delivery(id=name, type="memory_add", about=about, body={"memory": KEY}, user_id=user, created_at=NOW, since=NOW)


async def test_deliveries_of_the_user_are_sent_no_more_and_those_of_others_are(resources: Resources) -> None:
    webhook = Webhook(
        owner="acme",
        project="p",
        name="w",
        url="https://example.com",
        event_types=("memory_add",),
        secret="s",
        created_at=NOW,
        updated_at=NOW,
    )
    await resources.webhooks.create(webhook)
    waiting = [delivery("one", "anns", "ann"), delivery("two", "anns", "ann"), delivery("three", "bobs", "bob")]
    await resources.deliveries.enqueue(webhook.id, waiting)
    await take_in(resources, erasure())
    assert [due.delivery.id for due in await resources.deliveries.due(webhook.id, 10)] == ["three"]
    assert (await resources.deliveries.counts(webhook.id))["waiting"] == 1


async def test_a_profile_goes_and_that_of_others_stays(resources: Resources) -> None:
    for user in ("ann", "bob"):
        await resources.profiles.put("acme", Profile(user=user, status="succeeded", fields={"key": KEY}, made_at=NOW))
    await take_in(resources, said(KEY), erasure())
    assert await resources.profiles.get("acme", "ann") is None
    assert await resources.profiles.get("acme", "bob") is not None
