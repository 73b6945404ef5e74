"""Whose a request is: the dependency that tells it by the request's API key."""

from typing import Annotated, cast

from fastapi import Depends, Request

from core.guard import Guard
from core.keyring import Keyring, Principal, secret_in
from schemas.errors import Unauthenticated

_PRINCIPAL = "principal"


async def _authenticated(request: Request) -> Principal:
    """Whose the request is, by the key in `Authorization: Token|Bearer <key>` or the other KEY_HEADERS.

    Raises Unauthenticated, and LimitReached for an owner with too many requests a second. Asked twice, it counts once.
    """
    if (known := getattr(request.state, _PRINCIPAL, None)) is not None:
        return cast(Principal, known)
    secret = secret_in(request.headers)
    if not secret:
        raise Unauthenticated("Missing API key")
    keyring: Keyring = request.app.state.keyring
    principal = await keyring.find(secret)
    if principal is None:
        raise Unauthenticated("Invalid API key")
    await request.app.state.resources.limits.admit(principal.owner)
    setattr(request.state, _PRINCIPAL, principal)
    return principal


authenticated = Guard(
    _authenticated, name="ApiKey", description="The key `mneme up` showed: `mlive_…`. The word `Token` works as well as `Bearer`."
)
Caller = Annotated[Principal, Depends(authenticated)]


def acts_as(request: Request, principal: Principal) -> None:
    """From here on the request is this principal's: whoever asks `authenticated` is told so."""
    setattr(request.state, _PRINCIPAL, principal)
