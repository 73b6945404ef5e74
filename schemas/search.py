"""Search: what may be read (Selection, Filter), what is asked (Query), what is found (Hit, Page)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.memory import Memory, MemoryState
from schemas.scope import subject_of

Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "contains", "icontains", "exists"]
Scalar = str | int | float | bool | None
FIELDS = frozenset(
    {"user", "agent", "app", "run", "tags", "id", "type", "categories", "content", "state"}
    | {"created_at", "updated_at", "said_at", "expires_at", "confidence", "importance"}
)
"""What a Condition may name, besides `metadata.<key>`."""


class Condition(BaseModel):
    """`field op value`. `ne` also matches null; `exists` takes no value; `in` takes a tuple; times are ISO 8601 strings.

    On the list fields (tags, categories) `eq` and `contains` mean "has this element" and `in` "has any of these".
    """

    model_config = ConfigDict(frozen=True)

    op_kind: Literal["condition"] = "condition"
    field: str
    op: Operator = "eq"
    value: Scalar | tuple[Scalar, ...] = None


class And(BaseModel):
    """All of `parts`; with no parts, everything the scope allows."""

    model_config = ConfigDict(frozen=True)

    op_kind: Literal["and"] = "and"
    parts: tuple["Filter", ...] = ()


class Or(BaseModel):
    """Any of `parts`; with no parts, nothing."""

    model_config = ConfigDict(frozen=True)

    op_kind: Literal["or"] = "or"
    parts: tuple["Filter", ...]


class Not(BaseModel):
    model_config = ConfigDict(frozen=True)

    op_kind: Literal["not"] = "not"
    part: "Filter"


Filter = Annotated[Condition | And | Or | Not, Field(discriminator="op_kind")]
EVERYTHING = And()
for _model in (And, Or, Not):
    _model.model_rebuild()


def both(*parts: Filter) -> Filter:
    """The conjunction of `parts`, flat."""
    return parts[0] if len(parts) == 1 else And(parts=parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a read or a deletion may touch: always one owner's; an empty owner selects nothing."""

    owner: str
    where: Filter = EVERYTHING
    states: tuple[MemoryState, ...] = (MemoryState.ACTIVE,)
    show_expired: bool = False

    def users(self) -> frozenset[str] | None:
        """The users the filter confines it to, or None when it may touch anybody's."""
        return _users(self.where)

    def subjects(self) -> frozenset[str] | None:
        """The subjects the filter confines it to, or None when it may touch any of the owner's.

        Only a required `user` decides: a memory's subject is its user wherever it has one.
        """
        names = self.users()
        return None if names is None else frozenset(subject_of(self.owner, "user", name) for name in names)


def _users(where: Filter) -> frozenset[str] | None:
    match where:
        case Condition(field="user", op="eq", value=str(name)):
            return frozenset({name})
        case Condition(field="user", op="in", value=tuple(names)):
            return frozenset(str(name) for name in names)
        case And(parts=parts):
            known = [users for part in parts if (users := _users(part)) is not None]
            return frozenset.intersection(*known) if known else None
        case Or(parts=parts) if parts:
            known = [users for part in parts if (users := _users(part)) is not None]
            return frozenset[str]().union(*known) if len(known) == len(parts) else None
    return None


def conditions(where: Filter) -> Iterator[Condition]:
    """Every condition in the filter, whatever stands around it."""
    match where:
        case Condition():
            yield where
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from conditions(part)
        case Not(part=part):
            yield from conditions(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question. `threshold` cuts by `Hit.score`, or by `Hit.similarity` where `by_similarity` is set."""

    text: str
    selection: Selection
    limit: int = 10
    threshold: float = 0.0
    by_similarity: bool = False
    familiarity_share: float | None = None
    """Where set, hits come in order of `blended` with this share instead of by score."""
    reference_at: datetime | None = None
    """The moment "now" means for recency; the clock's where absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A memory found, with every part of its score. All parts are 0..1."""

    memory: Memory
    score: float
    similarity: float
    """Cosine of query and memory, clamped to 0..1."""
    lexical: float = 0.0
    """Full-text score relative to the best possible for this query."""
    recency: float = 0.0
    importance: float = 0.0


def blended(hit: Hit, familiarity_share: float) -> float:
    """Similarity and how familiar the memory is, the latter having this share (0..1): 0..1."""
    return (1 - familiarity_share) * hit.similarity + familiarity_share * hit.memory.familiarity


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order and how many there are in all."""

    memories: Sequence[Memory]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A user, agent, app or run that has memories."""

    kind: Literal["user", "agent", "app", "run"]
    name: str
    total: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Memories summed up. `familiarity` and `accesses` are sums; of nothing there is no oldest and no newest."""

    total: int = 0
    active: int = 0
    users: int = 0
    familiarity: float = 0.0
    accesses: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row as the store found it: `lexical` is the raw BM25 score (0 where the words did not match), `similarity` the cosine."""

    memory: Memory
    similarity: float
    lexical: float = 0.0
    vector: Sequence[float] | None = field(default=None, repr=False)
