"""Sample: an install at one point of its growth, and a JSON line of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables of all shards of one kind: sums, but for `fragments`, the most of one."""

    fragments: int
    versions: int
    indices: int
    unindexed: int
    """Rows outside the index on ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalls:
    """What the prober met since the last sample."""

    calls: int
    failed: int
    worst_ms: float
    worst_in_upkeep_ms: float
    """Of the calls that were under way while the tender compacted or indexed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeeps:
    """What the tender did since the last sample."""

    runs: int
    longest_ms: float
    vector_indexes: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Latencies are those of a moment at which only the prober adds anything."""

    at_s: float
    """Since the first sample."""
    memories: int
    commits: int
    """Versions that the tables of memories have had."""
    rss_mb: dict[str, float]
    """By process."""
    pss_mb: dict[str, float]
    tables: dict[str, Tables]
    """By kind: memories, history, links, journal."""
    disk_mb: float
    search_p50_ms: float
    search_p95_ms: float
    add_p50_ms: float
    reads: Stalls
    writes: Stalls
    upkeep: Upkeeps

    def dump(self) -> str:
        return orjson.dumps(asdict(self), option=orjson.OPT_APPEND_NEWLINE).decode()


def read_samples(lines: Path) -> Sequence[Sample]:
    """Those of a file that may have been broken off in the middle of one."""
    return [_sample(orjson.loads(line)) for line in lines.read_text().splitlines(keepends=True) if line.endswith("\n")]


def _sample(told: dict) -> Sample:  # type: ignore[type-arg]
    nested = {"reads": Stalls(**told["reads"]), "writes": Stalls(**told["writes"]), "upkeep": Upkeeps(**told["upkeep"])}
    return Sample(**told | nested | {"tables": {kind: Tables(**figures) for kind, figures in told["tables"].items()}})
