"""What clients send, and the event, query or selection it stands for."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from schemas.event import MessagesReceived
from schemas.memory import MemoryState
from schemas.message import Message
from schemas.scope import Scope
from schemas.search import EVERYTHING, Condition, Filter, Query, Selection
from schemas.wire.memory_layer.fields import RequiredUserId, UserId, not_blank, user_required
from schemas.wire.memory_layer.memory import FAMILIARITY_SHARE

SEARCH_MAX, LIST_MAX = 100, 200
QUERY_MAX_CHARS = 8_000
"""As long as a message of a chat."""

Text = Annotated[str, StringConstraints(min_length=1), AfterValidator(not_blank)]


def _object(value: Any) -> Any:
    return {} if value is None else value


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class StoreRequest(_Request):
    model_config = ConfigDict(json_schema_extra=user_required)

    content: Text
    """Kept word for word."""
    external_user_id: RequiredUserId = None
    """The end user it is about: an e-mail address, or any other string; compared exactly."""
    metadata: Annotated[dict[str, Any], BeforeValidator(_object)] = {}


class SearchRequest(_Request):
    model_config = ConfigDict(json_schema_extra=user_required)

    query: Annotated[Text, Field(max_length=QUERY_MAX_CHARS)]
    external_user_id: RequiredUserId = None
    """The end user whose memories are searched, and nobody else's."""
    limit: Annotated[int, Field(ge=1, le=SEARCH_MAX)] = 10
    similarity_threshold: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.35
    """Lower finds more."""


class ListRequest(_Request):
    limit: Annotated[int, Field(ge=1, le=LIST_MAX)] = 50
    offset: Annotated[int, Field(ge=0, le=10**9)] = 0
    external_user_id: UserId | None = None
    """Only this end user's; without it all of the account's."""


def received(request: StoreRequest, owner: str, now: datetime) -> MessagesReceived:
    """The event: said by the user, stored word for word."""
    return MessagesReceived(
        scope=Scope(owner=owner, user=request.external_user_id),
        occurred_at=now,
        messages=(Message(role="user", content=request.content),),
        infer=False,
        metadata=request.metadata,
    )


def query_of(request: SearchRequest, owner: str) -> Query:
    """The question, cut by cosine; without a user, which only an install that pools lets through, to all of the account."""
    return Query(
        text=request.query,
        selection=Selection(owner=owner, where=of_user(request.external_user_id)),
        limit=request.limit,
        threshold=request.similarity_threshold,
        by_similarity=True,
        familiarity_share=FAMILIARITY_SHARE,
    )


def selection_of(request: ListRequest, owner: str) -> Selection:
    """What the list may show; limit and offset are the page's."""
    return Selection(owner=owner, where=of_user(request.external_user_id))


def counted(owner: str, user: str | None) -> Selection:
    """What statistics are about: what is searched, and what is archived."""
    return Selection(owner=owner, where=of_user(user), states=(MemoryState.ACTIVE, MemoryState.ARCHIVED))


def of_user(user: str | None) -> Filter:
    """One end user's memories; without one everybody's."""
    return EVERYTHING if user is None else Condition(field="user", value=user)
