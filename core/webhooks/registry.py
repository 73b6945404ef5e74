"""Registry: the webhooks owners have, kept as records; Redis is told whose there are, so that the pipeline need not ask the store."""

from collections.abc import Awaitable
from functools import partial
from typing import Any, cast

from redis.asyncio import Redis

from core.mailbox.keys import HOOKED
from core.redis import patiently
from core.store.records import Records
from schemas.errors import Conflict, NotFound
from schemas.project import place_of
from schemas.webhook import Webhook

KIND = "webhook"
MOST = 50
"""Webhooks of one owner."""


class Webhooks:
    """An owner's webhooks. Whoever reads them every now and then is told by `version` that they have changed."""

    def __init__(self, records: Records, redis: Redis) -> None:
        self._records = records
        self._redis = redis

    async def create(self, webhook: Webhook) -> Webhook:
        """Keep a new one; what happens from now on is told it. Raises Conflict where the account has 50."""
        if len(await self._records.page(KIND, _account(webhook.owner), limit=MOST)) >= MOST:
            raise Conflict(f"an account may have {MOST} webhooks")
        return await self._keep(webhook)

    async def of(self, owner: str) -> list[Webhook]:
        """The owner's, the oldest first."""
        records = await self._records.page(KIND, _account(owner), limit=MOST)
        return [webhook for record in records if (webhook := Webhook.model_validate_json(record.body)).owner == owner]

    async def get(self, owner: str, webhook_id: str) -> Webhook:
        """The owner's webhook; an account's own key opens those of all its projects. Raises NotFound."""
        record = await self._records.get(KIND, _account(owner), webhook_id)
        webhook = Webhook.model_validate_json(record.body) if record else None
        if webhook is None or owner not in (webhook.owner, _account(owner)):
            raise NotFound("there is no such webhook")
        return webhook

    async def find(self, webhook_id: str) -> Webhook:
        """The webhook, whoever owns it: for who delivers to it. Raises NotFound."""
        body = await self._records.body(KIND, webhook_id)
        if body is None:
            raise NotFound("there is no such webhook")
        return Webhook.model_validate_json(body)

    async def change(self, webhook: Webhook, **fields: Any) -> Webhook:
        """The webhook with these fields changed."""
        return await self._keep(webhook.model_copy(update=fields))

    async def delete(self, webhook: Webhook) -> None:
        """What is on its way to it is dropped by whoever delivers it."""
        await self._records.delete(KIND, _account(webhook.owner), webhook.id)
        await self._announce(webhook.owner)

    async def version(self, owner: str) -> bytes | None:
        """Another word whenever the owner's webhooks have changed; None for one that never had any."""
        return await patiently(lambda: cast(Awaitable[bytes | None], self._redis.hget(HOOKED, owner)))

    async def all(self) -> list[Webhook]:
        """Everybody's."""
        return [Webhook.model_validate_json(body) for body in await self._records.bodies(KIND)]

    async def announce_all(self) -> None:
        """Tell Redis whose webhooks there are, where it may have forgotten it."""
        for owner in {webhook.owner for webhook in await self.all()}:
            await patiently(partial(self._redis.hsetnx, HOOKED, owner, "1"))  # type: ignore[arg-type]

    async def _keep(self, webhook: Webhook) -> Webhook:
        """Announced before, so that nothing that happens after it is kept is missed, and after, so that it is read anew."""
        await self._announce(webhook.owner)
        await self._records.put(KIND, _account(webhook.owner), webhook.id, webhook.model_dump_json())
        await self._announce(webhook.owner)
        return webhook

    async def _announce(self, owner: str) -> None:
        await patiently(lambda: cast(Awaitable[int], self._redis.hincrby(HOOKED, owner, 1)))


def _account(owner: str) -> str:
    """Records lie with the account: a client names a webhook without its project."""
    return place_of(owner)[0]
