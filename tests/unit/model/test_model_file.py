"""A model file: what is read of ONNX and safetensors, and what is refused."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.tensors import Tensor
from ml_ci.errors import UserError
from ml_ci.model.export import Provenance, export_model
from ml_ci.model.model_file import read_model_file
from ml_ci.model.weights import save_weights
from ml_ci.parity.checks.weights import weight_checks
from tests.builders.model import ladder, small_network, weights_card

VALUES = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def onnx_file(
    folder: Path, initializers: list[onnx.TensorProto], nodes: list[onnx.NodeProto] | None = None
) -> Path:
    """A graph of which only the tensors matter."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    graph = helper.make_graph(
        nodes or [helper.make_node("Identity", ["x"], ["y"])], "g", [value], [], initializers
    )
    path = folder / "model.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    return path


def read(path: Path) -> dict[str, Tensor]:
    return read_model_file(path).tensors


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same network as ONNX and as safetensors, as this project writes them."""
    folder = tmp_path_factory.mktemp("exported")
    provenance = Provenance(
        weights_sha256="w" * 64, data_sha256="d" * 64, params_sha256="p" * 64, versions={}
    )
    model = export_model(ladder(), provenance, '{"orientation": "exif"}')
    (folder / "model.onnx").write_bytes(model.model)
    save_weights(folder / "weights.safetensors", small_network(), weights_card())
    return folder


def test_read_model_file__of_our_own_export(exported: Path) -> None:
    file = read_model_file(exported / "model.onnx")
    assert sha256_of_file(exported / "model.onnx") == file.facts.model_sha256
    assert ("down", "across") == file.facts.class_names
    assert {"orientation": "exif"} == file.facts.decode_rule
    assert file.facts.preprocess is not None
    assert "[16, 16]" == file.facts.preprocess["size"]
    # Scalars, shapes and class names are no weights
    assert all(tensor.values.size > 1 for tensor in file.tensors.values())
    assert {"network.5.weight", "network.5.bias", "preprocess.mean"} <= file.tensors.keys()


def test_weight_checks__find_the_network_again_in_its_export(exported: Path) -> None:
    ours, theirs = (read(exported / name) for name in ("weights.safetensors", "model.onnx"))
    tensors, numbers = weight_checks(ours, theirs)
    assert ("note", "agrees") == (tensors.outcome, numbers.outcome)
    assert "1 with a batch normalisation folded in: 1 into 0.weight (ε 1e-05)" in tensors.evidence
    assert tensors.evidence.endswith("of the target have none: preprocess.mean, preprocess.std")


def test_weight_checks__find_another_training_in_it(exported: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_weights(other, small_network(seed=1), weights_card())
    outcomes = {
        c.name: c.outcome for c in weight_checks(read(other), read(exported / "model.onnx"))
    }
    assert "differs" == outcomes["numbers"]


@pytest.mark.parametrize(
    "kind",
    [TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16],
    ids=["float32", "float64", "float16", "bfloat16"],
)
def test_read_onnx__knows_how_it_was_stored(
    tmp_path: Path, kind: int, request: pytest.FixtureRequest
) -> None:
    tensor = helper.make_tensor("w", kind, VALUES.shape, VALUES.ravel().tolist())
    found = read(onnx_file(tmp_path, [tensor]))["w"]
    assert request.node.callspec.id == found.stored
    assert np.float64 if kind == TensorProto.DOUBLE else np.float32 == found.values.dtype
    assert np.abs(found.values - VALUES).max() < 0.02


def test_read_onnx__takes_constants(tmp_path: Path) -> None:
    node = helper.make_node("Constant", [], ["c"], value=numpy_helper.from_array(VALUES, "any"))
    assert np.array_equal(VALUES, read(onnx_file(tmp_path, [], [node]))["c"].values)


def test_read_onnx__leaves_out_shapes_and_single_numbers(tmp_path: Path) -> None:
    tensors = [
        numpy_helper.from_array(np.array([1, 2, 3]), "shape"),
        numpy_helper.from_array(np.full((), 3, np.float32), "scalar"),
        numpy_helper.from_array(np.array(["a"], dtype=object), "names"),
        numpy_helper.from_array(VALUES, "w"),
    ]
    assert ["w"] == list(read(onnx_file(tmp_path, tensors)))


LEVELS = np.arange(-12, 12, dtype=np.int8).reshape(6, 4)


@pytest.mark.parametrize(
    ("scale", "zero", "axis"),
    [
        pytest.param(np.float32(0.5).reshape(()), np.int8(3).reshape(()), None, id="one scale"),
        pytest.param(np.arange(1, 7, dtype=np.float32), np.zeros(6, np.int8), 0, id="each row"),
        pytest.param(np.arange(1, 5, dtype=np.float32), np.ones(4, np.int8), 1, id="each column"),
    ],
)
def test_read_onnx__of_eight_bits_gives_what_they_stand_for(
    tmp_path: Path, scale: np.ndarray, zero: np.ndarray, axis: int | None
) -> None:
    tensors = [
        numpy_helper.from_array(LEVELS, "w_quantized"),
        numpy_helper.from_array(scale, "w_scale"),
        numpy_helper.from_array(zero, "w_zero_point"),
    ]
    inputs = ["w_quantized", "w_scale", "w_zero_point"]
    node = helper.make_node("DequantizeLinear", inputs, ["w"])
    if axis is not None:
        node.attribute.append(helper.make_attribute("axis", axis))
    across = (slice(None), None) if axis == 0 else (None, slice(None)) if axis == 1 else ()
    expected = (LEVELS.astype(np.float32) - zero[across]) * scale[across]
    for nodes in ([node], None):  # by the node, and by the names alone
        found = read(onnx_file(tmp_path, tensors, nodes))
        assert ["w"] == [name for name in found if not name.endswith("_scale")]
        assert np.array_equal(expected, found["w"].values)
        assert "int8" == found["w"].stored


@pytest.mark.parametrize("kind", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_read_safetensors__knows_how_it_was_stored(tmp_path: Path, kind: torch.dtype) -> None:
    path = tmp_path / "weights.safetensors"
    save_file({"w": torch.from_numpy(VALUES).to(kind), "n": torch.tensor([1, 2])}, path)
    found = read(path)
    assert ["w"] == list(found)
    assert str(kind) == f"torch.{found['w'].stored}"
    assert np.abs(found["w"].values - VALUES).max() < 0.02


def test_read_safetensors__reads_facts_from_its_metadata(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    metadata = {"class_names": json.dumps(["cat", "dog"]), "note": "no JSON"}
    save_file({"w": torch.zeros(2)}, path, metadata)
    assert ("cat", "dog") == read_model_file(path).facts.class_names


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param(
            "w.pt",
            pickle.dumps({"w": 1}),
            "a model file ends in .onnx or .safetensors, this one in .pt",
            id="pickled",
        ),
        pytest.param("model", b"", "this one in nothing", id="no ending"),
        pytest.param("m.onnx", b"nonsense", "the model file cannot be read: ", id="no ONNX"),
        pytest.param("m.onnx", b"", "the model file cannot be read: it holds no graph", id="empty"),
        pytest.param("w.safetensors", b"nonsense", "the model file cannot be read: ", id="damaged"),
    ],
)
def test_read_model_file__refuses(tmp_path: Path, name: str, content: bytes, what: str) -> None:
    path = write(tmp_path / name, content)
    with pytest.raises(UserError) as caught:
        read_model_file(path)
    assert what in caught.value.what
    assert str(path) == caught.value.where


def test_read_model_file__that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the model file cannot be read: "):
        read_model_file(tmp_path / "m.onnx")


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd"])
def test_read_onnx__reads_nothing_outside_its_folder(tmp_path: Path, location: str) -> None:
    (tmp_path / "secret").write_bytes(VALUES.tobytes())
    (tmp_path / "inside").mkdir()
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=VALUES.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    path = onnx_file(tmp_path / "inside", [tensor])
    with pytest.raises(UserError, match="the model file cannot be read: "):
        read_model_file(path)


def test_read_onnx__reads_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "model.data").write_bytes(VALUES.tobytes())
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=VALUES.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="model.data")
    assert np.array_equal(VALUES, read(onnx_file(tmp_path, [tensor]))["w"].values)
