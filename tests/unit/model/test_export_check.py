"""The check of the exported graph against eager names the rung and the image."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from ml_ci.errors import UserError
from ml_ci.model.calibration import calibrate
from ml_ci.model.classifier import Ladder
from ml_ci.model.export import Provenance, export_model
from ml_ci.model.export_check import WorstDifference, check_against_eager, differences
from ml_ci.noise import NoiseFloor
from tests.builders.model import ladder, noisy

IMAGES = [(f"{height}x{width}", noisy(height, width)) for height, width in ((9, 7), (20, 40))]


@pytest.fixture(scope="module")
def reference() -> Ladder:
    return ladder()


@pytest.fixture(scope="module")
def noise(reference: Ladder) -> NoiseFloor:
    return calibrate(reference)


@pytest.fixture(scope="module")
def model(reference: Ladder) -> bytes:
    provenance = Provenance(weights_sha256="", data_sha256="", params_sha256="", versions={})
    return export_model(reference, provenance, "{}").model


def changed(model: bytes, name: str, factor: float) -> bytes:
    """``model`` with the constant ``name`` multiplied."""
    proto = onnx.load_from_string(model)
    (constant,) = [one for one in proto.graph.initializer if one.name.endswith(name)]
    values = numpy_helper.to_array(constant) * np.float32(factor)
    constant.CopyFrom(numpy_helper.from_array(values, constant.name))
    content: bytes = proto.SerializeToString()
    return content


def test_check__of_a_faithful_export_gives_every_float_rung(
    model: bytes, reference: Ladder, noise: NoiseFloor
) -> None:
    worst = check_against_eager(model, reference, IMAGES, noise, threads=1)
    assert ["resized", "tensor", "logits", "probabilities"] == [found.step for found in worst]
    assert [] == [found for found in worst if found.ratio > 1]


@pytest.mark.parametrize(
    ("constant", "rung"), [("preprocess.std", "tensor"), ("network.5.bias", "logits")]
)
def test_check__names_the_lowest_rung_that_differs(
    constant: str, rung: str, model: bytes, reference: Ladder, noise: NoiseFloor
) -> None:
    with pytest.raises(UserError, match=f"differs from PyTorch at `{rung}`"):
        check_against_eager(changed(model, constant, 1.5), reference, IMAGES, noise, threads=1)


def test_check__names_the_image_that_differs_most(reference: Ladder, noise: NoiseFloor) -> None:
    eager = reference.run("image", IMAGES[0][1][None])
    graph = {**eager, "resized": eager["resized"] + np.float32(0.5)}
    found = differences("this.png", eager, graph, noise)[0]
    assert ("resized", "this.png") == (found.step, found.image)
    assert pytest.approx(0.5, abs=1e-4) == found.difference


def test_check__names_the_image_whose_label_alone_differs(
    model: bytes, reference: Ladder, noise: NoiseFloor
) -> None:
    swapped = Ladder(reference.settings, reference.classifier.network, ("across", "down"))
    with pytest.raises(UserError, match="answers another `label`") as raised:
        check_against_eager(model, swapped, IMAGES, noise, threads=1)
    assert "images 9x7, 20x40" == raised.value.where


def test_differences__are_endless_where_a_side_is_not_finite(
    reference: Ladder, noise: NoiseFloor
) -> None:
    eager = reference.run("image", IMAGES[0][1][None])
    graph = {**eager, "logits": np.full_like(eager["logits"], np.nan)}
    (found,) = [one for one in differences("a", eager, graph, noise) if one.step == "logits"]
    assert float("inf") == found.ratio


def test_ratio__is_the_share_of_what_is_allowed() -> None:
    found = WorstDifference(step="logits", image="a", difference=0.5, allowed=2.0)
    assert 0.25 == found.ratio
