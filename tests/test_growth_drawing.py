"""A run of the growth bench that was broken off can be drawn."""

from pathlib import Path
from xml.etree import ElementTree

from bench.growth.drawing import drawn, table
from bench.growth.sample import Sample, Stalls, Tables, Upkeeps, read_samples

NONE = Stalls(calls=0, failed=0, worst_ms=0, worst_in_upkeep_ms=0)


def sample(memories: int, worst_ms: float = 1.0) -> Sample:
    return Sample(
        at_s=memories / 100,
        memories=memories,
        commits=memories // 100,
        rss_mb={"web": 200.0, "worker": 300.0},
        pss_mb={"web": 100.0, "worker": 200.0},
        tables={"memories": Tables(fragments=3, versions=40, indices=5, unindexed=0)},
        disk_mb=memories / 500,
        search_p50_ms=9,
        search_p95_ms=12,
        add_p50_ms=30,
        reads=Stalls(calls=10, failed=0, worst_ms=worst_ms, worst_in_upkeep_ms=worst_ms),
        writes=NONE,
        upkeep=Upkeeps(runs=1, longest_ms=1_500, vector_indexes=0, failed=0),
    )


def test_what_was_written_before_it_broke_off_becomes_a_table_and_a_picture(tmp_path: Path) -> None:
    lines = tmp_path / "growth.jsonl"
    whole = [sample(number * 1_000, worst_ms=900 if number == 7 else 1) for number in range(21)]
    lines.write_text("".join(one.dump() for one in whole) + sample(21_000).dump()[:100])
    samples = read_samples(lines)
    assert samples == whole
    _, _, *rows = table(samples).splitlines()
    assert [row.split(" | ")[0] for row in rows] == [f"| {number:,}" for number in range(2_000, 20_001, 2_000)]
    assert sum("900 / 0 ms" in row for row in rows) == 1  # the worst call of a stretch is in its line, whichever point it was at
    assert len(ElementTree.fromstring(drawn(samples)).findall(".//{http://www.w3.org/2000/svg}polyline")) >= 6
