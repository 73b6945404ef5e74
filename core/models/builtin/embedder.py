"""BuiltinEmbedder: all-MiniLM-L6-v2 in this process, on threads of its own."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import structlog
from onnxruntime import InferenceSession, SessionOptions  # type: ignore[attr-defined]  # it has no __all__
from tokenizers import Tokenizer

from core.models.builtin.cache import built_model
from core.models.builtin.tokens import batches, load_tokenizer, pad, readable, tokenise
from core.models.builtin.weights import DIMENSION, NAME, TOKENIZER_SHA256, find_files, read_checked
from core.models.vectors import RecentVectors, Vector, Vectors
from core.settings import Settings

_log = structlog.get_logger(__name__)


class BuiltinEmbedder:
    """No key, no network. Reads the first 256 tokens (about 200 words) of a text; the rest does not count.

    int8 scales its activations by the whole batch, so a text's vector moves a little (cosine 0.99) with its company.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="embed")
        self._batches = asyncio.Lock()
        """At most one of the two threads is busy with batches, so that a query finds the other one free."""
        self._recent = RecentVectors()

    @classmethod
    async def open(cls, settings: Settings) -> "BuiltinEmbedder":
        """Loads the model, 0.1 s; the first time ever it is built before, in some seconds. Raises Unavailable where that fails."""
        tokenizer = await asyncio.to_thread(lambda: load_tokenizer(read_checked(find_files().tokenizer, TOKENIZER_SHA256)))
        return cls(await _open_session(settings), tokenizer)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, unit length. About 1,900 short sentences a second on 2 cores."""
        async with self._batches:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._embed, texts)

    async def embed_query(self, text: str) -> Vector:
        """(384,) float32, unit length, not to be written to: in about 2 ms, or at once where it was asked for lately."""
        text = readable(text)
        known = self._recent.get(text)
        if known is not None:
            return known
        vectors = await asyncio.get_running_loop().run_in_executor(self._threads, self._embed, [text])
        return self._recent.keep(text, vectors[0])

    async def close(self) -> None:
        """Waits for what is under way."""
        await asyncio.to_thread(self._threads.shutdown)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_ids = tokenise(self._tokenizer, texts)
        for batch in batches(token_ids):
            inputs = pad([token_ids[index] for index in batch])
            vectors[batch] = np.asarray(self._session.run(["vectors"], inputs)[0])
        return vectors


async def _open_session(settings: Settings) -> InferenceSession:
    """The model's session; a file that can't be loaded is built once more."""
    threads = settings.embedding_threads or os.cpu_count() or 1
    path = await built_model(settings.models_location, settings.embedding_precision)
    try:
        return await asyncio.to_thread(load_session, path, threads)
    except Exception as error:  # onnxruntime's have no common root
        _log.warning("model.unloadable", path=str(path), error=str(error))
        path.unlink(missing_ok=True)
    path = await built_model(settings.models_location, settings.embedding_precision)
    return await asyncio.to_thread(load_session, path, threads)


def load_session(path: Path, threads: int) -> InferenceSession:
    """The model, loaded for throughput beside other work: its threads sleep, not spin, between operators, which costs
    a lone query 0.7 ms but leaves the cores to the rest; batches bounded in tokens bound the arena at some 30 MB."""
    options = SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # it plans memory for each shape anew, and nearly every batch has another one
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
