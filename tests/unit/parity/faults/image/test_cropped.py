from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.image.cropped import FAULTS
from ml_ci.parity.faults.image.scaled import FAULTS as SCALED
from tests.builders.fault_targets import named, retouched, silent
from tests.builders.faults import reference

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "turned.jpg", "small.png", "PNG RGBA"]
ALL = [*FAULTS, *SCALED]


def middle(share: float) -> Any:
    def change(picture: Any) -> Any:
        height, width = picture.shape[:2]
        tall, wide = round(height * share), round(width * share)
        image = Image.fromarray(picture)
        left, top = (width - wide) // 2, (height - tall) // 2
        return np.asarray(image.crop((left, top, left + wide, top + tall)))

    return change


def square(picture: Any) -> Any:
    side = min(picture.shape[:2])
    left, top = (picture.shape[1] - side) // 2, (picture.shape[0] - side) // 2
    return np.asarray(Image.fromarray(picture).crop((left, top, left + side, top + side)))


CROPPED: list[tuple[dict[str, Any], Any]] = [
    ({"share": 0.93}, middle(0.93)),
    ({"share": 0.875}, middle(0.875)),
    ({"kept": "square"}, square),
    ({"top": 1, "bottom": 2, "left": 0, "right": 3}, lambda picture: picture[1:-2, :-3]),
]


@pytest.mark.parametrize(("expected", "change"), CROPPED)
def test_cropped__is_estimated_and_nothing_else(expected: dict[str, Any], change: Any) -> None:
    [found] = named("cropped-before", retouched(change), IMAGES)
    if "share" in expected:
        assert pytest.approx(expected["share"], abs=0.004) == found["share"]
    else:
        assert expected == found
    assert [] == silent(ALL, retouched(change), IMAGES, but=("cropped-before",))


def padded(picture: Any) -> Any:
    side = max(picture.shape[:2])
    image = Image.fromarray(picture)
    canvas = Image.new("RGB", (side, side), (124, 116, 104))
    canvas.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return np.asarray(canvas)


def in_the_corner(picture: Any) -> Any:
    side = max(picture.shape[:2])
    canvas = Image.new("RGB", (side, side))
    canvas.paste(Image.fromarray(picture), (0, 0))
    return np.asarray(canvas)


def framed(picture: Any) -> Any:
    return np.asarray(ImageOps.expand(Image.fromarray(picture), border=4, fill=(1, 2, 3)))


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ({"border": "square", "colour": (124, 116, 104)}, padded),
        ({"border": "square, upper left", "colour": (0, 0, 0)}, in_the_corner),
        ({"border": "pixels", "pixels": 4, "colour": (1, 2, 3)}, framed),
    ],
)
def test_padded__is_estimated_and_nothing_else(expected: dict[str, Any], change: Any) -> None:
    assert [expected] == named("padded-before", retouched(change), IMAGES)
    assert [] == silent(ALL, retouched(change), IMAGES, but=("padded-before",))


def test_cropped__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_cropped__silent_where_pictures_are_resized() -> None:
    def smaller(picture: Any) -> Any:
        size = (round(picture.shape[1] * 0.9), round(picture.shape[0] * 0.9))
        return np.asarray(Image.fromarray(picture).resize(size))

    assert [] == silent(FAULTS, retouched(smaller), IMAGES)


def test_cropped__nothing_is_the_reference() -> None:
    assert fault_of("cropped-before").at([1.0], reference()) is None
