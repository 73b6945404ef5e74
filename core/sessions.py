"""Sessions: who is signed in, for what an API key may not do. Tokens of our own, of a sign-in provider, or the admin's."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, cast

import jwt
from fastapi import Depends, Request
from jwt.exceptions import PyJWTError

from core.guard import Guard
from core.issuing import FIRST_OWNER
from core.settings import Settings
from schemas.errors import BadInput, Unauthenticated

if TYPE_CHECKING:
    from core.jwks import Jwks

OWNER_HEADER = "x-mneme-owner"
"""With the admin's token: whose keys it is about."""
ISSUER = "mneme"
_OURS = "HS256"
_PROVIDERS = ("RS256", "ES256")
_LEEWAY_S = 10
_OWNER_MAX_CHARS = 255
_SESSION = "session"
_REFUSED = "Invalid or missing session token"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, and the account that is theirs."""

    owner: str


def _keys_at(url: str) -> "Jwks":
    from core.jwks import Jwks  # and with it an HTTP client, 3 MB that few installs need

    return Jwks(url)


class Sessions:
    """Checks session tokens. What is not configured opens nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._jwks = _keys_at(settings.session_jwks_url) if settings.session_jwks_url else None

    async def verify(self, token: str, *, owner: str | None = None) -> Session:
        """Whose `token` is: its `sub`; of the admin's token, `owner` or the first one. Raises Unauthenticated, Unavailable."""
        admin = self._settings.admin_token
        if admin is not None and hmac.compare_digest(token.encode(), admin.get_secret_value().encode()):
            return Session(_named(owner or FIRST_OWNER))
        try:
            header = jwt.get_unverified_header(token)
            claims = await self._claims(token, str(header.get("alg")), header.get("kid"))
        except PyJWTError as error:
            raise Unauthenticated(_REFUSED) from error
        return Session(_named(claims["sub"]))

    async def _claims(self, token: str, algorithm: str, key_id: str | None) -> dict[str, Any]:
        """Each algorithm has a kind of key of its own, so that a public key is never taken for a secret."""
        secret = self._settings.session_secret
        if algorithm == _OURS and secret is not None:
            return self._decoded(token, secret.get_secret_value(), algorithm)
        if algorithm in _PROVIDERS and self._jwks is not None:
            key = await self._jwks.find(key_id, algorithm)
            if key is not None:
                return self._decoded(token, key.key, algorithm)
        raise Unauthenticated(_REFUSED)

    def _decoded(self, token: str, key: Any, algorithm: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._settings.session_audience,
            issuer=self._settings.session_issuer,
            leeway=_LEEWAY_S,
            options={"require": ["exp", "sub", "aud"]},
        )


def mint(settings: Settings, owner: str, ttl_s: int) -> str:
    """A session token of ours for `owner`. Raises BadInput where there is no `session_secret`."""
    if settings.session_secret is None:
        raise BadInput("set MNEME_SESSION_SECRET first (32 characters or more), here and where the web process runs")
    claims = {
        "sub": _named(owner),
        "aud": settings.session_audience,
        "iss": settings.session_issuer or ISSUER,
        "exp": datetime.now(UTC) + timedelta(seconds=ttl_s),
    }
    return jwt.encode(claims, settings.session_secret.get_secret_value(), _OURS)


async def _signed_in(request: Request) -> Session:
    """Who is signed in, by `Authorization: Bearer <session token>`. Raises Unauthenticated, Unavailable, LimitReached.

    Asked twice, it counts once.
    """
    if (known := getattr(request.state, _SESSION, None)) is not None:
        return cast(Session, known)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated(_REFUSED)
    sessions: Sessions = request.app.state.sessions
    session = await sessions.verify(token.strip(), owner=request.headers.get(OWNER_HEADER))
    await request.app.state.resources.limits.admit(session.owner)
    setattr(request.state, _SESSION, session)
    return session


signed_in = Guard(
    _signed_in, name="Session", description="A session token: `mneme session create`, your provider's JWT, or the admin token."
)
SignedIn = Annotated[Session, Depends(signed_in)]


def _named(owner: Any) -> str:
    if not isinstance(owner, str) or not owner.strip() or len(owner) > _OWNER_MAX_CHARS:
        raise Unauthenticated(_REFUSED)
    return owner
