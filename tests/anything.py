"""Anything: what strangers may send, for the property tests of everything that reads it."""

import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

Error = TypeVar("Error", bound=Exception)
STEADY = settings(max_examples=int(os.environ.get("EXAMPLES", "40")), deadline=None, derandomize="CI" in os.environ)
"""Few enough to be quick, and in CI the same each time. EXAMPLES=5000 looks for more."""

TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(
    [
        "",
        " ",
        "*",
        "\0",
        "\ud800",
        "null",
        "NaN",
        "1e999",
        "-0",
        "9" * 5_000,
        "2026-05-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
    ]
)
"""Any Unicode, lone surrogates with it, and texts that mean something to somebody."""
NUMBER = st.integers() | st.floats() | st.sampled_from([2**31, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**4_000, 1e308, 5e-324])
LEAF = st.none() | st.booleans() | NUMBER | TEXT


def json_of(keys: st.SearchStrategy[str] = TEXT, leaves: st.SearchStrategy[Any] = LEAF, most: int = 12) -> st.SearchStrategy[Any]:
    """JSON values, among their keys those that mean something."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | TEXT, inner, max_size=4), max_leaves=most
    )


JSON = json_of()


def tried(refusal: type[Error], read: Callable[..., Any], *given: Any) -> tuple[Any, Error | None]:
    """What was read, or the refusal that is documented; anything else is raised."""
    try:
        return read(*given), None
    except refusal as refused:
        return None, refused
