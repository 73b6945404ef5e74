"""Webhooks: which there are, and what was delivered to them."""

from typing import Annotated

from fastapi import Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.wire.mem0.webhooks import DeliveryList, WebhookObject, delivery_object, webhook_object

router = json_router(prefix="/api/v1/webhooks", tag="Mem0")
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/projects/{project_id}", summary="List webhooks", response_model=list[WebhookObject])
async def list_webhooks(project_id: str, resources: Opened, caller: Caller) -> Json:
    """The project's, the oldest first, without their secrets."""
    return Json([webhook_object(webhook) for webhook in await resources.webhooks.of(caller.owner)])


@router.get("/{webhook_id}/deliveries", summary="List deliveries", response_model=DeliveryList)
async def list_deliveries(webhook_id: str, resources: Opened, caller: Caller, limit: Limit = 100) -> Json:
    """What is on its way, and what became of the last ones."""
    webhook = await resources.webhooks.get(caller.owner, webhook_id)
    found = await resources.deliveries.page(webhook.id, limit)
    return Json({**await resources.deliveries.counts(webhook.id), "results": list(map(delivery_object, found))})
