"""Filters: the only place that says to LanceDB which rows are meant. Every filter that serves a reader begins with the owner."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from core.store.conditions import as_sql, check_size
from core.store.metadata import present
from core.store.rows import micros
from core.store.sql import EVERYTHING, decimal, literal, timestamp
from core.store.sql import NOTHING as NOTHING
from core.store.sql import one_of as one_of
from schemas.memory import MemoryState
from schemas.scope import subject_of
from schemas.search import And, Condition, Filter, Selection

_PREFIXES = 16**4


def selection_filter(selection: Selection, now: datetime) -> str:
    """The rows a selection means at `now`. An empty owner, no states, or contradictory users mean none.

    Raises BadInput for an unknown field, an operator its field does not take, a value that is none of its, or a filter too large.
    """
    check_size(selection.where)
    subjects = selection.subjects()
    where = as_sql(selection.where)
    if not selection.owner or not selection.states or subjects == frozenset():
        return NOTHING
    parts = [f"owner = {literal(selection.owner)}"]
    if not selection.show_expired:
        parts.append(f"(expires_at IS NULL OR expires_at > {timestamp(micros(now))})")
    if subjects is not None:
        return " AND ".join([*parts, confined_filter(selection)])
    return " AND ".join([*parts, one_of("state", [state.value for state in selection.states]), where])


def confined_filter(selection: Selection) -> str:
    """As `selection_filter`, for a selection of known subjects, but for owner and expiry: for who reads them in each row that comes.

    A subject's key stands for its owner too; two columns that no index has, and which lie elsewhere, are half a millisecond.
    """
    subjects = selection.subjects()
    if not selection.owner or not selection.states or not subjects:
        return NOTHING
    states = one_of("state", [state.value for state in selection.states])
    where = as_sql(_beyond_user(selection.where))
    return " AND ".join([one_of("subject", sorted(subjects)), states, *([where] if where != EVERYTHING else [])])


def after_filter(created_at: datetime, memory_id: str, *, newest_first: bool) -> str:
    """The rows that come after this one in the order of creation, then id."""
    sign, moment = "<" if newest_first else ">", timestamp(micros(created_at))
    return f"(created_at {sign} {moment} OR (created_at = {moment} AND id {sign} {literal(memory_id)}))"


def ids_filter(owner: str, ids: Sequence[str]) -> str:
    """The owner's rows of these ids, in whatever state."""
    return f"owner = {literal(owner)} AND {any_id(ids)}" if owner else NOTHING


def change_filter(owner: str, memory_id: str) -> str:
    """The changes of one of the owner's memories."""
    return f"owner = {literal(owner)} AND memory_id = {literal(memory_id)}" if owner else NOTHING


def any_id(ids: Sequence[str]) -> str:
    """Rows of these ids, whoever's: for the writer, which has them from rows it holds."""
    return one_of("id", ids)


def active_of(subjects: Sequence[str], hashes: Sequence[str] | None = None) -> str:
    """Active rows of these subjects, of these content hashes where given. A subject's key stands for its owner too."""
    active = f"{one_of('subject', subjects)} AND state = {literal(MemoryState.ACTIVE.value)}"
    return active if hashes is None else f"{active} AND {one_of('content_hash', hashes)}"


def accepted_before(moment: datetime) -> str:
    return f"accepted_at < {timestamp(micros(moment))}"


def equals(column: str, value: str) -> str:
    """Rows of a control table by one of its text columns."""
    return f"{column} = {literal(value)}"


def record_filter(kind: str, owner: str) -> str:
    """An owner's records of a kind."""
    return f"{equals('kind', kind)} AND {equals('owner', owner)}" if owner else NOTHING


def older_than(column: str, moment: datetime) -> str:
    """Rows whose time is before a moment."""
    return f"{column} < {timestamp(micros(moment))}"


def whose(owner: str | None, user: str | None) -> str:
    """For maintenance: a user's rows, an owner's, or, without an owner, everybody's. An empty owner has none."""
    if owner is None:
        return EVERYTHING if user is None else NOTHING
    if not owner:
        return NOTHING
    return equals("owner", owner) if user is None else equals("subject", subject_of(owner, "user", user))


def active_memories(where: str) -> str:
    return f"{where} AND {equals('state', MemoryState.ACTIVE.value)}"


def archived_memories(where: str) -> str:
    return f"{where} AND {equals('state', MemoryState.ARCHIVED.value)}"


def marked(key: str) -> str:
    """Memories that have a metadata entry of this name."""
    return f"array_has(meta_pairs, {literal(present(key))})"


def beyond_limits(created_before: datetime | None, importance_below: float | None, expired_at: datetime | None) -> str:
    """Rows past any of the limits given; none given, none."""
    parts = [
        older_than("created_at", created_before) if created_before else NOTHING,
        f"importance < {decimal(importance_below)}" if importance_below is not None else NOTHING,
        f"expires_at <= {timestamp(micros(expired_at))}" if expired_at else NOTHING,
    ]
    return f"({' OR '.join(parts)})"


def slices(column: str, count: int) -> list[str]:
    """Filters that cut all rows into `count` parts (65,536 at most) of about one size, by a column of evenly spread hex numbers."""
    count = min(count, _PREFIXES)
    if count <= 1:
        return [EVERYTHING]
    bounds = [literal(f"{number * _PREFIXES // count:04x}") for number in range(1, count)]
    parts = [f"{column} >= {low} AND {column} < {high}" for low, high in pairwise(bounds)]
    return [f"{column} < {bounds[0]}", *parts, f"{column} >= {bounds[-1]}"]


def live_key(owner: str, key_id: str) -> str:
    """The owner's key of this id, unless it is revoked."""
    return f"{equals('owner', owner)} AND {equals('id', key_id)} AND revoked_at IS NULL"


def _beyond_user(where: Filter) -> Filter:
    """What a filter asks besides its required users: those the subjects say already, and by an index.

    Nothing is nothing: for a "true" LanceDB looks at every row that the index gave.
    """
    match where:
        case Condition(field="user", op="eq", value=str()) | Condition(field="user", op="in"):
            return And()
        case And(parts=parts):
            return And(parts=tuple(left for part in parts if (left := _beyond_user(part)) != And()))
    return where


def exported(owner: str | None, names: Mapping[str, str]) -> str:
    """For exports: an owner's rows, or everybody's where it is None, that carry these names (by user, agent, app, run)."""
    return " AND ".join([whose(owner, None), *(equals(f"{kind}_id", name) for kind, name in names.items())])


def in_states(states: Sequence[MemoryState]) -> str:
    return one_of("state", [state.value for state in states])


def after_id(memory_id: str) -> str:
    """Rows whose id comes after this one."""
    return f"id > {literal(memory_id)}"


def changes_of(memory_ids: Sequence[str]) -> str:
    """The changes of these memories, whoever's: for those who hold the memories."""
    return one_of("memory_id", memory_ids)


def changes_of_user(owner: str, user: str) -> str:
    """The history of all of a user's memories."""
    return f"{equals('owner', owner)} AND {equals('user_id', user)}" if owner and user else NOTHING
