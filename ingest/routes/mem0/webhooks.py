"""Webhooks: made, changed, deleted, and what could not be delivered sent again."""

from typing import Annotated, Any

from fastapi import Body

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from core.webhooks.addresses import check
from core.webhooks.signature import new_secret
from schemas.errors import BadInput
from schemas.project import place_of
from schemas.webhook import Webhook
from schemas.wire.mem0.answers import Done
from schemas.wire.mem0.webhooks import (
    CreatedWebhook,
    CreateWebhook,
    DeliveryObject,
    UpdateWebhook,
    address,
    delivery_object,
    webhook_object,
)

router = json_router(prefix="/api/v1/webhooks", tag="Mem0")
_NEW = [{"url": "https://example.com/mneme", "name": "CRM", "event_types": ["memory_add", "memory_update", "memory_delete"]}]
_CHANGES = [{"name": "CRM, new", "event_types": ["memory_add"]}]


@router.post("/projects/{project_id}", summary="Make a webhook", response_model=CreatedWebhook, status_code=201)
async def create(project_id: str, body: Annotated[CreateWebhook, Body(examples=_NEW)], resources: Opened, caller: Caller) -> Json:
    """Told of the project's memories from now on. Its secret, which signs what is delivered, is shown only here."""
    await _check(body.url, resources)
    now = resources.clock()
    webhook = Webhook(
        owner=caller.owner,
        project=place_of(caller.owner)[1],
        name=body.name,
        url=body.url,
        event_types=tuple(dict.fromkeys(body.event_types)),
        secret=new_secret(),
        created_at=now,
        updated_at=now,
    )
    made = await resources.webhooks.create(webhook)
    return Json({**webhook_object(made), "secret": made.secret}, status_code=201)


@router.put("/{webhook_id}", summary="Change a webhook", response_model=Done)
async def update(webhook_id: str, body: Annotated[UpdateWebhook, Body(examples=_CHANGES)], resources: Opened, caller: Caller) -> Json:
    """Changes what is given. What is on its way goes to the new URL."""
    webhook = await resources.webhooks.get(caller.owner, webhook_id)
    changes: dict[str, Any] = body.model_dump(exclude_none=True)
    if not changes:
        raise BadInput("give at least one of url, name, event_types")
    if body.url is not None:
        await _check(body.url, resources)
    if body.event_types is not None:
        changes["event_types"] = tuple(dict.fromkeys(body.event_types))
    await resources.webhooks.change(webhook, **changes, updated_at=resources.clock())
    return Json({"message": "Webhook updated successfully"})


@router.delete("/{webhook_id}", summary="Delete a webhook", response_model=Done)
async def delete(webhook_id: str, resources: Opened, caller: Caller) -> Json:
    """Nothing more is delivered to it, also not what is on its way."""
    await resources.webhooks.delete(await resources.webhooks.get(caller.owner, webhook_id))
    await resources.couriers.wake(webhook_id)
    return Json({"message": "Webhook deleted successfully"})


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay", summary="Deliver again", response_model=DeliveryObject)
async def replay(webhook_id: str, delivery_id: str, resources: Opened, caller: Caller) -> Json:
    """One that is over, delivered or given up, is sent once more, with the same id."""
    webhook = await resources.webhooks.get(caller.owner, webhook_id)
    again = await resources.deliveries.replay(webhook.id, delivery_id)
    await resources.couriers.wake(webhook.id)
    return Json(delivery_object(again))


async def _check(url: str, resources: Resources) -> None:
    host, port = address(url)
    await check(host, port, private=resources.settings.webhook_private)
