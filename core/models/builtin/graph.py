"""The model as an ONNX graph, from token ids to unit vectors, of the operators that onnxruntime is quickest with.

Imports onnx: only the build does. Layers are normalised step by step: onnxruntime's SkipLayerNormalization goes number by number on
a CPU and took a quarter of all time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from core.models.builtin.tokens import MAX_TOKENS
from core.models.builtin.weights import DIMENSION, NAME

Weights = Mapping[str, NDArray[np.float32]]

LAYERS, HEADS = 6, 12
_FUSED = "com.microsoft"
_OPSETS = (("", 17), (_FUSED, 1))
_IR_VERSION = 9


@dataclass(slots=True)
class _Graph:
    """Nodes and constants as they are added; a node is called by its output."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, outputs, name=outputs[0], domain=domain, **attributes))
        return outputs[0]

    def fused(self, operator: str, inputs: Sequence[str], *outputs: str, **attributes: Any) -> str:
        return self.node(operator, inputs, *outputs, domain=_FUSED, **attributes)


def build_graph(weights: Weights, *, small_words: bool = False) -> onnx.ModelProto:
    """The model: `ids` and `mask`, each (n, tokens) int32, to `vectors`, (n, 384) float32, unit length.

    `weights` are named as in BERT checkpoints; `small_words` keeps the table of words in int8. A row of the mask is ones, then zeros.
    Gelu is the exact (erf) GELU, the one the model was trained with.
    """
    graph = _Graph()
    states = _embed(graph, weights, small_words)
    _count(graph)
    for layer in range(LAYERS):
        states = _layer(graph, weights, layer, states)
    _pool(graph, states)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"]) for name in ("ids", "mask")]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", DIMENSION])]
    body = helper.make_graph(graph.nodes, NAME, inputs, outputs, graph.constants)
    return helper.make_model(body, opset_imports=[helper.make_opsetid(*opset) for opset in _OPSETS], ir_version=_IR_VERSION)


def _embed(graph: _Graph, weights: Weights, small_words: bool) -> str:
    """Every text is one segment, so its embedding is the same for all positions and is added to theirs here, once."""
    rows = (_small_rows if small_words else _rows)(graph, weights["embeddings.word_embeddings.weight"])
    segment = weights["embeddings.token_type_embeddings.weight"][0]
    positions = graph.constant("positions", weights["embeddings.position_embeddings.weight"][:MAX_TOKENS] + segment)
    tokens = graph.node("Shape", ["ids"], "tokens", start=1)
    start = graph.constant("start", np.array([0], np.int64))
    places = graph.node("Slice", [positions, start, tokens, start], "places")
    return _normalise(graph, weights, "embeddings", "embedded", graph.node("Add", [rows, places], "embedded.sum"))


def _rows(graph: _Graph, words: NDArray[Any]) -> str:
    return graph.node("Gather", [graph.constant("words", words), "ids"], "rows")


def _small_rows(graph: _Graph, words: NDArray[np.float32]) -> str:
    """The table in int8, a scale a row: a quarter of 47 MB, most of the model. Beside the layers in int8 it costs no accuracy."""
    scales = np.abs(words).max(axis=1, keepdims=True) / np.float32(127)
    small = np.rint(words / scales).astype(np.int8)
    rows = graph.node("Cast", [_rows(graph, small)], "rows.float", to=TensorProto.FLOAT)
    scale = graph.node("Gather", [graph.constant("words.scale", scales), "ids"], "rows.scale")
    return graph.node("Mul", [rows, scale], "rows.scaled")


def _count(graph: _Graph) -> str:
    """(n,) int32: how many tokens a text has, as Attention wants its mask."""
    return graph.node("ReduceSum", ["mask", graph.constant("tokens_axis", np.array([1], np.int64))], "lengths", keepdims=0)


def _layer(graph: _Graph, weights: Weights, layer: int, states: str) -> str:
    theirs, ours = f"encoder.layer.{layer}", f"layer{layer}"
    attended = _attend(graph, weights, f"{theirs}.attention.self", ours, states)
    mixed = _project(graph, weights, f"{theirs}.attention.output.dense", f"{ours}.mixed", attended)
    between = _add_and_normalise(graph, weights, f"{theirs}.attention.output", f"{ours}.between", mixed, states)
    widened = _project(graph, weights, f"{theirs}.intermediate.dense", f"{ours}.widened", between)
    activated = graph.fused("Gelu", [widened], f"{ours}.activated")
    narrowed = _project(graph, weights, f"{theirs}.output.dense", f"{ours}.narrowed", activated)
    return _add_and_normalise(graph, weights, f"{theirs}.output", f"{ours}.states", narrowed, between)


def _attend(graph: _Graph, weights: Weights, theirs: str, ours: str, states: str) -> str:
    parts = ("query", "key", "value")
    weight = graph.constant(f"{ours}.qkv", np.concatenate([weights[f"{theirs}.{part}.weight"].T for part in parts], axis=1))
    bias = graph.constant(f"{ours}.qkv.bias", np.concatenate([weights[f"{theirs}.{part}.bias"] for part in parts]))
    return graph.fused("Attention", [states, weight, bias, "lengths"], f"{ours}.attended", num_heads=HEADS)


def _project(graph: _Graph, weights: Weights, theirs: str, ours: str, states: str) -> str:
    product = graph.node("MatMul", [states, graph.constant(f"{ours}.weight", weights[f"{theirs}.weight"].T)], f"{ours}.product")
    return graph.node("Add", [product, graph.constant(f"{ours}.bias", weights[f"{theirs}.bias"])], ours)


def _add_and_normalise(graph: _Graph, weights: Weights, theirs: str, ours: str, projected: str, states: str) -> str:
    return _normalise(graph, weights, theirs, ours, graph.node("Add", [projected, states], f"{ours}.sum"))


def _normalise(graph: _Graph, weights: Weights, theirs: str, ours: str, states: str) -> str:
    """To mean 0 and variance 1 over the last axis, then scaled and shifted. BERT's epsilon of 1e-12 is left out: of these weights the
    variances are around 1.
    """
    mean = graph.node("ReduceMean", [states], f"{ours}.mean", axes=[-1], keepdims=1)
    centred = graph.node("Sub", [states, mean], f"{ours}.centred")
    squared = graph.node("Mul", [centred, centred], f"{ours}.squared")
    variance = graph.node("ReduceMean", [squared], f"{ours}.variance", axes=[-1], keepdims=1)
    deviation = graph.node("Sqrt", [variance], f"{ours}.deviation")
    normal = graph.node("Div", [centred, deviation], f"{ours}.normal")
    scaled = graph.node("Mul", [normal, graph.constant(f"{ours}.scale", weights[f"{theirs}.LayerNorm.weight"])], f"{ours}.scaled")
    return graph.node("Add", [scaled, graph.constant(f"{ours}.shift", weights[f"{theirs}.LayerNorm.bias"])], ours)


def _pool(graph: _Graph, states: str) -> None:
    """Mean over the tokens, then unit length: dividing by the count first would change nothing, so only the sum is taken."""
    mask = graph.node("Cast", ["mask"], "mask.float", to=TensorProto.FLOAT)
    mask = graph.node("Unsqueeze", [mask, graph.constant("last_axis", np.array([2], np.int64))], "mask.column")
    masked = graph.node("Mul", [states, mask], "masked")
    total = graph.node("ReduceSum", [masked, "tokens_axis"], "total", keepdims=0)
    graph.node("LpNormalization", [total], "vectors", axis=-1, p=2)
