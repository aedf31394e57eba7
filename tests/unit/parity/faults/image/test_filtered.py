from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter
from scipy.ndimage import correlate1d, median_filter, uniform_filter

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.image.filtered import FAULTS
from tests.builders.fault_targets import named, retouched, silent
from tests.builders.faults import reference

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "turned.jpg", "small.png"]


def gaussian(sigma: float) -> Any:
    """As OpenCV does it, the edge mirrored."""
    reach = round(4 * sigma)
    weights = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    weights /= weights.sum()

    def change(picture: Any) -> Any:
        levels = correlate1d(picture.astype(float), weights, axis=0, mode="mirror")
        return np.rint(correlate1d(levels, weights, axis=1, mode="mirror")).astype(np.uint8)

    return change


def by_pillow(kernel: Any) -> Any:
    return lambda picture: np.asarray(Image.fromarray(picture).filter(kernel))


def mean(picture: Any) -> Any:
    return np.rint(uniform_filter(picture.astype(float), (3, 3, 1), mode="nearest")).astype("u1")


def median(picture: Any) -> Any:
    return median_filter(picture, (5, 5, 1), mode="nearest")


@pytest.mark.parametrize(
    ("sigma", "change"),
    [(1.37, gaussian(1.37)), (2.0, by_pillow(ImageFilter.GaussianBlur(2)))],
)
def test_blurred__is_estimated_and_nothing_else(sigma: float, change: Any) -> None:
    [found] = named("blurred", retouched(change), IMAGES)
    assert pytest.approx(sigma, abs=0.03) == found["sigma"]
    assert [] == silent(FAULTS, retouched(change), IMAGES, but=("blurred",))


@pytest.mark.parametrize(
    ("fault", "name", "change"),
    [
        ("smoothed", "3×3 mean", mean),
        ("smoothed", "5×5 median", median),
        ("sharpened", "sharpen", by_pillow(ImageFilter.SHARPEN)),
        ("sharpened", "unsharp mask", by_pillow(ImageFilter.UnsharpMask(2, 150, 3))),
    ],
)
def test_filtered__is_named_and_nothing_else(fault: str, name: str, change: Any) -> None:
    assert [{"filter": name}] == named(fault, retouched(change), IMAGES)
    assert [] == silent(FAULTS, retouched(change), IMAGES, but=(fault,))


def test_filtered__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None, IMAGES)


def test_filtered__silent_on_noise() -> None:
    def noisy(picture: Any) -> Any:
        noise = np.random.default_rng(4).integers(-6, 7, picture.shape)
        return (picture + noise).clip(0, 255).astype(np.uint8)

    assert [] == silent(FAULTS, retouched(noisy), IMAGES)


def test_blurred__by_nothing_is_the_reference() -> None:
    assert fault_of("blurred").at([0.0], reference()) is None
