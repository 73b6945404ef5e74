"""Mem0's filter grammar (v2 and v3), read into our Filter.

filters := cond | {"AND": [filters..]} | {"OR": [filters..]} | {"NOT": filters | [filters..]}     siblings are ANDed
cond    := {field: value} | {field: {operator: value, ..}}                                        operators are ANDed
"""

import ast
import json
from collections.abc import Mapping
from typing import Any

from schemas.errors import BadInput, shown
from schemas.search import And, Condition, Filter, Not, Or, both, conditions
from schemas.wire.mem0.conditions import ENTITIES, FIELDS, condition

_LOGIC = ("AND", "OR", "NOT")
_DEPTH_MAX = 10
_CONDITIONS_MAX = 150
"""Both a little less than the store takes: what other parameters ask for is added."""
_LITERAL_MAX = 20_000


def parse_filters(filters: object) -> Filter:
    """The Filter that Mem0's `filters` object stands for. Raises BadInput naming what is wrong and what would be right."""
    where = _group(filters, 0)
    if _depth(where) > _DEPTH_MAX or sum(1 for _ in conditions(where)) > _CONDITIONS_MAX:
        raise bad_filter(f"filters may be nested {_DEPTH_MAX} deep and hold {_CONDITIONS_MAX} conditions")
    return where


def parse_literal(text: str) -> dict[str, Any]:
    """The object in a query parameter: JSON, or the Python literal that clients send when handed a dict. Raises BadInput."""
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(text) if len(text) <= _LITERAL_MAX else None
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        if isinstance(value, dict) and all(isinstance(key, str) for key in value):
            return value
    raise bad_filter("filters must be an object, as JSON or as a Python literal")


def scopes(where: Filter) -> bool:
    """Whether all it matches has some entity that the filter names or asks to be there."""
    match where:
        case Condition(field=field, op="eq" | "in" | "exists"):
            return field in ENTITIES.values()
        case And(parts=parts):
            return any(map(scopes, parts))
        case Or(parts=parts):
            return all(map(scopes, parts))
    return False


def bad_filter(message: str) -> BadInput:
    """The error for something wrong in the filters."""
    return BadInput(message, fields={"filters": [message]})


def _depth(where: Filter) -> int:
    match where:
        case And(parts=parts) | Or(parts=parts):
            return 1 + max(map(_depth, parts), default=0)
        case Not(part=part):
            return 1 + _depth(part)
    return 1


def _group(filters: object, depth: int) -> Filter:
    if depth > _DEPTH_MAX:
        raise bad_filter(f"filters may be nested {_DEPTH_MAX} deep")
    if not isinstance(filters, Mapping) or not filters:
        raise bad_filter('filters must be a non-empty object such as {"user_id": "alice"}')
    return both(*(_term(key, value, depth + 1) for key, value in filters.items()))


def _term(key: str, value: object, depth: int) -> Filter:
    match key:
        case "AND":
            return both(*_groups(key, value, depth))
        case "OR":
            return Or(parts=_groups(key, value, depth))
        case "NOT":
            return Not(part=Or(parts=_groups(key, value if isinstance(value, list | tuple) else [value], depth)))
    if key not in FIELDS:
        raise bad_filter(f"filters do not know {shown(key)!r}; allowed are {', '.join((*_LOGIC, *FIELDS))}")
    try:
        return condition(key, value)
    except ValueError as error:
        raise bad_filter(str(error)) from None


def _groups(key: str, value: object, depth: int) -> tuple[Filter, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise bad_filter(f"{key} takes a non-empty list of filters")
    return tuple(_group(part, depth) for part in value)
