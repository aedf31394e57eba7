"""The noise floor: wide enough for correct sides, too narrow for the smallest fault."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ml_ci.model.calibration import SIZES, calibrate, calibration_pictures, rounded_up
from ml_ci.model.classifier import Ladder
from ml_ci.model.export import Provenance, export_model
from ml_ci.model.export_check import climbed, differences
from ml_ci.noise import SAFETY, NoiseFloor
from ml_ci.onnx_runtime import onnxruntime
from tests.builders.model import ladder, noisy, preprocess_settings

LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")


class Doubling(nn.Module):
    """Logits are twice the means of the first two channels: a gain known by hand."""

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        return 2 * tensor.mean(dim=(2, 3))[:, :2]


@pytest.fixture(scope="module")
def reference() -> Ladder:
    return ladder()


@pytest.fixture(scope="module")
def noise(reference: Ladder) -> NoiseFloor:
    return calibrate(reference)


def worst_ratio(
    reference: Ladder, noise: NoiseFloor, graph: dict[str, Any], image: np.ndarray
) -> float:
    eager = reference.run("image", image[None])
    return max(found.ratio for found in differences("", eager, graph, noise))


def test_pictures__are_the_same_on_every_call() -> None:
    pairs = zip(calibration_pictures(), calibration_pictures(), strict=True)
    assert all(np.array_equal(one, other) for one, other in pairs)


def test_pictures__cover_every_size_smooth_and_noisy() -> None:
    expected = [(*size, 3) for size in SIZES for _ in range(2)]
    assert expected == [picture.shape for picture in calibration_pictures()[: len(expected)]]


def test_pictures__end_with_blank_ones() -> None:
    blank = [set(picture.flat) for picture in calibration_pictures()[2 * len(SIZES) :]]
    assert [{0}, {255}] == blank


def test_calibrate__is_the_same_on_every_call(reference: Ladder, noise: NoiseFloor) -> None:
    assert noise == calibrate(reference)


def test_own__is_never_below_safety_times_the_error_or_the_floor(noise: NoiseFloor) -> None:
    floors = {"resized": 0.01, "probabilities": 1e-6}
    # 0.9: both numbers are rounded up, each by itself
    too_small = [
        name
        for name, rung in noise.rungs.items()
        if rung.own < max(floors.get(name, 0), SAFETY * rung.own_error * 0.9)
    ]
    assert [] == too_small


def test_inherited__is_own_where_the_input_is_exact(noise: NoiseFloor) -> None:
    assert noise.rungs["resized"].own == noise.rungs["resized"].inherited


def test_since__begins_at_every_rung_below(noise: NoiseFloor) -> None:
    expected = {
        "resized": ["image"],
        "tensor": ["image", "resized"],
        "logits": ["image", "resized", "tensor"],
        "probabilities": ["image", "resized", "tensor", "logits"],
    }
    assert expected == {name: list(rung.since) for name, rung in noise.rungs.items()}


def test_since__allows_less_the_nearer_both_sides_agreed(noise: NoiseFloor) -> None:
    allowed = [list(rung.since.values()) for rung in noise.rungs.values()]
    assert [sorted(one, reverse=True) for one in allowed] == allowed


def test_inherited__carries_the_noise_of_the_rung_below_through_the_step() -> None:
    settings = preprocess_settings(mean=[0.5] * 3, std=[0.25] * 3)
    rungs = calibrate(Ladder(settings, Doubling(), ("a", "b"))).rungs
    # 0.01 grey level ÷ 255 ÷ 0.25, then twice that: a mean hides random signs, not a shift
    expected = (0.01 / 255 / 0.25, 2 * 0.01 / 255 / 0.25)
    actual = (rungs["tensor"].inherited, rungs["logits"].inherited)
    assert pytest.approx(expected, rel=0.15) == actual


class Levelled(nn.Module):
    """The mean of every channel taken off, and what is left enlarged: all that a mean rounds."""

    def forward(self, tensor: torch.Tensor) -> torch.Tensor:
        return 30 * torch.nn.functional.instance_norm(10 + tensor, eps=0.1).amax(dim=(2, 3))[:, :2]


def in_order(tensor: np.ndarray) -> np.ndarray:
    """``Levelled`` in float32 by a loop with one sum per channel, as correct as torch's."""
    pixels = (np.float32(10) + tensor).reshape(3, -1)
    count = np.float32(pixels.shape[1])
    apart = pixels - np.add.accumulate(pixels, axis=1)[:, -1:] / count
    variance = np.add.accumulate(apart * apart, axis=1)[:, -1:] / count
    levelled: np.ndarray = 30 * (apart / np.sqrt(variance + np.float32(0.1))).max(axis=1)
    return levelled[:2]


@pytest.mark.parametrize("level", [0, 90, 255])
def test_own__explains_sums_in_order(level: int) -> None:
    settings = preprocess_settings(size=[64, 64], mean=[0.5] * 3, std=[0.25] * 3)
    reference = Ladder(settings, Levelled(), ("a", "b"))
    truth = Ladder(settings, Levelled(), ("a", "b"), dtype=torch.float64)
    picture = np.full((64, 64, 3), level, np.uint8)
    picture[:3] = 90  # some edge
    tensor = reference.run("image", picture[None])["tensor"]
    error = np.abs(in_order(tensor) - truth.step("logits", tensor)).max()
    assert error <= calibrate(reference).rungs["logits"].own


def test_own__of_short_sums_stays_what_torch_measures() -> None:
    """A mean over 16 numbers: other roundings add next to nothing."""
    noise = calibrate(Ladder(preprocess_settings(size=[4, 4]), Doubling(), ("a", "b")))
    assert noise.rungs["logits"].own < 16 * float(np.spacing(np.float32(2 * 255)))


def test_inherited__tries_random_signs_too() -> None:
    class Rough(nn.Module):
        """Sum of |differences between neighbours|: blind to a shift of the level."""

        def forward(self, tensor: torch.Tensor) -> torch.Tensor:
            return tensor.diff(dim=3).abs().sum(dim=(2, 3))[:, :2]

    rungs = calibrate(Ladder(preprocess_settings(), Rough(), ("a", "b"))).rungs
    assert rungs["logits"].inherited > 10 * rungs["tensor"].inherited


# The easiest fit and the one with the largest rounding errors
@pytest.mark.parametrize("fit", ["stretch", "short_side_crop"])
def test_noise__explains_onnx_runtime_at_every_level_and_thread_count(fit: str) -> None:
    reference = ladder(fit=fit)
    noise = calibrate(reference)
    provenance = Provenance(weights_sha256="", data_sha256="", params_sha256="", versions={})
    model = export_model(reference, provenance, "{}").model
    images = [noisy(*size) for size in ((1, 1), (28, 17), (300, 420), (48, 672), (3, 2))]
    ratios = []
    for level in LEVELS:
        for threads in (1, 2):
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
            session = onnxruntime.InferenceSession(model, options)
            ratios += [
                worst_ratio(reference, noise, climbed(session, image), image) for image in images
            ]
    assert max(ratios) < 0.5


def test_noise__does_not_explain_float16_at_resized(reference: Ladder, noise: NoiseFloor) -> None:
    ratios = []
    for size in ((28, 17), (100, 90), (20, 40)):
        resized = reference.run("image", noisy(*size)[None])["resized"].astype(np.float16)
        graph = {"resized": resized, **reference.run("resized", resized.astype(np.float32))}
        ratios.append(worst_ratio(reference, noise, graph, noisy(*size)))
    assert min(ratios) > 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0123, 0.013), (0.012, 0.012), (1.01e-7, 1.1e-7), (99.1, 100.0), (0.0, 0.0), (3.0, 3.0)],
)
def test_rounded_up__to_two_digits(value: float, expected: float) -> None:
    assert expected == rounded_up(value)


def test_rounds__every_number_it_stores(noise: NoiseFloor) -> None:
    numbers = [
        number for rung in noise.rungs.values() for number in (rung.own_error, *rung.since.values())
    ]
    assert [float(f"{number:.1e}") for number in numbers] == numbers
