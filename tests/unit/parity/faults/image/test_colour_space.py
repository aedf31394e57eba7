from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.image.colour_space import FAULTS
from ml_ci.parity.faults.image.mixing import FAULTS as MIXED
from tests.builders.fault_targets import named, retouched, silent
from tests.builders.faults import reference
from tests.builders.images import png


def by_pillow(space: str, *order: int) -> Any:
    return lambda picture: np.asarray(Image.fromarray(picture).convert(space))[..., list(order)]


def hsv_of_opencv(picture: Any) -> Any:
    table = [colorsys.rgb_to_hsv(*(pixel / 255)) for pixel in picture.reshape(-1, 3)]
    hue, saturation, value = np.array(table).T
    levels = np.stack([np.rint(hue * 180) % 180, saturation * 255, value * 255], axis=1)
    return np.rint(levels).astype(np.uint8).reshape(picture.shape)


# What cv2.cvtColor(pixel, cv2.COLOR_RGB2LAB) and COLOR_RGB2YUV of OpenCV 5.0 give
OF_OPENCV = {
    "Lab": {
        (0, 0, 0): (0, 128, 128),
        (255, 255, 255): (255, 128, 128),
        (255, 0, 0): (136, 208, 195),
        (0, 255, 0): (224, 42, 211),
        (0, 0, 255): (82, 207, 20),
        (120, 60, 200): (103, 182, 65),
        (10, 200, 90): (181, 63, 171),
    },
    "YUV": {
        (255, 255, 255): (255, 128, 128),
        (255, 0, 0): (76, 91, 255),
        (0, 255, 0): (150, 54, 0),
        (0, 0, 255): (29, 239, 103),
        (120, 60, 200): (94, 180, 151),
        (10, 200, 90): (131, 108, 22),
    },
}


@pytest.mark.parametrize(
    ("space", "change"),
    [
        ("YCbCr", by_pillow("YCbCr", 0, 1, 2)),
        ("YCrCb", by_pillow("YCbCr", 0, 2, 1)),
        ("HSV", by_pillow("HSV", 0, 1, 2)),
        ("HSV of OpenCV", hsv_of_opencv),
    ],
)
def test_colour_space__is_named_and_nothing_else(space: str, change: Any) -> None:
    assert [{"space": space}] == named("colour-space", retouched(change), ["wide.png", "tall.png"])
    assert [] == silent(MIXED, retouched(change))


@pytest.mark.parametrize("space", OF_OPENCV)
def test_colour_space__is_that_of_opencv(space: str) -> None:
    given, expected = (
        np.array([list(side)], np.uint8) for side in zip(*OF_OPENCV[space].items(), strict=True)
    )
    [variant] = [one for one in FAULTS[0].variants(reference()) if one.parameters["space"] == space]
    content = png(given)
    made = variant.make(Seen(content=content, decoded=reference().decode(content)), reference())
    assert np.abs(made.astype(int) - expected).max() <= 1


def test_colour_space__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_colour_space__silent_on_exchanged_channels() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: picture[..., ::-1]))
