"""What one `mneme up` is to run."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.locks import lock_folder, lock_redis
from cli.ports import check_free
from cli.processes import TOGETHER, Process, python_process
from cli.redis_server import make_private, redis_process, socket_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`redis` is None where one runs elsewhere; `prepare` runs to its end before `processes` start and prints one JSON object."""

    host: str
    port: int
    processes: Sequence[Process]
    redis: Process | None = None
    redis_socket: Path | None = None
    prepare: Process | None = None


def make_plan(host: str, port: int, data_dir: Path, redis_server: str | None, *, consumes: bool = False) -> Plan:
    """The usual plan; takes the folder's locks, held until this process ends. Raises Refused before anything has been started.

    `redis_server` is the program to run over `data_dir`, None where MNEME_REDIS_URL names another Redis; `consumes`: there is a broker.
    """
    check_free(host, port)
    lock_folder(data_dir, host, port)
    environment = {"MNEME_DATA_DIR": str(data_dir), "MNEME_HOST": host, "MNEME_PORT": str(port)}
    redis = _embedded(redis_server, data_dir) if redis_server else None
    if redis:
        environment["MNEME_REDIS_URL"] = f"unix://{socket_path(data_dir)}"
    return Plan(
        host=host,
        port=port,
        redis=redis,
        redis_socket=socket_path(data_dir) if redis else None,
        prepare=Process(name="prepare", argv=(sys.executable, "-m", "cli.prepare"), environment=environment),
        processes=[python_process(name, host, port, environment) for name in (*TOGETHER, *(["consumer"] if consumes else []))],
    )


def _embedded(server: str, data_dir: Path) -> Process:
    make_private(data_dir / "redis")
    return redis_process(server, data_dir, lock_redis(data_dir / "redis"))
