"""BuiltinEmbedder: all-MiniLM-L6-v2 in this process, on threads of its own."""

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
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

_CALLS = 2
"""While one is under way the next is made ready, so that no core waits in between."""


class BuiltinEmbedder:
    """No key, no network. Reads the first 256 tokens (about 200 words) of a text; the rest does not count.

    int8 scales its activations by the whole batch, so a text's vector moves a little (cosine 0.99) with its company.
    """

    name = NAME
    dimension = DIMENSION

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, cores: int) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self._cores = cores
        self._questions = ThreadPoolExecutor(cores, thread_name_prefix="question")
        """Apart from the batches, so that a query finds a thread free."""
        self._callers = ThreadPoolExecutor(_CALLS, thread_name_prefix="embed")
        self._runs = ThreadPoolExecutor(cores, thread_name_prefix="run")
        self._calls = asyncio.Semaphore(_CALLS)
        self._recent = RecentVectors()

    @classmethod
    async def open(cls, settings: Settings) -> "BuiltinEmbedder":
        """Loads the model, 0.1 s; the first time ever it is built before, in some seconds. Raises Unavailable where that fails."""
        tokenizer = await asyncio.to_thread(lambda: load_tokenizer(read_checked(find_files().tokenizer, TOKENIZER_SHA256)))
        return cls(await _open_session(settings), tokenizer, settings.embedding_threads or os.cpu_count() or 1)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, 384) float32, unit length. About 2,400 short sentences a second on 2 cores."""
        async with self._calls:
            return await asyncio.get_running_loop().run_in_executor(self._callers, self._embed, texts)

    async def embed_query(self, text: str) -> Vector:
        """(384,) float32, unit length, not to be written to: in about 2 ms, or at once where it was asked for lately."""
        text = readable(text)
        known = self._recent.get(text)
        if known is not None:
            return known
        vector = await asyncio.get_running_loop().run_in_executor(self._questions, self._embed_question, text)
        return self._recent.keep(text, vector)

    async def close(self) -> None:
        """Waits for what is under way."""
        for threads in (self._questions, self._callers, self._runs):
            await asyncio.to_thread(threads.shutdown)

    def _embed(self, texts: Sequence[str]) -> Vectors:
        """A batch a core: they share nothing, so none waits for another as the threads within an operator do."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        token_ids = tokenise(self._tokenizer, texts)
        runs = [self._runs.submit(self._run, token_ids, batch, vectors) for batch in reversed(list(batches(token_ids, self._cores)))]
        wait(runs)
        for run in runs:
            run.result()
        return vectors

    def _embed_question(self, text: str) -> Vector:
        vectors: Vectors = np.empty((1, self.dimension), np.float32)
        self._run(tokenise(self._tokenizer, [text]), [0], vectors)
        return vectors.reshape(-1)

    def _run(self, token_ids: Sequence[Sequence[int]], batch: list[int], vectors: Vectors) -> None:
        vectors[batch] = np.asarray(self._session.run(["vectors"], pad([token_ids[index] for index in batch]))[0])


async def _open_session(settings: Settings) -> InferenceSession:
    """The model's session; a file that can't be loaded is built once more."""
    path = await built_model(settings.models_location, settings.embedding_precision)
    try:
        return await asyncio.to_thread(load_session, path)
    except Exception as error:  # onnxruntime's have no common root
        _log.warning("model.unloadable", path=str(path), error=str(error))
        path.unlink(missing_ok=True)
    path = await built_model(settings.models_location, settings.embedding_precision)
    return await asyncio.to_thread(load_session, path)


def load_session(path: Path) -> InferenceSession:
    """The model, for one thread a run, and as many runs at once as there are cores; batches bounded in tokens bound the arena."""
    options = SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it plans memory for each shape anew, and nearly every batch has another one
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
