"""Listing API keys, for whoever is signed in."""

from core.sessions import SignedIn
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.wire.memory_layer.keys import Keys, listed

router = json_router(prefix="/v1/keys", tag="Memory Layer")


@router.get("", summary="List API keys", response_model=Keys)
async def list_keys(resources: Opened, session: SignedIn) -> Json:
    """The account's, revoked ones too, masked. `last_used_at` is up to a minute late."""
    return Json(listed(await resources.keys.list(session.owner)))
