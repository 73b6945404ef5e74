"""Lifecycle events as an HTTP client asks for them and reads them."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.lifecycle import LifecycleEvent, LifecycleKind

_WHOSE = ("user_id", "agent_id", "app_id", "run_id")


def _parted(value: Any) -> Any:
    """`kinds=a,b` means the same as `kinds=a&kinds=b`."""
    return [part for one in value for part in one.split(",") if part] if isinstance(value, list) else value


class LifecycleQuery(BaseModel):
    """Which events, and from where on."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    after: Annotated[str | None, Field(max_length=40)] = None
    """Only events after this one: the `id` of a stream's event, or the `next` of a page; 0 is before everything that is kept."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    """Most events read for a page."""
    kinds: Annotated[list[LifecycleKind], BeforeValidator(_parted)] = []
    """Only these; several, or separated by commas."""
    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None

    def takes(self, event: LifecycleEvent) -> bool:
        """Whether the client wants it."""
        named = all(getattr(event, name) == value for name in _WHOSE if (value := getattr(self, name)) is not None)
        return named and (not self.kinds or event.kind in self.kinds)


class LifecyclePage(BaseModel):
    """The oldest first."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    events: list[LifecycleEvent]
    """Of those read, the ones that were asked for."""
    next: str | None
    """Where the next page begins, as `after`; the same again while there is nothing new."""


def lifecycle_page(events: Sequence[LifecycleEvent], place: str | None) -> dict[str, Any]:
    """The fields of a LifecyclePage."""
    return {"events": [event.model_dump() for event in events], "next": place}
