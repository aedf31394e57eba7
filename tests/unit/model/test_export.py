"""The exported files: rungs by name, nothing of the place or run they were made in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.errors import UserError
from ml_ci.model.classifier import Ladder
from ml_ci.model.export import ExportedModel, Provenance, export_model
from ml_ci.model.export_check import climbed, opened
from ml_ci.model.graph_cleaning import cleaned
from tests.builders.model import ladder, noisy, preprocess_settings, small_network

ROOT = Path(__file__).parents[3]
RUNGS = ["resized", "tensor", "logits", "probabilities", "label"]
NAMES = ("nein", "ja ▲ 猫")
PROVENANCE = Provenance(
    weights_sha256="1" * 64,
    data_sha256="2" * 64,
    params_sha256="3" * 64,
    versions={"torch": "2.13.0", "onnx": "1.23.2"},
)
RULE = '{"orientation": "exif"}'


@pytest.fixture(scope="module")
def reference() -> Ladder:
    return Ladder(preprocess_settings(), small_network(), NAMES)


@pytest.fixture(scope="module")
def exported(reference: Ladder) -> ExportedModel:
    return export_model(reference, PROVENANCE, RULE)


def metadata(content: bytes) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load_from_string(content).metadata_props}


def test_model__answers_every_rung_in_order(exported: ExportedModel) -> None:
    assert RUNGS == list(climbed(opened(exported.model, threads=1), noisy(9, 7)))


def test_model__names_its_free_axes(exported: ExportedModel) -> None:
    session = opened(exported.model, threads=1)
    shapes = {value.name: value.shape for value in (*session.get_inputs(), *session.get_outputs())}
    pixels, classes = ["N", 3, 16, 16], ["N", 2]
    expected = {"image": ["N", "H", "W", 3], "resized": pixels, "tensor": pixels}
    expected |= {"logits": classes, "probabilities": classes, "label": ["N"]}
    assert expected == shapes


def test_model__answers_class_names_beyond_ascii(
    exported: ExportedModel, reference: Ladder
) -> None:
    session = opened(exported.model, threads=1)
    images = [noisy(9, 7, seed) // (seed + 1) for seed in range(12)]
    expected = [reference.run("image", image[None])["label"][0] for image in images]
    assert set(NAMES) == set(expected)
    assert expected == [climbed(session, image)["label"][0] for image in images]


def test_network__climbs_from_the_tensor_to_the_same_bits(exported: ExportedModel) -> None:
    whole = climbed(opened(exported.model, threads=1), noisy(9, 7))
    part = opened(exported.network, threads=1).run(RUNGS[2:], {"tensor": whole["tensor"]})
    assert [whole[name].tolist() for name in RUNGS[2:]] == [value.tolist() for value in part]


def test_network__is_linked_to_the_model_by_hash(exported: ExportedModel) -> None:
    assert sha256_of_bytes(exported.model) == metadata(exported.network)["model_sha256"]


def test_metadata__says_what_the_model_was_made_from(exported: ExportedModel) -> None:
    found = metadata(exported.model)
    expected = {
        "class_names": list(NAMES),
        "decode_rule": {"orientation": "exif"},
        "preprocess": preprocess_settings().model_dump(),
        "provenance": {
            "weights_sha256": "1" * 64,
            "data_sha256": "2" * 64,
            "params_sha256": "3" * 64,
            "versions": {"torch": "2.13.0", "onnx": "1.23.2"},
        },
    }
    assert expected == {name: json.loads(value) for name, value in found.items()}
    assert sorted(found) == list(found)


def test_model__holds_no_paths_or_stack_traces(exported: ExportedModel) -> None:
    found = [
        text
        for text in (str(ROOT), "site-packages", ".py", "stack_trace", "forward")
        for content in (exported.model, exported.network)
        if text.encode() in content
    ]
    assert [] == found


def test_bytes__are_the_same_in_another_folder_and_process(
    exported: ExportedModel, tmp_path: Path
) -> None:
    # Another working folder, another place of the project, another hash seed
    (tmp_path / "elsewhere").symlink_to(ROOT)
    script = (
        "import hashlib, sys; sys.path.insert(0, 'elsewhere')\n"
        "from tests.unit.model.test_export import *\n"
        "reference = Ladder(preprocess_settings(), small_network(), NAMES)\n"
        "exported = export_model(reference, PROVENANCE, RULE)\n"
        "print(sha256_of_bytes(exported.model), sha256_of_bytes(exported.network))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(tmp_path / "elsewhere")},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [sha256_of_bytes(exported.model), sha256_of_bytes(exported.network)]
    assert (expected, "") == (done.stdout.split(), done.stderr)


def test_export__contains_nothing_random(exported: ExportedModel) -> None:
    kinds = {node.op_type for node in onnx.load_from_string(exported.model).graph.node}
    assert set() == {
        kind for kind in kinds if "Random" in kind or kind in ("Dropout", "GridSample")
    }


def test_export__of_a_network_torch_cannot_export_names_the_file() -> None:
    class Branching(nn.Module):
        def forward(self, tensor: Tensor) -> Tensor:
            return tensor.flatten(1)[:, :2] if tensor.sum() > 0 else tensor.flatten(1)[:, 2:4]

    with pytest.raises(UserError) as raised:
        export_model(Ladder(preprocess_settings(), Branching(), NAMES), PROVENANCE, RULE)
    assert "build_network in ml_ci/model/network.py" == raised.value.where


def test_export__is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    export_model(ladder(fit="stretch"), PROVENANCE, RULE)
    assert ("", "") == capfd.readouterr()


def test_cleaned__refuses_a_value_used_before_it_is_made() -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("a", "c")]
    late = [helper.make_node("Abs", ["b"], ["c"]), helper.make_node("Abs", ["a"], ["b"])]
    graph = helper.make_graph(late, "graph", values[:1], values[1:])
    with pytest.raises(ValueError, match="Abs_0 uses b before it is made"):
        cleaned(helper.make_model(graph))


def test_cleaned__numbers_nodes_and_drops_notes() -> None:
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("a", "b")]
    node = helper.make_node("Abs", ["a"], ["b"], name="mine", doc_string="/home/me")
    model = helper.make_model(helper.make_graph([node], "graph", values[:1], values[1:]))
    (found,) = cleaned(model).graph.node
    assert ("Abs_0", "") == (found.name, found.doc_string)


def test_label__of_equal_probabilities_is_the_first_on_both_sides(
    exported: ExportedModel, reference: Ladder
) -> None:
    proto = onnx.load_from_string(exported.network)
    for constant in proto.graph.initializer:
        if constant.name.startswith("network.5"):  # the head: all logits become 0
            values = numpy_helper.to_array(constant)
            constant.CopyFrom(numpy_helper.from_array(np.zeros_like(values), constant.name))
    session = opened(proto.SerializeToString(), threads=1)
    rungs = session.run(["probabilities", "label"], {"tensor": np.ones((1, 3, 16, 16), np.float32)})
    assert [[[0.5, 0.5]], [NAMES[0]]] == [rung.tolist() for rung in rungs]
    assert [NAMES[0]] == reference.step("label", rungs[0]).tolist()
