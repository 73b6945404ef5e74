"""Mem0's open-source library over the same texts with the same model weights, in a process and environment of its own.

    python -m venv .venvs/bench-mem0
    .venvs/bench-mem0/bin/pip install mem0ai qdrant-client onnxruntime tokenizers numpy

Its vector store is its default, Qdrant in a local folder. An embedder of three lines runs the same int8 graph as Mneme, one text at a
time, as the library asks for them: what is compared then is all but the model. Where sentence-transformers is installed there too
(with torch for the CPU), it can also run as it comes, with its own embedder over the same weights.
"""

import asyncio
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.models.builtin.cache import built_model
from core.models.builtin.weights import find_files
from core.settings import Settings

PYTHON = Path(".venvs/bench-mem0/bin/python")
_SCRIPT = Path(__file__).with_name("rival_mem0.py")


@dataclass(frozen=True, slots=True)
class Rival:
    adds_a_s: float
    search_ms: "np.ndarray"


def mem0(python: Path, said: list[tuple[str, str]], asked: list[tuple[str, str]], *, as_it_comes: bool = False) -> Rival | None:
    """What it takes to add the (user, text) pairs one by one, then to ask; None, with a word why, where it is not installed.

    `as_it_comes` has it embed by sentence-transformers, not by our graph.
    """
    if not python.exists():
        print(f"(no Mem0 beside it: there is no {python}; see bench/rival.py)")
        return None
    model = asyncio.run(built_model(Settings().models_location, "int8"))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MNEME_", "PYTHON"))}
    with tempfile.TemporaryDirectory(prefix="mneme-bench-mem0-") as folder:
        environment = {**clean, "MEM0_TELEMETRY": "False", "MEM0_DIR": folder, "HF_HUB_OFFLINE": "1"}
        ours = [str(model), str(find_files().tokenizer)]
        theirs = [str(find_files().weights.parent), ""]
        command = [str(python), "-P", str(_SCRIPT), *(theirs if as_it_comes else ours), folder, str(os.cpu_count() or 1)]
        told = json.dumps({"said": said, "asked": asked})
        done = subprocess.run(command, input=told, text=True, capture_output=True, env=environment, check=False)
    if done.returncode:
        print(f"(Mem0 failed: {done.stderr.strip().splitlines()[-1:]})")
        return None
    found = json.loads(done.stdout.splitlines()[-1])
    return Rival(len(said) / found["add_s"], np.array(found["search_ms"]))
