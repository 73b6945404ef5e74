"""Webhooks: what is on its way to the owner's, and the log of what was delivered."""

from collections.abc import AsyncIterator

from schemas.webhook import Delivery
from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    return {"webhook_deliveries": sum([len(chunk) async for _, chunk in _about_user(whose)])}


async def _erase(whose: Whose) -> None:
    async for webhook_id, chunk in _about_user(whose):
        await whose.resources.deliveries.drop(webhook_id, chunk)


async def _about_user(whose: Whose) -> AsyncIterator[tuple[str, list[Delivery]]]:
    for webhook in await whose.resources.webhooks.of(whose.owner):
        async for chunk in whose.resources.deliveries.all(webhook.id):
            if found := [one for one in chunk if one.user_id == whose.user and whose.is_old(one.created_at)]:
                yield webhook.id, found


WEBHOOKS = Place(holds=_holds, erase=_erase, keys=("mneme:webhook:",))
