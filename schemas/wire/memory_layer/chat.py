"""Chat: what clients send and read, whole and in pieces."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import MnemeError
from schemas.scope import Scope
from schemas.search import Condition, Hit, Not, Selection
from schemas.wire.memory_layer.errors import spell
from schemas.wire.memory_layer.fields import RequiredUserId, UserId, rounded, user_required
from schemas.wire.memory_layer.requests import Text, of_user

MESSAGE_MAX_CHARS = 8_000
CONVERSATION_MAX_CHARS = 255

Said = Annotated[Text, Field(max_length=MESSAGE_MAX_CHARS)]
TopK = Annotated[int, Field(ge=1, le=20)]


class _Request(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class ChatRequest(_Request):
    model_config = ConfigDict(json_schema_extra=user_required)

    message: Said
    external_user_id: RequiredUserId = None
    """The end user who speaks."""
    top_k: TopK = 5
    """Most memories to answer from."""
    conversation_id: Annotated[str, Field(min_length=1, max_length=CONVERSATION_MAX_CHARS)] | None = None
    """The last 10 turns with the same id, of the same end user, are known to the model as well."""
    stream: bool = False
    """Answer with server-sent events: `delta`, and at the end `done` or `error`."""


class LegacyRequest(_Request):
    message: Said
    external_user_id: UserId | None = None
    """Without it, only memories without an end user are looked at."""
    top_k: TopK = 5


class UsedMemory(BaseModel):
    memory_text: str
    score: float
    """Cosine, 0..1."""


class ChatAnswer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    reply: str
    used_memories: list[UsedMemory]
    memory_created: bool
    """The message was accepted for storage; a question leaves no memory."""


class LegacyMemory(BaseModel):
    id: str
    content: str
    similarity: float


class LegacyAnswer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    reply: str
    memory_ids: list[str]
    """Of the memories used."""
    mode: Literal["process"]
    memories_used: list[LegacyMemory]


def scope_of(request: ChatRequest | LegacyRequest, owner: str) -> Scope:
    """Where the message belongs."""
    return Scope(owner=owner, user=request.external_user_id)


def known_to(request: ChatRequest, owner: str) -> Selection:
    """What may be recalled: the end user's; without one, which only an install that pools lets through, all of the account's."""
    return Selection(owner=owner, where=of_user(request.external_user_id))


def known_to_legacy(request: LegacyRequest, owner: str) -> Selection:
    """What may be recalled: the end user's, or without one what belongs to none. Never the pool."""
    user = request.external_user_id
    return Selection(owner=owner, where=of_user(user) if user is not None else Not(part=Condition(field="user", op="exists")))


def chat_answer(reply: str, used: Sequence[Hit], *, created: bool) -> dict[str, Any]:
    """The fields of a ChatAnswer."""
    memories = [{"memory_text": hit.memory.content, "score": rounded(hit.similarity)} for hit in used]
    return {"reply": reply, "used_memories": memories, "memory_created": created}


def legacy_answer(reply: str, used: Sequence[Hit]) -> dict[str, Any]:
    """The fields of a LegacyAnswer."""
    memories = [{"id": hit.memory.id, "content": hit.memory.content, "similarity": rounded(hit.similarity)} for hit in used]
    return {"reply": reply, "memory_ids": [hit.memory.id for hit in used], "mode": "process", "memories_used": memories}


def chat_failure(error: MnemeError) -> dict[str, Any]:
    """An error in the middle of a stream: what the answer would have said, with its status and when to try again (s)."""
    status, body, _ = spell(error)
    return {**body, "status": status, "retry_after": error.retry_after_s}
