"""The export: the whole ladder from RGB pixels to the label as one ONNX graph.

Every rung is an output under its own name. The network alone is cut out of the same graph and
linked to it by hash. The bytes depend on the weights, the settings and the library versions only:
not on the folder, the process or the run.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import onnx.utils
import torch
from onnx import TensorProto, helper

from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.errors import UserError
from ml_ci.model.classifier import Classifier, Ladder
from ml_ci.model.graph_cleaning import cleaned
from ml_ci.steps import IMAGE, LABEL, LOGITS, PROBABILITIES, RESIZED, TENSOR

OPSET = 20
FLOAT_OUTPUTS = [RESIZED.name, TENSOR.name, LOGITS.name, PROBABILITIES.name]
OUTPUTS = [*FLOAT_OUTPUTS, LABEL.name]
NETWORK_OUTPUTS = [LOGITS.name, PROBABILITIES.name, LABEL.name]
# The example only says which axes are free: all different, none 0 or 1, which torch would bake in
EXAMPLE_SHAPE = (2, 37, 53, 3)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What the exported model was made from; it travels in the file's metadata."""

    weights_sha256: str
    data_sha256: str
    params_sha256: str
    versions: dict[str, str]
    """Library name → version."""


@dataclass(frozen=True, kw_only=True)
class ExportedModel:
    """The two files as bytes."""

    model: bytes
    """image uint8 N×H×W×3 → resized, tensor, logits, probabilities, label."""
    network: bytes
    """tensor float32 N×C×S×S → logits, probabilities, label."""


def export_model(ladder: Ladder, provenance: Provenance, decode_rule: str) -> ExportedModel:
    """Export a float32 ladder. ``decode_rule`` is the JSON of how bytes became `image`.

    Raises UserError when torch cannot export the network.
    """
    model = cleaned(_exported_by_torch(ladder.classifier))
    _append_label(model, ladder.class_names)
    _declare_outputs(model, ladder)
    metadata = {
        "class_names": json.dumps(ladder.class_names, ensure_ascii=False),
        "decode_rule": decode_rule,
        "preprocess": json.dumps(ladder.settings.model_dump(), sort_keys=True),
        "provenance": json.dumps(asdict(provenance), sort_keys=True),
    }
    content = _finished(model, metadata)
    network = _cut(model, ladder)
    linked = metadata | {"model_sha256": sha256_of_bytes(content)}
    return ExportedModel(model=content, network=_finished(network, linked))


def _exported_by_torch(classifier: Classifier) -> onnx.ModelProto:
    free = torch.export.Dim.DYNAMIC
    try:
        with quiet_exporter():
            program = torch.onnx.export(
                classifier,
                (torch.zeros(EXAMPLE_SHAPE, dtype=torch.uint8),),
                dynamo=True,
                opset_version=OPSET,
                input_names=[IMAGE.name],
                output_names=FLOAT_OUTPUTS,
                dynamic_shapes={"image": {0: free, 1: free, 2: free}},
                verbose=False,
            )
    except torch.onnx.errors.OnnxExporterError as error:
        raise UserError(
            what=f"torch cannot export the network: {' '.join(str(error).split())[:2000]}",
            where="build_network in ml_ci/model/network.py",
            fix="use operations torch.onnx.export(dynamo=True) knows, and no branches on values",
        ) from error
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program")
    model: onnx.ModelProto = program.model_proto
    return model


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """Silence what torch 2.13's exporter says on every call and nobody can act on."""
    # "torchvision is not installed": we do not use it
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    registration.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # torch's own use of its own deprecated class
            warnings.filterwarnings("ignore", message=".*LeafSpec.*", category=FutureWarning)
            yield
    finally:
        registration.setLevel(level)


def _append_label(model: onnx.ModelProto, class_names: tuple[str, ...]) -> None:
    """probabilities (N, K) → position of the largest (N,) → class name (N,)."""
    names = helper.make_tensor(
        "class_names",
        TensorProto.STRING,
        [len(class_names)],
        [name.encode("utf-8") for name in class_names],  # type: ignore[misc]
    )
    model.graph.initializer.append(names)
    model.graph.node.append(
        helper.make_node(
            "ArgMax", [PROBABILITIES.name], ["best"], name="label_best", axis=1, keepdims=0
        )
    )
    model.graph.node.append(
        helper.make_node("Gather", ["class_names", "best"], [LABEL.name], name="label_name", axis=0)
    )


def _declare_outputs(model: onnx.ModelProto, ladder: Ladder) -> None:
    """Our own names for the free axes: torch's (`s40`) say nothing."""
    entry = helper.make_tensor_value_info(IMAGE.name, TensorProto.UINT8, ["N", "H", "W", 3])
    _replace(model.graph.input, [entry])
    _replace(model.graph.output, [_value(name, ladder) for name in OUTPUTS])


def _cut(model: onnx.ModelProto, ladder: Ladder) -> onnx.ModelProto:
    """The sub-graph `tensor` → `label`, as a model of its own."""
    extractor = onnx.utils.Extractor(_batch_from_tensor(model))
    network = extractor.extract_model([TENSOR.name], NETWORK_OUTPUTS)
    network.producer_name, network.producer_version = model.producer_name, model.producer_version
    network.graph.name = "network"
    del network.graph.value_info[:]
    _replace(network.graph.input, [_value(TENSOR.name, ladder)])
    _replace(network.graph.output, [_value(name, ladder) for name in NETWORK_OUTPUTS])
    return network


def _batch_from_tensor(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy to cut from: N, which torch reads off `image` for the whole graph, off `tensor`."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node:
        bounds = {attribute.name: attribute.i for attribute in node.attribute}
        if node.op_type == "Shape" and bounds == {"start": 0, "end": 1}:
            node.input[:] = [TENSOR.name if name == IMAGE.name else name for name in node.input]
    return copy


def _value(name: str, ladder: Ladder) -> onnx.ValueInfoProto:
    pixels = [ladder.settings.channels, *ladder.settings.size]
    classes = [len(ladder.class_names)]
    inner = {RESIZED.name: pixels, TENSOR.name: pixels, LABEL.name: []}.get(name, classes)
    kind = TensorProto.STRING if name == LABEL.name else TensorProto.FLOAT
    return helper.make_tensor_value_info(name, kind, ["N", *inner])


def _replace(old: object, new: list[onnx.ValueInfoProto]) -> None:
    del old[:]  # type: ignore[attr-defined]
    old.extend(new)  # type: ignore[attr-defined]


def _finished(model: onnx.ModelProto, metadata: dict[str, str]) -> bytes:
    """With its metadata, checked, as bytes."""
    del model.metadata_props[:]
    helper.set_model_props(model, dict(sorted(metadata.items())))
    onnx.checker.check_model(model, full_check=True)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
