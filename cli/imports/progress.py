"""Progress: a bar on a terminal, a line every few seconds elsewhere; on stderr, so that stdout has the outcome alone."""

import sys
import time
from typing import Any, Protocol

_EVERY_S = 5.0
_OF = ("accepted", "stored", "skipped", "failed")


class Progress(Protocol):
    def show(self, job: dict[str, Any], part_sent: float | None) -> None:
        """How far it is: the job's counts, and which part of the file is sent (None where nobody knows)."""

    def say(self, line: str) -> None: ...

    def close(self) -> None: ...


class Lines:
    """For logs and pipes."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._shown = time.monotonic()

    def show(self, job: dict[str, Any], part_sent: float | None) -> None:
        self._pace.note(job, part_sent)
        if time.monotonic() - self._shown >= _EVERY_S:
            self._shown = time.monotonic()
            self.say(f"{counts(job)}, {self._pace.words()}")

    def say(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    def close(self) -> None: ...


class Bar:
    """For people."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._pace = Pace()
        columns = (BarColumn(bar_width=30), TextColumn("{task.fields[words]}", markup=False))
        self._bar = Progress(*columns, console=Console(stderr=True, highlight=False), transient=True)
        self._task = self._bar.add_task("", total=None, words="")
        self._bar.start()

    def show(self, job: dict[str, Any], part_sent: float | None) -> None:
        self._pace.note(job, part_sent)
        words = f"{counts(job)}, {self._pace.words()}"
        self._bar.update(self._task, total=self._pace.total, completed=self._pace.handled, words=words)

    def say(self, line: str) -> None:
        self._bar.console.print(line, markup=False)

    def close(self) -> None:
        self._bar.stop()


class Pace:
    """The rate of this run, and the time it leaves."""

    def __init__(self) -> None:
        self.handled = 0
        self.total: float | None = None
        self._first: tuple[float, int] | None = None

    def note(self, job: dict[str, Any], part_sent: float | None) -> None:
        self.handled = sum(job.get(name, 0) for name in ("stored", "skipped", "failed"))
        self._first = self._first or (time.monotonic(), self.handled)
        self.total = job["accepted"] / part_sent if part_sent and job.get("accepted") else None

    def words(self) -> str:
        since, before = self._first or (time.monotonic(), self.handled)
        passed = time.monotonic() - since
        rate = (self.handled - before) / passed if passed > 0 else 0.0
        if not rate:
            return "waiting for its turn" if passed > _EVERY_S else "starting"
        left = f", {_clock((self.total - self.handled) / rate)} left" if self.total else ""
        return f"{rate:,.0f}/s{left}"


def progress() -> Progress:
    """What fits where stderr goes."""
    return Bar() if sys.stderr.isatty() else Lines()


def counts(job: dict[str, Any]) -> str:
    return ", ".join(f"{job.get(name, 0):,} {name}" for name in _OF)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
