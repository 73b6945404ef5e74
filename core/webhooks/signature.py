"""Signatures: how a receiver knows that a delivery is ours and new."""

import hmac
import secrets
from hashlib import sha256

HEADER = "X-Mneme-Signature"
"""`t=<seconds since 1970>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`."""
DELIVERY = "X-Mneme-Delivery"
"""The delivery's id, the same at every try."""
_BYTES = 32


def new_secret() -> str:
    """`whsec_` and 256 random bits."""
    return f"whsec_{secrets.token_urlsafe(_BYTES)}"


def sign(secret: str, body: bytes, at_s: int) -> str:
    """The header's value for a body sent at a moment, in seconds since 1970."""
    digest = hmac.new(secret.encode(), b"%d." % at_s + body, sha256).hexdigest()
    return f"t={at_s},v1={digest}"
