"""How far an erasure has come."""

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.erasure import KIND, Erasure
from schemas.errors import NotFound
from schemas.wire.erasure import ErasureAnswer, on_its_way, told

router = json_router(prefix="/v1/erasures", tag="Mneme")


@router.get("/{erasure_id}", summary="Get an erasure", response_model=ErasureAnswer)
async def get_erasure(erasure_id: str, resources: Opened, caller: Caller) -> Json:
    """Its state, what was found and erased, and what was looked through in the end. Kept for good; it does not name the user."""
    record = await resources.records.get(KIND, caller.owner, erasure_id)
    if record is not None:
        return Json(told(Erasure.model_validate_json(record.body)))
    receipt = await resources.receipts.get(caller.owner, erasure_id)
    if receipt is None or receipt.kind != "user.erased":
        raise NotFound("there is no such erasure")
    return Json(on_its_way(receipt.event_id, receipt.created_at, receipt.error if receipt.status.closed else None))
