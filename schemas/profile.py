"""Profile: what is remembered of a user in the fields of a schema, and the settings that say which."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

ProfileStatus = Literal["succeeded", "pending", "failed", "not_enabled", "insufficient_data"]
MEMORIES_MIN = 2
"""Of a user with fewer there is nothing to be said yet."""
NEWS = 10
"""So many new memories make a profile old."""


class ProfileSettings(BaseModel):
    """An owner's. Profiles are made where they are enabled and have a schema."""

    model_config = ConfigDict(frozen=True)

    enabled: bool = False
    user_schema: dict[str, Any] | None = None
    """JSON Schema of an object; see schemas/profile_schema."""
    custom_instructions: str | None = None

    @property
    def ready(self) -> bool:
        return self.enabled and self.user_schema is not None


class Profile(BaseModel):
    """A user's, as it was made last."""

    model_config = ConfigDict(frozen=True)

    user: str
    status: ProfileStatus
    fields: dict[str, Any] = {}
    error: str | None = None
    made_at: datetime | None = None
    generation: int = 0
    """How often it was made."""
    memories: int = 0
    """How many active memories the user had then."""
    run: str = ""
    """The run that made it."""
