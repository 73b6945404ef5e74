"""What growth looks like: ten lines of a table, and a picture."""

from collections.abc import Sequence

from bench.growth.sample import Sample
from bench.svg import Panel, svg

_LINES = 10
_HEAD = (
    "| memories | commits | RSS MB web / worker / tender / redis | all PSS | fragments a table, most | versions | indices | disk MB "
    "| search p50 / p95 ms | add p50 ms | longest search / add | of them beside upkeep | upkeeps, longest |\n|" + "---|" * 13
)
PROCESSES = ("web", "worker", "tender", "redis")


def table(samples: Sequence[Sample]) -> str:
    """Ten of the samples, evenly spread; the longest calls are the worst since the line above."""
    wanted = sorted({round(place * (len(samples) - 1) / _LINES) for place in range(1, _LINES + 1)}) if samples else []
    since = [0, *(place + 1 for place in wanted)]
    return "\n".join([_HEAD, *(_line(samples[first : place + 1]) for first, place in zip(since, wanted, strict=False))])


def _line(stretch: Sequence[Sample]) -> str:
    now = stretch[-1]
    reads, writes = [sample.reads for sample in stretch], [sample.writes for sample in stretch]
    cells = [
        f"{now.memories:,}",
        f"{now.commits:,}",
        " / ".join(f"{now.rss_mb.get(name, 0):.0f}" for name in PROCESSES),
        f"{sum(now.pss_mb.values()):.0f}",
        f"{max(tables.fragments for tables in now.tables.values())}",
        f"{sum(tables.versions for tables in now.tables.values()):,}",
        f"{sum(tables.indices for tables in now.tables.values())}",
        f"{now.disk_mb:,.0f}",
        f"{now.search_p50_ms:.0f} / {now.search_p95_ms:.0f}",
        f"{now.add_p50_ms:.0f}",
        f"{max(stalls.worst_ms for stalls in reads):.0f} / {max(stalls.worst_ms for stalls in writes):.0f} ms",
        f"{max(stalls.worst_in_upkeep_ms for stalls in reads):.0f} / {max(stalls.worst_in_upkeep_ms for stalls in writes):.0f} ms",
        f"{sum(sample.upkeep.runs for sample in stretch)}, {max(sample.upkeep.longest_ms for sample in stretch) / 1000:.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def drawn(samples: Sequence[Sample]) -> str:
    """All samples, as SVG."""

    def course(of: str) -> list[float]:
        return [getattr(sample, of) for sample in samples]

    kinds = samples[-1].tables if samples else {}
    panels = [
        Panel("resident memory", "MB", {name: [sample.rss_mb.get(name, 0) for sample in samples] for name in PROCESSES}),
        Panel("disk", "MB", {"store": course("disk_mb")}),
        Panel("fragments of one table, most", "", {kind: [sample.tables[kind].fragments for sample in samples] for kind in kinds}),
        Panel("versions kept, all shards", "", {kind: [sample.tables[kind].versions for sample in samples] for kind in kinds}),
        Panel(
            "latency", "ms", {"search p50": course("search_p50_ms"), "search p95": course("search_p95_ms"), "add p50": course("add_p50_ms")}
        ),
        Panel(
            "longest call since the last point",
            "ms",
            {
                "search": [sample.reads.worst_ms for sample in samples],
                "add": [sample.writes.worst_ms for sample in samples],
                "search beside upkeep": [sample.reads.worst_in_upkeep_ms for sample in samples],
                "add beside upkeep": [sample.writes.worst_in_upkeep_ms for sample in samples],
            },
        ),
    ]
    return svg(course("memories"), "memories", panels)
