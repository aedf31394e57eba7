"""The collector fits and normalises as the reference does: `image` → `resized` → `tensor`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ml_ci.collector import collect
from ml_ci.collector.collect import Fitter, preprocess, resample, triangle
from ml_ci.model import preprocess as reference
from ml_ci.model.classifier import Ladder
from ml_ci.model.images import Image
from ml_ci.model.preprocess import LUMA, Preprocess
from ml_ci.noise import ulp_floor
from ml_ci.steps import RESIZED
from tests.builders.images import png
from tests.builders.model import (
    CLASS_NAMES,
    FITS,
    noisy,
    preprocess_settings,
    small_network,
)

# No picture here is fitted to a single column: there PyTorch 2.13 itself is wrong, see
# test_resample__to_one_column
SIZES = ((1, 1), (1, 20), (2, 3), (16, 16), (17, 15), (31, 33), (400, 100), (64, 1279), (37, 53))
BOXES = ([16, 16], [22, 38])  # 1.25 times the second is halfway between two sizes
FILTERS: dict[str, dict[str, Any]] = {
    "bilinear": {"filter": "bilinear"},
    "bicubic": {"filter": "bicubic", "clamp": True},
    "bicubic unclamped": {"filter": "bicubic", "clamp": False},
}
VARIANTS = [
    pytest.param(
        {"fit": fit, "channels": channels, **filter_},
        id=f"{fit} {channels} {' '.join(map(str, filter_.values()))}",
    )
    for fit in FITS
    for name, filter_ in FILTERS.items()
    for channels in (3, 1)
]
ROUNDED = 5e-5  # grey levels: float32 at 255, and the weighing of three channels in float32


def fitted(image: Image, **changes: Any) -> np.ndarray[Any, Any]:
    """What the collector records at `resized`."""
    rungs: dict[str, Any] = {}
    preprocess(png(image), preprocess_settings(**changes).model_dump(), rungs)
    resized: np.ndarray[Any, Any] = rungs["resized"]
    return resized


def in_float64(image: Image, **changes: Any) -> np.ndarray[Any, Any]:
    """The truth that the noise floor is measured against."""
    module = Preprocess(preprocess_settings(**changes), torch.float64)
    resized: np.ndarray[Any, Any] = module.resized(torch.from_numpy(image[None].copy()))[0].numpy()
    return resized


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", BOXES, ids=str)
def test_resized__is_the_reference_s_in_float64(variant: dict[str, Any], size: list[int]) -> None:
    changes = {**variant, "size": size}
    worst = {}
    for sides in SIZES:
        image = noisy(*sides)
        difference = in_float64(image, **changes) - fitted(image, **changes)
        worst[sides] = float(np.abs(difference).max())
    assert {} == {sides: difference for sides, difference in worst.items() if difference > ROUNDED}


@pytest.mark.parametrize("variant", VARIANTS)
def test_resized__is_the_reference_s_within_the_smallest_floor(variant: dict[str, Any]) -> None:
    settings = preprocess_settings(**variant)
    ladder = Ladder(settings, small_network(settings.channels), CLASS_NAMES)
    for sides in SIZES:
        image = noisy(*sides)
        expected = ladder.step("resized", np.ascontiguousarray(image)[None])[0]
        found = fitted(image, **variant)
        assert (expected.dtype, expected.shape) == (found.dtype, found.shape)
        assert np.abs(expected - found).max() <= RESIZED.smallest_floor


@pytest.mark.parametrize("channels", [3, 1])
def test_tensor__is_the_reference_s_within_the_floor(channels: int) -> None:
    settings = preprocess_settings(channels=channels)
    rungs: dict[str, Any] = {}
    preprocess(png(noisy(30, 20)), settings.model_dump(), rungs)
    expected = Preprocess(settings).tensor(torch.tensor(rungs["resized"])[None])[0].numpy()
    assert (expected.dtype, expected.shape) == (rungs["tensor"].dtype, rungs["tensor"].shape)
    assert np.abs(expected - rungs["tensor"]).max() <= ulp_floor("tensor", expected)


def test_resample__to_one_column() -> None:
    """Two equal columns become two equal columns, and one becomes one of them.

    ``torch.nn.functional.interpolate(…, antialias=True)`` of PyTorch 2.13 gives other values when
    what it resizes is one column wide.
    """
    column = noisy(20, 1)
    two = resample(np.repeat(column, 2, axis=1), 24, triangle)
    np.testing.assert_allclose(two[:, :1], resample(column, 24, triangle), rtol=1e-12)


def test_fit__that_is_unknown_asks_for_both_files() -> None:
    settings = preprocess_settings().model_dump() | {"fit": "tile"}
    with pytest.raises(collect.CollectError, match=r"collect\.py knows no fit 'tile'"):
        Fitter(settings).fit(noisy(4, 4))


@pytest.mark.parametrize("name", ["around", "within", "cover", "contain"])
@pytest.mark.parametrize("sides", [*SIZES, (20, 1), (1, 100)], ids=str)
def test_sides__are_computed_as_in_the_reference(name: str, sides: tuple[int, int]) -> None:
    expected = getattr(reference, name)(*sides, (16, 32))
    assert expected == getattr(collect, name)(*sides, (16, 32))


def test_luma__is_the_reference_s() -> None:
    assert LUMA == collect.LUMA


def test_softmax__of_large_logits_is_finite() -> None:
    assert collect.softmax(np.asarray([1000, 0], np.float32)).tolist() == [1.0, 0.0]
