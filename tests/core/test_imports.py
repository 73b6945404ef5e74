"""What each process leaves unimported until somebody needs it: tens of MB and tenths of a second of every process."""

import subprocess
import sys

import pytest

_HEAVY = ("lance", "litellm", "faststream", "onnx", "onnxruntime", "tokenizers", "jsonschema", "pandas", "torch", "scipy", "nltk", "typer")
"""Provider's models, message brokers, the built-in model's build and run, exports in schemas, the command line, the engine of upkeep;
and what nothing needs."""
_SCRIPT = """
import sys
import {entry}
print(*(name for name in sys.argv[1:] if name in sys.modules))
"""


@pytest.mark.parametrize(("entry", "besides"), [("query.app", ("httpx", "workers")), ("workers.main", ("fastapi", "uvicorn"))])
def test_a_process_imports_nothing_heavy_before_it_is_needed(entry: str, besides: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", _SCRIPT.format(entry=entry), *_HEAVY, *besides]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
