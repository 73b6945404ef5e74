"""The machine: Python, the data folder, the port, whether `mneme up` runs."""

import os
import platform
import shutil
import sys
from pathlib import Path

from cli.checks.finding import Finding, broken, fine, note
from cli.locks import holder
from cli.ports import base_url, check_free, ready
from cli.refusal import Refused
from core.settings import Settings

_DISK_LOW_BYTES = 2 * 1024**3
_DISK_FULL_BYTES = 200 * 1024**2


def check_python() -> Finding:
    """3.11 or 3.12."""
    said = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if (3, 11) <= sys.version_info < (3, 13):
        return fine("python", said)
    return broken("python", said, "run it with CPython 3.11 or 3.12")


def check_folder(data_dir: Path) -> Finding:
    """The data folder can be written and has room."""
    folder = data_dir.resolve()
    standing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
        return broken("data folder", f"{folder} cannot be written", "change its owner, or set MNEME_DATA_DIR to another")
    free = shutil.disk_usage(standing).free
    said = f"{folder}, {free / 1024**3:.1f} GiB free" + ("" if standing == folder else " (not made yet)")
    if free < _DISK_FULL_BYTES:
        return broken("data folder", said, "make room: writes are about to fail")
    return note("data folder", said, "make room soon") if free < _DISK_LOW_BYTES else fine("data folder", said)


async def check_web(settings: Settings) -> Finding:
    """Either Mneme answers where it was started to, or the port is free for it."""
    up = holder(settings.data_dir)
    host, port = (up.host, up.port) if up and up.host and up.port else (settings.host, settings.port)
    url = base_url(host, port)
    is_ready, said = await ready(host, port)
    if is_ready:
        return fine("web", f"ready at {url}")
    if up:
        return broken(
            "web",
            f"`mneme up` runs (process {up.process}) but {url}/ready says: {said[:300]}",
            "see what it prints; the lines below may say why",
        )
    try:
        check_free(settings.host, settings.port)
    except Refused as refusal:
        return broken("web", str(refusal))
    return note("web", f"not running; {settings.host}:{settings.port} is free", "start it: mneme up")
