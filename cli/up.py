"""`mneme up`: reads the settings, then becomes the supervisor."""

import os
import sys
from pathlib import Path

from cli.configuration import read_settings
from cli.processes import child_environment
from cli.redis_server import find_server
from core.bus.opening import urls_of


def run(host: str | None, port: int | None, data: Path | None) -> None:
    """Replaces this process by the supervisor, which needs a quarter of the memory. Options win over the environment. Raises Refused."""
    settings = read_settings(host=host, port=port, data_dir=data)
    argv = ["--host", settings.host, "--port", str(settings.port), "--data", str(settings.data_dir.resolve())]
    if not settings.redis_url:
        argv += ["--redis-server", find_server()]
    if settings.broker_urls:
        urls_of(settings)
        argv.append("--consumes")
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "cli.supervisor", *argv], child_environment())  # noqa: S606
