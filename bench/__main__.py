"""The benches by name, each with an install of its own, beside something from outside: `python -m bench NAME [--help]`.

ingest    messages a second from HTTP to searchable, beside the bare model and Mem0's library
search    latency over HTTP as the store grows, beside bare LanceDB and Mem0's library
growth    what grows with a store of a million memories, and what stalls, from /proc, the store and a prober
accept    latency of asynchronous adds at a steady rate; who suffers from another's import
start     time to ready, imports and memory of each process, beside the libraries alone
roads     the same messages by HTTP, import and each message broker, beside the bare model
embedder  the built-in model: int8, fp32 and sentence-transformers

Without a name, as `make bench`: rest, search and add against one small install; options go to the last two.
"""

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench.install import installed

_MODULES = {
    "ingest": "ingest",
    "search": "sizes",
    "accept": "steady",
    "embedder": "embedder",
    "growth": "growth.run",
    "start": "start",
    "roads": "roads",
}


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if name in _MODULES:
        sys.argv = [f"python -m bench {name}", *sys.argv[2:]]
        import_module(f"bench.{_MODULES[name]}").main()
    elif name in ("-h", "--help") or (name and not name.startswith("-")):
        sys.exit(__doc__)
    else:
        _small()


def _small() -> None:
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder, installed(Path(folder) / "data") as own:
        _bench("bench.rest", str(own.pid))
        _bench("bench.search", own.url, own.key, *sys.argv[1:])
        _bench("bench.add", own.url, own.key, *sys.argv[1:])


def _bench(module: str, *arguments: str) -> None:
    print(f"\n{module}", flush=True)
    subprocess.run([sys.executable, "-m", module, *arguments], check=True)


if __name__ == "__main__":
    main()
