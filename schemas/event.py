"""Event: what was accepted. Past tense, JSON, new fields with defaults, so that an older producer's event still reads."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from schemas.ids import new_id
from schemas.memory import Change, Feedback, Memory
from schemas.message import Message
from schemas.scope import Scope
from schemas.search import Filter

Lane = Literal["live", "bulk"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=new_id)
    scope: Scope
    lane: Lane = "live"
    """live is served first; bulk is for imports. The mailbox may demote a flood to bulk."""
    occurred_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    accepted_at: datetime | None = None
    """Set by the mailbox from Redis' clock; None until accepted."""
    correlation_id: str | None = None
    reply_to: str | None = None
    """The process that waits for the outcome, if any."""
    job: str | None = None
    """The bulk job that counts its outcome, if any."""

    @property
    def subject(self) -> str:
        return self.scope.subject


class MessagesReceived(_Event):
    """A conversation, or part of one, to learn from."""

    kind: Literal["messages.received"] = "messages.received"
    messages: tuple[Message, ...]
    infer: bool = True
    """False: store every user and assistant message word for word."""
    metadata: dict[str, Any] | None = None
    said_at: datetime | None = None
    """Backdates the memories (Mem0 `timestamp`)."""
    expires_at: datetime | None = None
    immutable: bool = False
    includes: str | None = None
    """Free text: keep only what is about this."""
    excludes: str | None = None
    """Free text: leave out what is about this."""
    categories: dict[str, str] | None = None
    """name -> description; replaces the default categories."""
    instructions: str | None = None
    """Free text for the extractor, followed when an LLM is configured."""


class MemoryEdit(BaseModel):
    """Only the fields in `model_fields_set` are changed: expires_at=None clears, and so does feedback=None."""

    model_config = ConfigDict(frozen=True)

    memory_id: str
    content: str | None = None
    metadata: dict[str, Any] | None = None
    said_at: datetime | None = None
    expires_at: datetime | None = None
    feedback: Feedback | None = None
    feedback_reason: str | None = None

    @property
    def only_rates(self) -> bool:
        """Whether it says no more than what somebody thinks of the memory, which is no change of it."""
        return self.model_fields_set <= {"memory_id", "feedback", "feedback_reason"}


class MemoriesEdited(_Event):
    """Changes a client asked for, all of one subject."""

    kind: Literal["memories.edited"] = "memories.edited"
    edits: tuple[MemoryEdit, ...]


class MemoriesForgotten(_Event):
    """Memories a client asked to delete: by id (of one subject), or all of one shard that `where` matches.

    With `where`, `shard` says which shard's mailbox it lies in and the event is a barrier there: it runs alone, after
    everything accepted before it, and takes only memories accepted before it.
    """

    kind: Literal["memories.forgotten"] = "memories.forgotten"
    memory_ids: tuple[str, ...] = ()
    where: Filter | None = None
    shard: int | None = None


class Restored(BaseModel):
    """A memory as an export told of it."""

    model_config = ConfigDict(frozen=True)

    memory: Memory
    history: tuple[Change, ...] = ()
    links: dict[str, float] = {}
    """By the other memory's id, the cosine between them."""
    vector: str | None = None
    """Base64 of little-endian float32, made by the memory's embedding model; made anew where absent."""


class MemoriesImported(_Event):
    """Memories to be restored as they were, all of one subject, and changes of others of it that are gone."""

    kind: Literal["memories.imported"] = "memories.imported"
    lane: Lane = "bulk"
    memories: tuple[Restored, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def weight(self) -> int:
        """About how many characters it has."""
        texts = sum(len(restored.memory.content) + len(restored.vector or "") for restored in self.memories)
        lines = [change for restored in self.memories for change in restored.history] + list(self.changes)
        return texts + sum(len(line.old_content or "") + len(line.new_content or "") for line in lines)

    @model_validator(mode="after")
    def _of_one_subject(self) -> Self:
        scopes = {restored.memory.scope for restored in self.memories} | {change.scope for change in self.changes}
        if any(scope.subject != self.subject for scope in scopes):
            raise ValueError("its memories must be of its subject")
        return self


class UserErased(_Event):
    """A user is to be removed from everywhere; `scope` names it. A barrier for its subject, as MemoriesForgotten with `where`."""

    kind: Literal["user.erased"] = "user.erased"
    now: bool = False
    """See `Erasure.now`."""


Event = Annotated[MessagesReceived | MemoriesEdited | MemoriesForgotten | MemoriesImported | UserErased, Field(discriminator="kind")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
