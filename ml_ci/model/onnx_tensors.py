"""The tensors of an ONNX graph as numbers: also of those that are stored in eight bits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ml_ci.artifacts.tensors import Tensor

_FLOATS = {
    TensorProto.FLOAT,
    TensorProto.DOUBLE,
    TensorProto.FLOAT16,
    TensorProto.BFLOAT16,
}
# As ONNX Runtime's quantiser names what belongs to a tensor that it stores in eight bits
_QUANTISED, _SCALE, _ZERO = "_quantized", "_scale", "_zero_point"


def tensors_of(model: onnx.ModelProto, folder: str) -> dict[str, Tensor]:
    """Initialisers and constants by name; single numbers, counts and shapes are left out.

    ``folder`` is where data beside the file lies.
    """
    stored = dict(_stored(model.graph))
    tensors: dict[str, Tensor] = {}
    for name, proto in stored.items():
        if proto.data_type in _FLOATS and not name.endswith(_SCALE):
            tensors[name] = Tensor(values=_numbers(proto, folder), stored=_type(proto))
    for name, scale, zero, axis in _quantised(model.graph, stored):
        proto = stored[name]
        values = _dequantised(proto, stored[scale], stored.get(zero), axis, folder)
        tensors[name.removesuffix(_QUANTISED)] = Tensor(values=values, stored=_type(proto))
    return {name: tensor for name, tensor in tensors.items() if tensor.values.size > 1}


def _stored(graph: onnx.GraphProto) -> Iterator[tuple[str, onnx.TensorProto]]:
    for proto in graph.initializer:
        yield proto.name, proto
    for node in graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.name == "value":
                yield node.output[0], attribute.t


def _quantised(
    graph: onnx.GraphProto, stored: Mapping[str, onnx.TensorProto]
) -> Iterator[tuple[str, str, str, int | None]]:
    """(name, of its scale, of its zero point, axis); no axis is known where only names tell."""
    found = set()
    for node in graph.node:
        if node.op_type != "DequantizeLinear":
            continue
        name, scale, *zero = node.input
        axes = [attribute.i for attribute in node.attribute if attribute.name == "axis"]
        if name in stored and scale in stored:
            found.add(name)
            yield name, scale, zero[0] if zero else "", axes[0] if axes else 1
    for name in stored:
        stem = name.removesuffix(_QUANTISED)
        if name != stem and name not in found and f"{stem}{_SCALE}" in stored:
            yield name, f"{stem}{_SCALE}", f"{stem}{_ZERO}", None


def _dequantised(
    proto: onnx.TensorProto,
    scale: onnx.TensorProto,
    zero: onnx.TensorProto | None,
    axis: int | None,
    folder: str,
) -> NDArray[np.float32]:
    values = _numbers(proto, folder)
    scales = _numbers(scale, folder)
    zeros = np.zeros_like(scales) if zero is None else _numbers(zero, folder)
    if scales.size > 1:
        if axis is None:
            axis = values.shape.index(scales.size)
        sides = [1] * values.ndim
        sides[axis] = scales.size
        scales, zeros = scales.reshape(sides), zeros.reshape(sides)
    return np.asarray((values - zeros) * scales, np.float32)


def _numbers(proto: onnx.TensorProto, folder: str) -> NDArray[Any]:
    kind = np.float64 if proto.data_type == TensorProto.DOUBLE else np.float32
    return np.asarray(numpy_helper.to_array(proto, folder)).astype(kind)


def _type(proto: onnx.TensorProto) -> str:
    """As numpy calls it: `float32`, `bfloat16`, `int8`."""
    return str(helper.tensor_dtype_to_np_dtype(proto.data_type))
