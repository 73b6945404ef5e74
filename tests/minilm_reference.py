"""all-MiniLM-L6-v2 written down once more, in numpy and from the paper: what the fast one is held against."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_erf = np.vectorize(math.erf, otypes=[np.float32])


def vector(weights: Mapping[str, Array], token_ids: list[int]) -> Array:
    """(384,) float32, unit length, of one text's tokens: BERT, mean over the tokens, normalised."""
    x = weights["embeddings.word_embeddings.weight"][token_ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(token_ids)] + weights["embeddings.token_type_embeddings.weight"][0]
    x = _normalised(weights, "embeddings.LayerNorm", x)
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        x = _normalised(weights, f"{name}.attention.output.LayerNorm", x + _attention(weights, f"{name}.attention", x))
        wide = _linear(weights, f"{name}.intermediate.dense", x)
        wide = wide * 0.5 * (1 + _erf(wide / math.sqrt(2)))
        x = _normalised(weights, f"{name}.output.LayerNorm", x + _linear(weights, f"{name}.output.dense", wide))
    mean = x.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def _attention(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    query, key, value = (_heads(_linear(weights, f"{name}.self.{part}", x)) for part in ("query", "key", "value"))
    scores = query @ key.transpose(0, 2, 1) / math.sqrt(query.shape[-1])
    shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    return _linear(weights, f"{name}.output.dense", (shares @ value).transpose(1, 0, 2).reshape(x.shape))


def _heads(x: Array) -> Array:
    return x.reshape(len(x), 12, 32).transpose(1, 0, 2)


def _linear(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    return np.asarray(x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"])


def _normalised(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return np.asarray(centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"])
