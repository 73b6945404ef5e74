"""What clients send, and the event, selection or edit it stands for."""

from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.event import MemoryEdit, MessagesReceived
from schemas.ids import event_id, new_id
from schemas.memory import MemoryType
from schemas.message import Message
from schemas.scope import Scope
from schemas.search import Condition, Filter, Not, Selection, both

SELF, ALL = "self", "all"
"""As `user_id` of a list: the account's own memories; everybody's."""


def _addressable(user_id: str) -> str:
    if user_id in (SELF, ALL):
        raise PydanticCustomError("reserved", f'"{SELF}" and "{ALL}" have a meaning of their own in lists')
    return user_id


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Turn(_Request):
    role: Literal["user", "assistant", "system"]
    content: Annotated[str, Field(min_length=1)]


class AddRequest(_Request):
    messages: Annotated[list[Turn], Field(min_length=1)]
    user_id: Annotated[str, Field(min_length=1), AfterValidator(_addressable)] | None = None
    """The end user it is about; absent: the account itself."""
    metadata: dict[str, Any] | None = None
    """Stored on every memory that comes of it."""


class ListRequest(_Request):
    user_id: Annotated[str | None, Field(min_length=1)] = None
    """An end user; `self`: memories without one; `all`, or absent: everything."""
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    cursor: str | None = None
    """`next_cursor` of the page before."""
    order: Literal["asc", "desc"] = "desc"
    """By the time of creation."""
    memory_type: MemoryType | None = None
    min_confidence: Annotated[float | None, Field(ge=0, le=1, allow_inf_nan=False)] = None
    """Inclusive."""


class EditRequest(_Request):
    content: Annotated[str | None, Field(min_length=1)] = None
    metadata: dict[str, Any] | None = None
    """Takes the place of the old metadata; null clears it."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.content is None and "metadata" not in self.model_fields_set:
            raise PydanticCustomError("empty", "Nothing to change: give content or metadata")
        return self


def received(request: AddRequest, owner: str, now: datetime, *, idempotency_key: str | None = None) -> MessagesReceived:
    """The event. With an idempotency key its id is derived: sent again, it is the same event."""
    return MessagesReceived(
        id=event_id(owner, idempotency_key) if idempotency_key else new_id(),
        scope=Scope(owner=owner, user=request.user_id),
        occurred_at=now,
        messages=tuple(Message(role=turn.role, content=turn.content) for turn in request.messages),
        metadata=request.metadata,
    )


def selection_of(request: ListRequest, owner: str) -> Selection:
    """What the list may show; order, limit and cursor are the page's."""
    parts: list[Filter] = []
    if request.user_id == SELF:
        parts.append(Not(part=Condition(field="user", op="exists")))
    elif request.user_id not in (None, ALL):
        parts.append(Condition(field="user", value=request.user_id))
    if request.memory_type is not None:
        parts.append(Condition(field="type", value=request.memory_type.value))
    if request.min_confidence is not None:
        parts.append(Condition(field="confidence", op="gte", value=_least(request.min_confidence)))
    return Selection(owner=owner, where=both(*parts))


def edit_of(memory_id: str, request: EditRequest) -> MemoryEdit:
    """The change to make."""
    given = {"metadata": request.metadata} if "metadata" in request.model_fields_set else {}
    return MemoryEdit(memory_id=memory_id, content=request.content, **given)


def _least(shown: float) -> float:
    """The lowest confidence that is shown as at least `shown`: answers round to two decimals, and the bound is inclusive."""
    return ceil(Decimal(str(shown)) * 100) / 100 - 0.005
