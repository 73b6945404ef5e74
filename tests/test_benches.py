"""Every bench can still be started: what it takes from elsewhere is there."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OF_ITS_OWN = {"rival_mem0"}
"""Runs in an environment with Mem0's library."""


def test_every_bench_finds_what_it_imports() -> None:
    files = [path.relative_to(ROOT).with_suffix("") for path in sorted((ROOT / "bench").rglob("*.py")) if path.stem not in OF_ITS_OWN]
    modules = [".".join(path.parts) for path in files if path.stem not in ("__main__", "__init__")]
    assert "bench.imports" in modules
    command = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    done = subprocess.run([sys.executable, "-c", command, *modules], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
