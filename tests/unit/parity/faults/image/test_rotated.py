from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.catalogue import fault_of
from tests.builders.fault_targets import named, retouched
from tests.builders.faults import reference

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "turned.jpg"]


def rotated(degrees: float, sampling: Image.Resampling, level: int) -> Any:
    """By the affine map itself, not by Pillow's ``rotate``."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))

    def change(picture: Any) -> Any:
        image = Image.fromarray(picture)
        x, y = image.width / 2, image.height / 2
        back = (cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y)
        turned = image.transform(
            image.size, Image.Transform.AFFINE, back, sampling, fillcolor=(level,) * 3
        )
        return np.asarray(turned)

    return change


@pytest.mark.parametrize(
    ("degrees", "sampling", "filter_", "level", "fill"),
    [
        (7.0, Image.Resampling.BILINEAR, "bilinear", 0, "black"),
        (-3.3, Image.Resampling.BICUBIC, "bicubic", 255, "white"),
        (21.0, Image.Resampling.NEAREST, "nearest", 0, "black"),
    ],
)
def test_rotated__is_estimated(
    degrees: float, sampling: Image.Resampling, filter_: str, level: int, fill: str
) -> None:
    [found] = named("rotated", retouched(rotated(degrees, sampling, level)), IMAGES)
    assert pytest.approx(degrees, abs=0.02) == found["degrees"]
    assert (filter_, fill) == (found["filter"], found["filled"])


def test_rotated__silent_on_the_clean_side() -> None:
    assert [] == named("rotated", None)


def test_rotated__silent_on_a_shift() -> None:
    assert [] == named("rotated", retouched(lambda picture: np.roll(picture, 1, axis=0)), IMAGES)


def test_rotated__nothing_is_the_reference() -> None:
    assert fault_of("rotated").at([0.0], reference()) is None
