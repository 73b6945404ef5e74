"""The built-in model by itself: int8 beside fp32, and beside sentence-transformers where some Python has it.

    python3.11 -m venv .venvs/bench-st
    .venvs/bench-st/bin/pip install sentence-transformers          # with torch for the CPU
    python -m bench embedder [--turns FILE.jsonl] [--texts 1000] [--sentence-transformers .venvs/bench-st/bin/python]

The same weights, from the folder they came in, and the same texts, each with all cores and at its best of some rounds. The CPU time
is what to compare beside other work; the cosines say how far the vectors of a text are apart.
"""

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bench.plot import bars
from bench.texts import statements
from core.models.builtin.tokens import load_tokenizer, tokenise
from core.models.builtin.weights import find_files
from core.models.embedding import open_embedder
from core.settings import Settings

_BATCH = 256
_ROUNDS = 3
_THEIRS = """
import json, sys, time
import numpy as np
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu")
texts = json.load(sys.stdin)
model.encode(texts[:64])
rounds = []
for _ in range(int(sys.argv[3])):
    started, cpu = time.perf_counter(), time.process_time()
    vectors = model.encode(texts, batch_size=64, normalize_embeddings=True)
    rounds.append((time.perf_counter() - started, time.process_time() - cpu))
print(json.dumps(min(rounds)))
np.save(sys.argv[2], vectors)
"""
Measured = tuple[float, float, NDArray[np.float32]]
"""Seconds for all texts, seconds of CPU, and their (n, 384) unit vectors."""


def main() -> None:
    given = _arguments()
    texts = _texts(given.turns, given.texts)
    tokenizer: Tokenizer = load_tokenizer(find_files().tokenizer.read_bytes())
    tokens = sum(map(len, tokenise(tokenizer, texts)))
    found = asyncio.run(_ours(texts))
    if given.sentence_transformers is not None:
        found["sentence-transformers"] = _theirs(given.sentence_transformers, texts)
    truth = found.get("sentence-transformers", found["fp32"])[2]
    head = "| | texts/s | tokens/s | tokens per CPU second | cosine mean | least |"
    print(f"{len(texts):,} texts, {tokens:,} tokens\n\n{head}\n|---|---|---|---|---|---|")
    for name, (seconds, cpu_s, vectors) in found.items():
        cosines, rates = np.sum(vectors * truth, axis=1), (len(texts) / seconds, tokens / seconds, tokens / cpu_s)
        print(f"| {name} | {' | '.join(f'{rate:,.0f}' for rate in rates)} | {cosines.mean():.5f} | {cosines.min():.4f} |")
    print("\n" + bars({name: tokens / seconds for name, (seconds, _, _) in found.items()}, "tokens/s"))


async def _ours(texts: list[str]) -> dict[str, Measured]:
    """The best of some rounds, taken in turns."""
    models = {name: await open_embedder(Settings(embedding_precision=name)) for name in ("int8", "fp32")}
    best: dict[str, Measured] = {}
    for _ in range(_ROUNDS):
        for name, model in models.items():
            started, cpu = time.perf_counter(), time.process_time()
            vectors = np.concatenate([await model.embed(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)])
            measured = (time.perf_counter() - started, time.process_time() - cpu, vectors)
            best[name] = min(best.get(name, measured), measured, key=lambda one: one[0])
    for model in models.values():
        await model.close()
    return best


def _theirs(python: Path, texts: list[str]) -> Measured:
    """The model's folder is the one the weights came in."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.npy"
        command = [str(python), "-c", _THEIRS, str(find_files().weights.parent), str(file), str(_ROUNDS)]
        done = subprocess.run(
            command, input=json.dumps(texts), text=True, capture_output=True, check=True, env=os.environ | {"HF_HUB_OFFLINE": "1"}
        )
        seconds, cpu_s = json.loads(done.stdout.splitlines()[-1])
        return seconds, cpu_s, np.load(file)


def _texts(file: Path | None, most: int) -> list[str]:
    if file is None:
        return list(islice(statements(seed=6), most))
    lines = (json.loads(line)["text"] for line in file.read_text().splitlines())
    return list(islice((text for text in lines if text), most))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=Path, help="JSON lines with a `text` each, such as LoCoMo's turns; made sentences where absent")
    parser.add_argument("--texts", type=int, default=1_000)
    parser.add_argument("--sentence-transformers", type=Path, help="a Python that has it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
