"""How long does it take to start, what is imported for it, and how large is it then? Beside the libraries alone.

python -m bench start [--top 15]

`mneme up` over no data at all, then again over the same; then each process' imports by themselves, in turns with the libraries'.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.install import installed
from bench.plot import bars
from bench.rest import Usage, family, of_python, usage

_ENTRIES = {
    "web": "import core.web.serve, query.app",
    "worker, tender": "import workers.main",
    "consumer": "import ingest.consumer",
    "mneme": "import cli.main",
    "supervisor": "import cli.supervisor",
}
_OUTSIDE = {
    "bare Python": "pass",
    "fastapi": "import fastapi",
    "lancedb": "import lancedb",
    "onnxruntime": "import onnxruntime",
    "lancedb, onnxruntime, fastapi": "import lancedb, onnxruntime, fastapi",
}
_ROUNDS = 3
_IMPORT = re.compile(r"import time:\s+\d+ \|\s+(\d+) \| +(\S+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--top", type=int, default=15, help="modules listed of each process, by what importing them took")
    top: int = parser.parse_args().top
    _starts()
    _imports()
    for name, code in _ENTRIES.items():
        print(f"\n{name}: {code}\n\n| ms, with what it imports | module |\n|---|---|")
        print("\n".join(f"| {ms:.0f} | {module} |" for ms, module in _longest(code)[:top]), flush=True)


def _starts() -> None:
    print("| `mneme up` | s to ready | CPU s | RSS MB (PSS) when ready |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder:
        for what in ("first start", "second start"):
            began = time.monotonic()
            with installed(Path(folder) / "data") as own:
                took_s, uses = time.monotonic() - began, [usage(pid) for pid in family(own.pid)]
            sizes = ", ".join(f"{_process(use)} {use.rss_mb:.0f} ({use.pss_mb:.0f})" for use in uses)
            print(f"| {what} | {took_s:.1f} | {sum(use.cpu_s for use in uses):.1f} | {sizes} |", flush=True)


def _process(use: Usage) -> str:
    words = {"query.app:web": "web", "pipeline": "worker", "maintenance": "tender", "redis-server": "redis"}
    return next((name for word, name in words.items() if word in use.name), "supervisor")


def _imports() -> None:
    """The least of some rounds, taken in turns."""
    all_of_it = _OUTSIDE | _ENTRIES
    least = {name: of_python(code) for name, code in all_of_it.items()}
    for _ in range(_ROUNDS - 1):
        for name, code in all_of_it.items():
            least[name] = min(least[name], of_python(code), key=lambda use: use.cpu_s)
    print("\n| imported | CPU s | RSS MB | PSS MB |\n|---|---|---|---|")
    print("\n".join(f"| {name} | {use.cpu_s:.2f} | {use.rss_mb:.0f} | {use.pss_mb:.0f} |" for name, use in least.items()))
    print("\n" + bars({name: use.cpu_s for name, use in least.items()}, "CPU s"))


def _longest(code: str) -> list[tuple[float, str]]:
    """Milliseconds and name of every module that is imported, those that took longest first; each counts what it imports itself."""
    done = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    return sorted(((int(micros) / 1000, name) for micros, name in _IMPORT.findall(done.stderr)), reverse=True)


if __name__ == "__main__":
    main()
