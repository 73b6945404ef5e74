"""The processes Mneme runs as: the same table as the Procfile's."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
_AT = "--host {host} --port {port}"

COMMANDS = {
    "web": f"python -m core.web.serve query.app:web {_AT}",
    "worker": "python -m workers.main pipeline",
    "tender": "python -m workers.main maintenance",
    "consumer": "python -m ingest.consumer",
    "ingest": f"python -m core.web.serve ingest.app:app {_AT}",
    "query": f"python -m core.web.serve query.app:app {_AT}",
}
"""Name -> command line, with {host} and {port} to fill in. `ingest` and `query` are `web` in two halves, for those who scale them apart."""

TOGETHER = ("web", "worker", "tender")
"""What `mneme up` runs beside Redis; and the consumer where MNEME_BROKER_URLS names a broker."""

STOP_ORDER = ((("worker", "tender"), 6.0), (("web", "consumer"), 2.5), (("redis",), 1.0))
"""Who ends when, and the seconds each group is given: first those that hold something, so that they can finish it; Redis last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One program to keep alive. `quiet` shows its lines only when it dies; `orphaned` is the signal it gets if we are killed."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    quiet: bool = False
    orphaned: str = "SIGKILL"
    keeps_fd: int | None = None


def python_process(name: str, host: str, port: int, environment: Mapping[str, str]) -> Process:
    """The named row of the table, ready to start with this interpreter."""
    words = COMMANDS[name].format(host=host, port=port).split()
    return Process(name=name, argv=(sys.executable, *words[1:]), environment=environment)


def child_environment() -> dict[str, str]:
    """Our environment, and our own packages first: a folder called `core` or `query` where the user stands must not hide them."""
    path = os.pathsep.join(filter(None, (str(HOME), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONSAFEPATH": "1", "PYTHONPATH": path}
