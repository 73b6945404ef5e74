"""Message: one turn of a conversation, as an application sends it."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    model_config = ConfigDict(frozen=True)

    role: str
    """user, assistant or system; other roles are kept and treated as system."""
    content: str
    name: str | None = None
    """Who spoke, where a conversation has several people."""
    said_at: datetime | None = None
    """When it was said; the event's time where absent."""
