"""Plain: the built-in model's weights in onnxruntime as it comes, as one would use them without this project.

The graph with layer normalisation as one operator, which onnxruntime fuses with the additions before it, in int8 by onnxruntime's own
quantisation. One session with its default options, so that all cores work on one operator; 32 texts a run, of like length, as
sentence-transformers has them; the same tokenizer, cutting at the same length.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import helper
from onnxruntime import InferenceSession  # type: ignore[attr-defined]  # it has no __all__
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from core.models.builtin.build import write_int8
from core.models.builtin.graph import build_graph
from core.models.builtin.tokens import MAX_TOKENS
from core.models.builtin.weights import find_files

_BATCH_TEXTS = 32
_STEPS = ("mean", "centred", "squared", "variance", "deviation", "normal", "scaled")
"""The nodes that core/models/builtin/graph.py normalises with, before the one that is called as the result."""


class Plain:
    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "plain.onnx"
            write_int8(plain_graph(), path)
            self._session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._tokenizer: Tokenizer = Tokenizer.from_buffer(find_files().tokenizer.read_bytes())
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.enable_padding()
        self.embed(["warm"])

    def rate(self, texts: Sequence[str]) -> float:
        """Texts a second."""
        started = time.perf_counter()
        texts = sorted(texts, key=len)
        for at in range(0, len(texts), _BATCH_TEXTS):
            self.embed(texts[at : at + _BATCH_TEXTS])
        return len(texts) / (time.perf_counter() - started)

    def embed(self, texts: Sequence[str]) -> "np.ndarray":
        """(n, 384) float32, unit length."""
        found = self._tokenizer.encode_batch(list(texts))
        ids = np.array([one.ids for one in found], np.int32)
        mask = np.array([one.attention_mask for one in found], np.int32)
        return np.asarray(self._session.run(["vectors"], {"ids": ids, "mask": mask})[0])


def plain_graph() -> onnx.ModelProto:
    """The built-in model's graph with each normalisation as the one operator that ONNX has for it."""
    model = build_graph(load_file(find_files().weights), small_words=True)
    normalised = {node.name.removesuffix(".mean") for node in model.graph.node if node.name.endswith(".mean")}
    steps = {f"{name}.{step}" for name in normalised for step in _STEPS}
    nodes = [_layer_normalisation(node) if node.name in normalised else node for node in model.graph.node if node.name not in steps]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def _layer_normalisation(last: onnx.NodeProto) -> onnx.NodeProto:
    """In place of the last step, which adds the shift."""
    name = last.name
    inputs = [f"{name}.{part}" for part in ("sum", "scale", "shift")]
    return helper.make_node("LayerNormalization", inputs, [name], name=name, axis=-1, epsilon=1e-12)
