"""What Mem0's clients send. Unknown top-level fields are ignored: clients of every version add some."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from schemas.wire.mem0.conditions import entity_name
from schemas.wire.mem0.dates import ExpirationDate, Timestamp
from schemas.wire.mem0.messages import Messages

EntityId = Annotated[str, BeforeValidator(entity_name), WithJsonSchema({"type": "string"})]
Filters = Annotated[dict[str, Any], Field(examples=[{"AND": [{"user_id": "alice"}, {"categories": {"in": ["travel"]}}]}])]
BATCH_MAX = 1_000


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)


class EntityIds(_Request):
    user_id: EntityId | None = None
    """The user the memories are about."""
    agent_id: EntityId | None = None
    """The agent the memories are about."""
    app_id: EntityId | None = None
    """The application they were said in."""
    run_id: EntityId | None = None
    """The session or run they were said in."""


class AddRequest(EntityIds):
    messages: Messages
    """The conversation: a list of {role, content}; a single message or a string is taken too."""
    filters: dict[str, Any] | None = None
    """Entity ids may be given here instead of at the top level."""
    metadata: dict[str, Any] | None = None
    """Kept with every memory; its top-level keys can be filtered by."""
    infer: bool | None = True
    """False stores every user and assistant message word for word, and answers with the outcome."""
    async_mode: bool | None = None
    """v1 only: true answers at once with an event id; false, the default, waits for the outcome."""
    output_format: str | None = None
    """v1 only: v1.1 wraps the answer in {"results": ...}."""
    includes: str | None = None
    """Keep only what is about this."""
    excludes: str | None = None
    """Leave out what is about this."""
    custom_categories: list[dict[str, Any]] | dict[str, Any] | None = None
    """[{name: description}]; replaces the default categories."""
    custom_instructions: str | None = None
    """Guidelines for extraction, followed where a language model is configured."""
    agent_custom_instructions: str | None = None
    """The same, used where there is an agent and no user."""
    timestamp: Timestamp | None = None
    """When it was said, in seconds since 1970: backdates the memories."""
    expiration_date: ExpirationDate | None = None
    """The last day on which the memories count, UTC."""
    immutable: bool | None = False
    """True refuses later updates."""


class SearchRequest(EntityIds):
    query: str
    """What to look for."""
    filters: Filters | None = None
    """Whose memories, and which of them: see the filter grammar in Mem0's documentation."""
    top_k: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most results; 10 where absent."""
    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Older name of top_k."""
    threshold: float | None = None
    """Least score of a result; 0 takes all. 0.1 where absent (0.3 in v1 and v2)."""
    fields: list[str] | None = None
    """Fields to return, besides id and score; all where absent."""
    categories: list[str] | None = None
    """Only memories with any of these categories."""
    metadata: dict[str, Any] | None = None
    """Only memories with these values in their metadata."""
    show_expired: bool | None = False
    """True finds memories past their expiration date too."""
    reference_date: Timestamp | None = None
    """The moment "now" means for recency: a date, or seconds since 1970."""
    rerank: bool | None = False
    """Accepted; results are always ranked by all parts of their score."""
    output_format: str | None = None
    """v1 only: v1.1 wraps the answer in {"results": ...}."""


class ListRequest(EntityIds):
    filters: Filters | None = None
    """Whose memories, and which of them: see the filter grammar in Mem0's documentation."""
    page: int | None = None
    """Page, from 1; the query parameter wins."""
    page_size: int | None = None
    """Memories a page, 100 where absent, at most 200; the query parameter wins."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Unpaged lists: most memories."""
    top_k: Annotated[int, Field(ge=1)] | None = None
    """Another name of limit."""
    start_date: str | None = None
    """Only memories created on or after this date or time."""
    end_date: str | None = None
    """Only memories created on or before this date or time."""
    categories: list[str] | None = None
    """Only memories with any of these categories."""
    keywords: str | None = None
    """Only memories that contain this, whatever its case."""
    show_expired: bool | None = False
    """True lists memories past their expiration date too."""


class UpdateRequest(_Request):
    text: str | None = None
    """What the memory says from now on."""
    metadata: dict[str, Any] | None = None
    """Replaces the metadata."""
    timestamp: Timestamp | None = None
    """When it was said: seconds since 1970, or ISO 8601."""
    expiration_date: ExpirationDate | None = None
    """The last day on which it counts; null clears."""


class BatchEdit(UpdateRequest):
    memory_id: str
    """Id of the memory to change."""


class BatchUpdateRequest(_Request):
    memories: Annotated[list[BatchEdit], Field(min_length=1, max_length=BATCH_MAX)]
    """The changes, applied in order."""


class BatchDeletion(_Request):
    memory_id: str
    """Id of the memory to delete."""


class BatchDeleteRequest(_Request):
    memories: Annotated[list[BatchDeletion], Field(min_length=1, max_length=BATCH_MAX)]
    """The memories to delete."""
