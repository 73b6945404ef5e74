"""Links: which of all possible ones are kept."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

Edge = tuple[str, str]
"""Two ids, the smaller first: a link has no direction."""


def edge(one: str, other: str) -> Edge:
    return (one, other) if one < other else (other, one)


def strongest(edges: Mapping[Edge, float], most: int, taken: Mapping[str, int]) -> dict[Edge, float]:
    """The links kept when no memory may have more than `most`: strongest first, each as long as both ends have room.

    `taken`: how many links a memory has beside these.
    """
    room: defaultdict[str, int] = defaultdict(lambda: most, {memory_id: most - count for memory_id, count in taken.items()})
    kept: dict[Edge, float] = {}
    for pair, similarity in sorted(edges.items(), key=lambda item: (-item[1], item[0])):
        one, other = pair
        if one != other and room[one] > 0 and room[other] > 0:
            room[one] -= 1
            room[other] -= 1
            kept[pair] = similarity
    return kept


def by_memory(edges: Mapping[Edge, float]) -> dict[str, dict[str, float]]:
    """Each memory's links; each stands with both its ends."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for (one, other), similarity in edges.items():
        found[one][other] = similarity
        found[other][one] = similarity
    return found


def all_edges(rows: Iterable[tuple[str, Mapping[str, float]]]) -> dict[Edge, float]:
    """The links of many memories, each once."""
    return {edge(one, other): similarity for one, links in rows for other, similarity in links.items()}
