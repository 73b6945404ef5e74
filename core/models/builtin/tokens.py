"""Texts to token ids, and token ids to batches that waste little on padding."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_TOKENS = 256
"""What the model was trained for, with its two marks; the rest of a longer text is not read."""
MAX_CHARACTERS = 4_096
"""Longer texts are cut before they are tokenised: 256 tokens are rarely more than 1,500 characters, and 1 MB would take a second."""
_SLICE_TEXTS = 64
"""Texts tokenised at once: encodings hold far more than the ids we keep."""
BATCH_TOKENS = 256
"""Padded tokens in one run of the model, on one core: 512 of them already take a twentieth longer each, as they no longer fit its cache."""
_LEAST_TOKENS = 64
"""Less is not worth another core."""


def load_tokenizer(content: bytes) -> Tokenizer:
    """The tokenizer of a tokenizer.json, cutting at MAX_TOKENS and leaving padding to us."""
    tokenizer = Tokenizer.from_buffer(content)
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def tokenise(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Token ids of each text, 2 (an empty text) to MAX_TOKENS of them. Takes any string, lone surrogates too."""
    token_ids: list[list[int]] = []
    for start in range(0, len(texts), _SLICE_TEXTS):
        heads = [readable(text) for text in texts[start : start + _SLICE_TEXTS]]
        token_ids += (encoding.ids for encoding in tokenizer.encode_batch_fast(heads))
    return token_ids


def readable(text: str) -> str:
    """The text's head, as valid Unicode."""
    return text.lstrip()[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def batches(token_ids: Sequence[Sequence[int]], cores: int = 1) -> Iterator[list[int]]:
    """Indices of the texts of each batch: texts of like length together, at most BATCH_TOKENS after padding; few texts are shared
    out among the cores. The longest come last.
    """
    share = sum(map(len, token_ids)) // cores
    most = min(BATCH_TOKENS, max(_LEAST_TOKENS, share))
    batch: list[int] = []
    for index in sorted(range(len(token_ids)), key=lambda index: len(token_ids[index])):
        if batch and (len(batch) + 1) * len(token_ids[index]) > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def pad(token_ids: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int32]]:
    """The model's two inputs, each (n, longest) int32: `ids` filled up with 0, and `mask`, 1 where a token stands."""
    ids = np.zeros((len(token_ids), max(map(len, token_ids))), np.int32)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(token_ids):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return {"ids": ids, "mask": mask}
