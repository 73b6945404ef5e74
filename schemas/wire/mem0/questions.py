"""Mem0's searches and lists, as our Query and Selection."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import BadInput
from schemas.search import EVERYTHING, Filter, Query, Selection, both
from schemas.wire.mem0.conditions import ENTITIES
from schemas.wire.mem0.filters import parse_filters, scopes
from schemas.wire.mem0.requests import ListRequest, SearchRequest

_TOP_K = 10


@dataclass(frozen=True, slots=True)
class Version:
    """Where the versions of the API differ."""

    filters_required: bool
    threshold: float


V1 = V2 = Version(filters_required=False, threshold=0.3)
V3 = Version(filters_required=True, threshold=0.1)


def query_of(request: SearchRequest, owner: str, version: Version) -> Query:
    """The question. Raises BadInput: no text, no entity named, or filters outside the grammar."""
    text = request.query.strip()
    if not text:
        raise BadInput("query must not be empty", fields={"query": ["must not be empty"]})
    also = {"categories": request.categories, "metadata": request.metadata}
    threshold = version.threshold if request.threshold is None else request.threshold
    return Query(
        text=text,
        selection=Selection(owner=owner, where=_where(request, also, version), show_expired=bool(request.show_expired)),
        limit=request.top_k or request.limit or _TOP_K,
        threshold=max(0.0, threshold),
        reference_at=request.reference_date,
    )


def selection_of(request: ListRequest, owner: str, version: Version) -> Selection:
    """What to list. Raises BadInput: no entity named, or filters outside the grammar."""
    days = {word: day for word, day in (("gte", request.start_date), ("lte", request.end_date)) if day}
    also = {"created_at": days, "categories": request.categories, "keywords": request.keywords}
    return Selection(owner=owner, where=_where(request, also, version), show_expired=bool(request.show_expired))


def _where(request: SearchRequest | ListRequest, also: Mapping[str, object], version: Version) -> Filter:
    """Filters, entity ids at the top level and other parameters, all ANDed; some entity must be named."""
    if version.filters_required and not request.filters:
        raise BadInput('filters are required, such as {"user_id": "alice"}', fields={"filters": ["are required"]})
    named = {key: getattr(request, key) for key in ENTITIES}
    terms = {key: value for key, value in (*named.items(), *also.items()) if value}
    parts = [parse_filters(given) for given in (request.filters, terms) if given]
    where = both(*parts) if parts else EVERYTHING
    if not scopes(where):
        wanted = f"filters must name at least one of {', '.join(ENTITIES)}"
        raise BadInput(wanted, fields={"filters": [wanted]})
    return where
