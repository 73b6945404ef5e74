"""Builds the model's file: `python -m core.models.builtin.build FILE PRECISION`, a process of its own because onnx keeps its memory."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import onnx
from onnxruntime.quantization.quant_utils import QuantType
from onnxruntime.quantization.quantize import quantize_dynamic
from safetensors.numpy import load

from core.models.builtin.graph import build_graph
from core.models.builtin.weights import WEIGHTS_SHA256, find_files, read_checked


def build(target: Path, precision: str) -> None:
    """Leaves the model at `target`, whole or not at all. Of processes that build at once one works and the others wait for it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(target.parent / "build.lock"):
        if target.exists():
            return
        scratch = target.with_name(f".{target.name}.partial")
        _write(scratch, precision)
        _sync(scratch)
        scratch.replace(target)
        _sync(target.parent)


def _write(path: Path, precision: str) -> None:
    model = build_graph(load(read_checked(find_files().weights, WEIGHTS_SHA256)), small_words=precision == "int8")
    if precision == "fp32":
        onnx.save(model, str(path))
    else:
        write_int8(model, path)


def write_int8(model: onnx.ModelProto, path: Path) -> None:
    """The model with its matrix products in int8. Scales per channel: mean cosine 0.99 to fp32, where one scale a matrix gives 0.96.
    The reduced range costs 0.001 of it and keeps the 16-bit sums of CPUs without VNNI from overflowing.
    """
    quantize_dynamic(
        model,
        str(path),
        op_types_to_quantize=["MatMul", "Attention"],
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _sync(path: Path) -> None:
    """So that a power cut leaves no torn file under the final name."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    build(Path(sys.argv[1]), sys.argv[2])
