"""A tiny exported model: the tensor names and metadata of the real one, no training."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 4
CLASS_NAMES = ("circle", "square", "dreieck ▲")
PREPROCESS = {"fit": "stretch", "size": [SIDE, SIDE]}
PROVENANCE = {"data": "0" * 64, "params": "1" * 64}


def write_model(models: Path, *, name: str = "shapes", version: int = 1, seed: int = 0) -> Path:
    """Write ``models/<name>/<version>/`` with model.onnx and network.onnx; return that folder."""
    folder = models / name / str(version)
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model_bytes(seed=seed))
    (folder / "network.onnx").write_bytes(network_bytes(seed=seed))
    return folder


def model_bytes(*, seed: int = 0, metadata: dict[str, str] | None = None) -> bytes:
    """`image` uint8 (N, H, W, 3) → resized, tensor, logits, probabilities, label."""
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", "H", "W", 3])
    outputs = [_rung("resized"), _rung("tensor"), *_network_outputs()]
    graph = helper.make_graph(
        [*_preprocess_nodes(), *_network_nodes()],
        "model",
        [image],
        outputs,
        [*_preprocess_constants(), *_network_constants(seed)],
    )
    return _finish(graph, default_metadata() if metadata is None else metadata)


def network_bytes(*, seed: int = 0) -> bytes:
    """`tensor` float32 (N, 3, SIDE, SIDE) → logits, probabilities, label."""
    graph = helper.make_graph(
        _network_nodes(),
        "network",
        [_rung("tensor")],
        _network_outputs(),
        _network_constants(seed),
    )
    return _finish(graph, {})


def default_metadata() -> dict[str, str]:
    """What the export stores in the file."""
    return {
        "class_names": json.dumps(CLASS_NAMES),
        "provenance": json.dumps(PROVENANCE),
        "preprocess": json.dumps(PREPROCESS),
        "decode_rule": "{}",
    }


def _rung(name: str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", 3, SIDE, SIDE])


def _network_outputs() -> list[onnx.ValueInfoProto]:
    classes = len(CLASS_NAMES)
    return [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", classes]),
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", classes]),
        helper.make_tensor_value_info("label", TensorProto.STRING, ["N"]),
    ]


def _preprocess_nodes() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Cast", ["image"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["levels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Resize", ["planes", "", "", "sides"], ["resized"], mode="linear", axes=[2, 3]
        ),
        helper.make_node("Div", ["resized", "white"], ["share"]),
        helper.make_node("Sub", ["share", "mean"], ["tensor"]),
    ]


def _preprocess_constants() -> list[onnx.TensorProto]:
    return [
        numpy_helper.from_array(np.array([SIDE, SIDE], dtype=np.int64), "sides"),
        numpy_helper.from_array(np.array(255.0, dtype=np.float32), "white"),
        numpy_helper.from_array(np.array(0.5, dtype=np.float32), "mean"),
    ]


def _network_nodes() -> list[onnx.NodeProto]:
    return [
        helper.make_node("Flatten", ["tensor"], ["features"]),
        helper.make_node("MatMul", ["features", "weight"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
        helper.make_node("ArgMax", ["probabilities"], ["index"], axis=1, keepdims=0),
        helper.make_node("Gather", ["names", "index"], ["label"]),
    ]


def _network_constants(seed: int) -> list[onnx.TensorProto]:
    random = np.random.default_rng(seed)
    weight = random.normal(size=(3 * SIDE * SIDE, len(CLASS_NAMES))).astype(np.float32)
    names = np.array(CLASS_NAMES, dtype=object)
    return [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(names, "names")]


def _finish(graph: onnx.GraphProto, metadata: dict[str, str]) -> bytes:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content
