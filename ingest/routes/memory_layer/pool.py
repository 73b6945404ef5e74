"""Whether requests may come without an end user: only where the install's operator wants all of them pooled."""

from core.web.opened import Opened
from schemas.wire.memory_layer.fields import pooling


async def pooled(resources: Opened) -> None:
    """Dependency: makes the setting known to the requests' fields."""
    pooling.set(resources.settings.pool_users)
