"""Fits, margins, crops and passes that somebody else wrote, with parameters off the usual ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from ml_ci.parity.faults.catalogue import fault_of
from tests.builders.faults import reference
from tests.builders.resizers import (
    SIDE,
    Written,
    by_pillow,
    by_torch,
    contained,
    lettered,
    named,
    smooth,
)

Pixels = NDArray[np.uint8]


def clean(image: Pixels) -> NDArray[Any]:
    return lettered(smooth(image, contained(image)))


def stretched(image: Pixels) -> NDArray[Any]:
    return smooth(image, (SIDE, SIDE))


def squared(image: Pixels) -> NDArray[Any]:
    """The middle square, then resized."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return smooth(image[top : top + side, left : left + side], (SIDE, SIDE))


def padded_first(image: Pixels) -> NDArray[Any]:
    height, width = image.shape[:2]
    side = max(height, width)
    square = np.empty((side, side, 3), np.uint8)
    square[:] = (250, 10, 128)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = image
    return smooth(square, (SIDE, SIDE))


def in_another_colour(image: Pixels) -> NDArray[Any]:
    return lettered(smooth(image, contained(image)), colour=(13, 201, 77))


def at_the_bottom(image: Pixels) -> NDArray[Any]:
    height, width = contained(image)
    return lettered(smooth(image, (height, width)), corner=(SIDE - height, SIDE - width))


def with_its_edge(image: Pixels, mode: Any = "edge") -> NDArray[Any]:
    height, width = contained(image)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    margins = ((0, 0), (top, SIDE - height - top), (left, SIDE - width - left))
    return np.pad(smooth(image, (height, width)), margins, mode)


def mirrored(image: Pixels) -> NDArray[Any]:
    return with_its_edge(image, "reflect")


def cut_to(share: float) -> Written:
    def cut(image: Pixels) -> NDArray[Any]:
        height, width = (int(side * share) for side in image.shape[:2])
        top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
        return clean(image[top : top + height, left : left + width])

    return cut


def exchanged(image: Pixels) -> NDArray[Any]:
    return lettered(smooth(image, contained(image)[::-1]))


def transposed(image: Pixels) -> NDArray[Any]:
    return np.swapaxes(clean(image), 1, 2)


def cut_off_sides(image: Pixels) -> NDArray[Any]:
    longest = max(image.shape[:2])
    height, width = (side * SIDE // longest for side in image.shape[:2])
    return lettered(smooth(image, (height, width)))


def odd_on_top(image: Pixels) -> NDArray[Any]:
    height, width = contained(image)
    corner = ((SIDE - height + 1) // 2, (SIDE - width + 1) // 2)
    return lettered(smooth(image, (height, width)), corner=corner)


def by_way_of(side: int) -> Written:
    def twice(image: Pixels) -> NDArray[Any]:
        return by_torch_again(smooth(image, (side, side)), (SIDE, SIDE))

    return twice


def by_torch_again(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    return by_torch(np.moveaxis(pixels, 0, 2), size, mode="bilinear", antialias=True)


def blurred(image: Pixels) -> NDArray[Any]:
    soft = ndimage.gaussian_filter(image.astype(np.float32), (1.7, 1.7, 0))
    return lettered(by_torch(soft, contained(image), mode="bilinear", antialias=True))


def in_linear_light(image: Pixels) -> NDArray[Any]:
    share = image / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    small = by_torch(linear, contained(image), mode="bilinear", antialias=True).astype(float)
    curved = np.where(small <= 0.0031308, small * 12.92, 1.055 * small ** (1 / 2.4) - 0.055)
    return lettered(curved * 255)


def reduced(image: Pixels) -> NDArray[Any]:
    size = contained(image)[::-1]
    filter_ = Image.Resampling.BILINEAR
    small = [
        np.asarray(Image.fromarray(plane).resize(size, filter_, reducing_gap=1.5))
        for plane in np.moveaxis(image, 2, 0).astype(np.float32)
    ]
    return lettered(np.stack(small))


def halved(image: Pixels) -> NDArray[Any]:
    small: NDArray[Any] = image.astype(np.float32)
    while min(small.shape[:2]) >= 2 * SIDE:
        rows, columns = (small.shape[axis] // 2 * 2 for axis in (0, 1))
        if (rows, columns) != small.shape[:2]:
            small = np.pad(
                small, ((0, small.shape[0] - rows), (0, small.shape[1] - columns), (0, 0)), "edge"
            )
        small = (small[::2, ::2] + small[1::2, ::2] + small[::2, 1::2] + small[1::2, 1::2]) / 4
    return lettered(by_torch(small, contained(small), mode="bilinear", antialias=True))


def sharpened(image: Pixels) -> NDArray[Any]:
    fitted = clean(image)
    kernel = np.array([[-2, -2, -2], [-2, 32, -2], [-2, -2, -2]]) / 16
    found = fitted.copy()
    for plane, sharp in zip(fitted, found, strict=True):
        whole = ndimage.convolve(plane.astype(float), kernel)
        sharp[1:-1, 1:-1] = whole[1:-1, 1:-1].clip(0, 255)
    return found


def unit(image: Pixels) -> NDArray[Any]:
    return clean(image) / 255


FIRES = [
    ("fit-stretch", stretched, {"fit": "stretch"}),
    ("fit-crop", squared, {"fit": "crop"}),
    ("fit-pad", padded_first, {"fit": "pad"}),
    ("pad-colour", in_another_colour, {"pad_colour": (13.0, 201.0, 77.0)}),
    ("pad-side", at_the_bottom, {"anchor": (1.0, 1.0)}),
    ("pad-edge", with_its_edge, {"margin": "edge"}),
    ("pad-mirrored", mirrored, {"margin": "mirrored"}),
    ("crop-window", cut_to(0.733), None),
    ("size-exchanged", exchanged, {"exchanged": "true"}),
    ("result-transposed", transposed, {"transposed": "true"}),
    ("sides-rounded", cut_off_sides, {"sides": "down"}),
    ("odd-pixel", odd_on_top, {"odd": "up"}),
    ("resized-twice", by_way_of(27), {"before": "stretched to 27"}),
    ("blurred-first", blurred, {"before": "blurred 1.7"}),
    (
        "reduced-first",
        reduced,
        {"filter": "bilinear, reduced in blocks first (`reducing_gap=1.5`)"},
    ),
    ("halved-first", halved, {"before": "halved 0.0"}),
    ("linear-light", in_linear_light, {"light": "linear"}),
    ("resized-and-sharpened", sharpened, {"sharpened": "true"}),
    ("resized-0-1", unit, {"scaled": "true"}),
]


@pytest.mark.parametrize(("fault", "written", "told"), FIRES, ids=[one[0] for one in FIRES])
def test_geometry__is_told(fault: str, written: Written, told: dict[str, Any] | None) -> None:
    found = named(fault, reference(), written)
    assert found
    if told is not None:
        assert told == dict(found[0].parameters)


@pytest.mark.parametrize("fault", [one[0] for one in FIRES])
def test_geometry__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, reference(), clean)
    assert [] == named(fault, reference(), None)


@pytest.mark.parametrize(
    ("fault", "alike"),
    [
        ("fit-stretch", exchanged),
        ("fit-crop", cut_to(0.733)),
        ("fit-pad", in_another_colour),
        ("pad-colour", with_its_edge),
        ("pad-side", odd_on_top),
        ("pad-edge", mirrored),
        ("pad-mirrored", with_its_edge),
        ("crop-window", squared),
        ("size-exchanged", stretched),
        ("result-transposed", exchanged),
        ("sides-rounded", odd_on_top),
        ("odd-pixel", cut_off_sides),
        ("resized-twice", blurred),
        ("blurred-first", by_way_of(27)),
        ("reduced-first", blurred),
        ("halved-first", blurred),
        ("linear-light", sharpened),
        ("resized-and-sharpened", in_linear_light),
        ("resized-0-1", in_another_colour),
    ],
)
def test_geometry__silent_on_its_look_alike(fault: str, alike: Written) -> None:
    assert [] == named(fault, reference(), alike)


def shifted(down: int, across: int, ratio: float = 1.25) -> Written:
    """Short side resized to ``ratio`` × the size, then a crop that far off the middle."""

    def cut(image: Pixels) -> NDArray[Any]:
        short, side = min(image.shape[:2]), int(SIDE * ratio + 0.5)
        height, width = (int(old * side / short + 0.5) for old in image.shape[:2])
        top, left = (height - SIDE) // 2 + down, (width - SIDE) // 2 + across
        resized = smooth(image, (height, width))
        return resized[:, top : top + SIDE, left : left + SIDE]

    return cut


def in_the_corner(image: Pixels) -> NDArray[Any]:
    short = min(image.shape[:2])
    size = (int(image.shape[0] * 20 / short + 0.5), int(image.shape[1] * 20 / short + 0.5))
    return smooth(image, size)[:, :SIDE, :SIDE]


CROPPING: dict[str, Any] = {"fit": "short_side_crop", "resize_ratio": 1.25}


def test_crop_offset__is_estimated() -> None:
    [found] = named("crop-offset", reference(**CROPPING), shifted(2, -1))
    assert {"offset": (2, -1)} == dict(found.parameters)
    assert "cropped +2 px down and -1 px to the right" == found.said


def test_crop_offset__silent_on_what_it_is_not() -> None:
    ours = reference(**CROPPING)
    assert [] == named("crop-offset", ours, None)
    assert [] == named("crop-offset", ours, shifted(0, 0, ratio=1.1875))


def test_crop_side__top_left() -> None:
    ours = reference(**CROPPING)
    [found] = named("crop-side", ours, in_the_corner)
    assert {"anchor": (0.0, 0.0)} == dict(found.parameters)
    assert [] == named("crop-side", ours, shifted(1, 1))
    assert [] == named("crop-side", ours, None)


def test_resize_ratio__is_estimated() -> None:
    ours = reference(**CROPPING)
    [found] = named("resize-ratio", ours, shifted(0, 0, ratio=1.4375))
    assert {"resize_ratio": 1.4375} == dict(found.parameters)
    assert (
        "set `preprocess.resize_ratio: 1.4375`, then train and export again" == found.remedy.script
    )
    assert [] == named("resize-ratio", ours, None)
    assert [] == named("resize-ratio", ours, shifted(1, 1))


def test_crop_window__is_near_what_it_was() -> None:
    found = named("crop-window", reference(), cut_to(0.733))
    assert pytest.approx(0.733, abs=0.01) == found[0].parameters["window"]


def test_pad_colour__at() -> None:
    fault = fault_of("pad-colour")
    made = fault.at([1.0, 2.0, 3.0], reference())
    assert made is not None
    assert (
        "set `preprocess.pad_colour: [1, 2, 3]`, then train and export again" == made.remedy.script
    )
    assert fault.at([250.0, 10.0, 128.0], reference()) is None
    assert fault.at([1.0, 2.0, 3.0], reference(fit="crop")) is None


def test_settings__geometry_filter_and_rounding_at_once() -> None:
    def nearest(image: Pixels) -> NDArray[Any]:
        return by_pillow(image, (SIDE, SIDE), Image.Resampling.NEAREST)

    found = named("resize-settings", reference(), nearest)
    assert (
        "stretched to the size instead of the long side resized, then padded, "
        "nearest (as Pillow) instead of bilinear" == found[0].said
    )


def test_settings__another_colour_and_filter() -> None:
    def lanczos(image: Pixels) -> NDArray[Any]:
        fitted = by_pillow(image, contained(image), Image.Resampling.LANCZOS)
        return lettered(fitted, colour=(13, 201, 77))

    found = named("resize-settings", reference(), lanczos)
    assert {"filter": "lanczos3", "pad_colour": (13.0, 201.0, 77.0), "levels": "Pillow"} == dict(
        found[0].parameters
    )


def test_settings__silent_on_a_single_one_and_on_the_clean_side() -> None:
    assert [] == named("resize-settings", reference(), stretched)
    assert [] == named("resize-settings", reference(), None)
