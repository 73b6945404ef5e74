"""Run by bench/rival.py under another Python: Mem0's Memory.add(infer=False) and search, timed. Imports nothing of ours."""

import json
import sys
import time

import numpy as np
from mem0 import Memory  # type: ignore[import-not-found]
from mem0.utils.factory import EmbedderFactory  # type: ignore[import-not-found]
from onnxruntime import InferenceSession, SessionOptions  # type: ignore[attr-defined]
from tokenizers import Tokenizer

MODEL, TOKENIZER, FOLDER, THREADS = sys.argv[1:]
"""Without a tokenizer the model is a folder that sentence-transformers reads."""


class Onnx:
    """all-MiniLM-L6-v2 as the graph that Mneme runs."""

    def __init__(self, config: object) -> None:
        self.config = config
        options = SessionOptions()
        options.intra_op_num_threads = int(THREADS)
        self._session = InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(TOKENIZER)
        self._tokenizer.enable_truncation(256)
        self._tokenizer.no_padding()

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        ids = np.array([self._tokenizer.encode(text).ids], np.int32)
        return [float(x) for x in self._session.run(["vectors"], {"ids": ids, "mask": np.ones_like(ids)})[0][0]]

    def embed_batch(self, texts: list[str], memory_action: str | None = None) -> list[list[float]]:
        return [self.embed(text) for text in texts]


def main() -> None:
    told = json.load(sys.stdin)
    if TOKENIZER:
        EmbedderFactory.provider_to_class["huggingface"] = "__main__.Onnx"
    store = {"collection_name": "bench", "path": f"{FOLDER}/qdrant", "embedding_model_dims": 384, "on_disk": True}
    memory = Memory.from_config(
        {
            "embedder": {"provider": "huggingface", "config": {"model": MODEL, "embedding_dims": 384}},
            "vector_store": {"provider": "qdrant", "config": store},
            "llm": {"provider": "openai", "config": {"api_key": "none"}},
            "history_db_path": f"{FOLDER}/history.db",
        }
    )
    started = time.perf_counter()
    for user, text in told["said"]:
        memory.add(text, user_id=user, infer=False)
    add_s, times = time.perf_counter() - started, []
    for user, text in told["asked"]:
        started = time.perf_counter()
        memory.search(text, filters={"user_id": user})
        times.append((time.perf_counter() - started) * 1000)
    print(json.dumps({"add_s": add_s, "search_ms": times}))


if __name__ == "__main__":
    main()
