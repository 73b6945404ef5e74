"""What outside producers publish to the queue: Mem0's words for an add, in one JSON object."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from schemas.errors import BadInput, Problem, shown
from schemas.event import Lane, MessagesReceived
from schemas.ids import event_id
from schemas.scope import Scope
from schemas.wire.mem0.conditions import ANY, ENTITIES
from schemas.wire.mem0.dates import ExpirationDate, Timestamp
from schemas.wire.mem0.messages import MessageIn, listed, spoken
from schemas.wire.mem0.requests import EntityId

KEY_FIELDS = ("authorization", "x-api-key", "x-supermemory-api-key")
"""Fields of a plain Redis entry that are headers; all others belong to the message."""
_JSON_FIELDS = ("messages", "metadata", "custom_categories")


class TurnIn(MessageIn):
    """A message, and when it was said where that is known of each."""

    timestamp: Timestamp | None = None
    """When it was said; the message's `timestamp` where absent."""


class QueueMessage(BaseModel):
    """A conversation, or one thing said, to learn from. Unknown fields are refused: a misspelt option should not be lost silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, title="Message")

    user_id: EntityId | None = None
    """The user the memories are about. At least one of user_id, agent_id, app_id and run_id is needed."""
    agent_id: EntityId | None = None
    """The agent the memories are about."""
    app_id: EntityId | None = None
    """The application they were said in."""
    run_id: EntityId | None = None
    """The session or run they were said in."""
    messages: Annotated[list[TurnIn], BeforeValidator(listed)] | None = None
    """The conversation: a list of {role, content}; a single message or a string is taken too. Either this or `content`."""
    content: Annotated[str | None, Field(min_length=1)] = None
    """One thing the user said."""
    infer: bool = True
    """False stores every user and assistant message word for word."""
    metadata: dict[str, Any] | None = None
    """Kept with every memory; its top-level keys can be filtered by."""
    timestamp: Timestamp | None = None
    """When it was said: seconds since 1970, or ISO 8601. Backdates the memories."""
    expiration_date: ExpirationDate | None = None
    """The last day on which the memories count, UTC."""
    immutable: bool = False
    """True refuses later updates."""
    includes: str | None = None
    """Keep only what is about this."""
    excludes: str | None = None
    """Leave out what is about this."""
    custom_categories: dict[str, str] | list[dict[str, str]] | None = None
    """{name: description}, or a list of such; replaces the default categories."""
    custom_instructions: str | None = None
    """Guidelines for extraction, followed where a language model is configured."""
    lane: Lane = "bulk"
    """bulk lets interactive requests go first; live does not."""
    idempotency_key: Annotated[str | None, Field(min_length=1, max_length=512)] = None
    """Sent again with the same key, over the queue or over HTTP, a message is the same message."""
    api_key: Annotated[str | None, Field(repr=False)] = None
    """For clients that send no headers. A header wins."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.messages is None) == (self.content is None):
            raise PydanticCustomError("messages", "needs either messages or content")
        return self

    @model_validator(mode="after")
    def _about_someone(self) -> Self:
        names = [name for key in ENTITIES if (name := getattr(self, key))]
        if not names:
            raise PydanticCustomError("scope", "needs one of user_id, agent_id, app_id, run_id")
        if ANY in names:
            raise PydanticCustomError("scope", "an id must not be '*': it stands for any id in searches")
        return self


def read(value: object) -> QueueMessage:
    """The message that parsed JSON stands for. Raises BadInput naming every field that is wrong, and no value."""
    if not isinstance(value, dict):
        raise BadInput("the message must be a JSON object")
    try:
        return QueueMessage.model_validate(value)
    except ValidationError as invalid:
        problems = [Problem(type=one["type"], loc=tuple(one["loc"]), message=one["msg"]) for one in invalid.errors(include_input=False)]
        words = "; ".join(": ".join(filter(None, (shown(".".join(map(str, problem.loc))), problem.message))) for problem in problems[:10])
        raise BadInput(words, problems=problems) from None


def received(message: QueueMessage, owner: str, now: datetime, *, fallback_id: str) -> MessagesReceived:
    """The event: its id derived from the idempotency key, as over HTTP, or else `fallback_id`."""
    said = spoken(message.messages or [TurnIn(role="user", content=message.content)], infer=message.infer)
    return MessagesReceived(
        id=event_id(owner, message.idempotency_key) if message.idempotency_key else fallback_id,
        scope=Scope(owner=owner, user=message.user_id, agent=message.agent_id, app=message.app_id, run=message.run_id),
        lane=message.lane,
        occurred_at=now,
        messages=said,
        infer=message.infer,
        metadata=message.metadata,
        said_at=message.timestamp,
        expires_at=message.expiration_date,
        immutable=message.immutable,
        includes=message.includes or None,
        excludes=message.excludes or None,
        categories=_categories(message.custom_categories),
        instructions=message.custom_instructions or None,
    )


def _categories(given: dict[str, str] | list[dict[str, str]] | None) -> dict[str, str] | None:
    named = {name: about for one in (given if isinstance(given, list) else [given or {}]) for name, about in one.items()}
    return named or None


def body_of_fields(fields: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The message and its headers, of a flat entry of texts: messages, metadata and custom_categories hold JSON, the rest is plain."""
    headers = {name: value for name, value in fields.items() if name in KEY_FIELDS}
    body = {name: _parsed(name, value) for name, value in fields.items() if name not in KEY_FIELDS}
    return orjson.dumps(body), headers


def _parsed(name: str, value: str) -> Any:
    """What is no JSON stays a text: `messages` may be one, and of the others the schema says what is wrong with it."""
    if name not in _JSON_FIELDS:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
