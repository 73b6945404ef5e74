"""SQL: the little of it that filters are written in. Values become SQL here and nowhere else."""

from collections.abc import Sequence
from decimal import Decimal

from core.store.rows import storable

NOTHING = "false"
EVERYTHING = "true"


def literal(value: str) -> str:
    """The text as an SQL literal: in LanceDB's dialect the single quote has a meaning, and nothing else.

    Not by `lancedb.expr`: its `to_sql` takes two quotes, and a backslash with a quote, for one that is escaped already, so
    that a backslash before `' OR 1=1 --` ends the literal.
    """
    return "'" + storable(value).replace("'", "''") + "'"


def timestamp(us: int) -> str:
    """Microseconds since 1970 as SQL. A plain TIMESTAMP is one of nanoseconds, and ends in 2262."""
    return f"arrow_cast({us:d}, 'Timestamp(Microsecond, Some(\"UTC\"))')"


def decimal(value: float) -> str:
    """A finite number, without an exponent."""
    return f"{Decimal(float(value)):f}"


def one_of(column: str, values: Sequence[str]) -> str:
    """Whether the text column is one of these."""
    return f"{column} IN ({', '.join(map(literal, values))})" if values else NOTHING


def any_of(column: str, values: Sequence[str]) -> str:
    """Whether the list column has any of these."""
    return f"array_has_any({column}, [{', '.join(map(literal, values))}])" if values else NOTHING


def negated(condition: str) -> str:
    """The condition negated. `IS NOT TRUE` and not NOT: what does not hold for a null is then true of it."""
    return f"(({condition}) IS NOT TRUE)"
