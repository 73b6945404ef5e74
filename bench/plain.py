"""Plain: the built-in model's file in onnxruntime as it comes, as one would use it without this project.

One session with its default options, so that all cores work on one operator; 32 texts a run, of like length, as sentence-transformers
has them; the same tokenizer, cutting at the same length. Nothing of ours but the file.
"""

import asyncio
import time
from collections.abc import Sequence

import numpy as np
from onnxruntime import InferenceSession  # type: ignore[attr-defined]  # it has no __all__
from tokenizers import Tokenizer

from core.models.builtin.cache import built_model
from core.models.builtin.tokens import MAX_TOKENS
from core.models.builtin.weights import find_files
from core.settings import Settings

_BATCH_TEXTS = 32


class Plain:
    def __init__(self) -> None:
        settings = Settings()
        path = asyncio.run(built_model(settings.models_location, settings.embedding_precision))
        self._session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._tokenizer: Tokenizer = Tokenizer.from_buffer(find_files().tokenizer.read_bytes())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self._embed(["warm"])

    def rate(self, texts: Sequence[str]) -> float:
        """Texts a second."""
        started = time.perf_counter()
        texts = sorted(texts, key=len)
        for at in range(0, len(texts), _BATCH_TEXTS):
            self._embed(texts[at : at + _BATCH_TEXTS])
        return len(texts) / (time.perf_counter() - started)

    def _embed(self, texts: Sequence[str]) -> None:
        found = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in found], np.int32)
        mask = np.array([one.attention_mask for one in found], np.int32)
        self._session.run(["vectors"], {"ids": ids, "mask": mask})
