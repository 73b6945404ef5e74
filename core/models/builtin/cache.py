"""The built model's file: where it lies, and that it is there."""

import asyncio
import os
import sys
from hashlib import blake2b
from pathlib import Path

import structlog

from core.models.builtin.weights import NAME, WEIGHTS_SHA256
from schemas.errors import Unavailable

BUILDER_VERSION = 3
"""Raise it with every change of the graph or of its quantisation: files of other builders are then not read."""
_BUILD_TIMEOUT_S = 300
"""It takes 5 s; a build waiting for another process' one takes as long as that."""

_log = structlog.get_logger(__name__)


def model_path(folder: Path, precision: str) -> Path:
    """The model's file in a folder, named by what it is made from."""
    digest = blake2b(f"{WEIGHTS_SHA256} {BUILDER_VERSION}".encode(), digest_size=6).hexdigest()
    return folder / f"{NAME}-{precision}-{digest}.onnx"


async def built_model(folder: Path, precision: str) -> Path:
    """The model's file, built now (some seconds) where it is not there yet. Raises Unavailable where it cannot be built."""
    path = model_path(folder, precision)
    if not path.exists():
        started = asyncio.get_running_loop().time()
        await _build(path, precision)
        duration_ms = round((asyncio.get_running_loop().time() - started) * 1000)
        _log.info("model.built", path=str(path), duration_ms=duration_ms)
    return path


async def _build(path: Path, precision: str) -> None:
    """In a process of its own: what onnx leaves in memory goes with it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "core.models.builtin.build", str(path), precision),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await asyncio.wait_for(process.communicate(), _BUILD_TIMEOUT_S)
    except BaseException as error:
        process.kill()
        await process.wait()
        if isinstance(error, TimeoutError):
            raise Unavailable(f"Building the embedding model took longer than {_BUILD_TIMEOUT_S} s") from error
        raise
    if process.returncode != 0:
        lines = errors.decode("utf-8", "replace").strip().splitlines() or [f"exit status {process.returncode}"]
        raise Unavailable(f"The built-in embedding model could not be built in {path.parent}: {lines[-1]}")
