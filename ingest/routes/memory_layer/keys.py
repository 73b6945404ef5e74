"""Making and revoking API keys, by whoever is signed in."""

from core.issuing import issue_key, revoke_key
from core.keyring import announce
from core.redis import redis_errors
from core.sessions import SignedIn
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import NotFound
from schemas.wire.memory_layer.errors import Failure
from schemas.wire.memory_layer.keys import Created, CreateRequest, Revoked, created, key_id_of, revoked

router = json_router(prefix="/v1/keys", tag="Memory Layer")


@router.post("", summary="Make an API key", response_model=Created, status_code=201)
async def create(body: CreateRequest, resources: Opened, session: SignedIn) -> Json:
    """The key is in this answer and nowhere else. Needs a session token, not an API key."""
    issued = await issue_key(resources.keys, session.owner, body.name)
    with redis_errors():
        await announce(resources.redis)
    return Json(created(issued), status_code=201)


@router.post("/{key_id}/revoke", summary="Revoke an API key", response_model=Revoked, responses={404: {"model": Failure}})
async def revoke(key_id: str, resources: Opened, session: SignedIn) -> Json:
    """When this answers, the key opens nothing any more. Revoking it again changes nothing."""
    own = key_id_of(key_id)
    try:
        await revoke_key(resources.keys, resources.redis, session.owner, own)
    except NotFound:
        raise NotFound("API key not found") from None
    return Json(revoked(own))
