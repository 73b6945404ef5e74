"""Times of repeated calls, and tables of them."""

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

PERCENTILES = (50, 95, 99)
WARM = 20


def timed(calls: Sequence[Callable[[], object]]) -> NDArray[np.float64]:
    """Milliseconds of each call, one after the other; the first WARM are made but not counted."""
    for call in calls[:WARM]:
        call()
    times = []
    for call in calls[WARM:]:
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return np.array(times)


def table(rows: dict[str, NDArray[np.float64]], yardstick: str) -> str:
    """Percentiles of each row in milliseconds, and each as a multiple of the row named `yardstick`."""
    lines = ["| | n | " + " | ".join(f"p{p} ms | x" for p in PERCENTILES) + " |", "|---" * (2 + 2 * len(PERCENTILES)) + "|"]
    base = np.percentile(rows[yardstick], PERCENTILES)
    for name, times in rows.items():
        figures = zip(np.percentile(times, PERCENTILES), base, strict=True)
        lines.append(f"| {name} | {len(times)} | " + " | ".join(f"{value:.2f} | {value / by:.2f}" for value, by in figures) + " |")
    return "\n".join(lines)
