"""Each filter by the library people take it from, on the reference's own geometry."""

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
    Written,
    by_torch,
    contained,
    lettered,
    named,
    smooth,
)

Pixels = NDArray[np.uint8]


def pillow(filter_: Image.Resampling) -> Written:
    """In float planes."""

    def resize(image: Pixels) -> NDArray[Any]:
        size = contained(image)[::-1]
        planes = np.moveaxis(image, 2, 0).astype(np.float32)
        resized = [np.asarray(Image.fromarray(one).resize(size, filter_)) for one in planes]
        return lettered(np.stack(resized))

    return resize


def torch_(**asked: Any) -> Written:
    return lambda image: lettered(by_torch(image, contained(image), **asked))


def opencvs_nearest(image: Pixels) -> NDArray[Any]:
    height, width = contained(image)
    rows, columns = (
        [int(at * old / new) for at in range(new)]
        for old, new in ((image.shape[0], height), (image.shape[1], width))
    )
    return lettered(np.moveaxis(image[rows][:, columns], 2, 0))


def scipys_zoom(image: Pixels) -> NDArray[Any]:
    size = contained(image)
    factors = (1, size[0] / image.shape[0], size[1] / image.shape[1])
    zoomed = ndimage.zoom(np.moveaxis(image, 2, 0).astype(float), factors, order=3)
    return lettered(zoomed.clip(0, 255))


def asymmetric(image: Pixels) -> NDArray[Any]:
    """As TensorFlow 1: i × scale, linear between two pixels."""
    found = np.moveaxis(image, 2, 0).astype(np.float64)
    for axis, new in zip((1, 2), contained(image), strict=True):
        old = found.shape[axis]
        at = np.arange(new) * (old / new)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if one == axis else 1 for one in range(3)])
        high = np.minimum(low + 1, old - 1)
        found = found.take(low, axis) * (1 - share) + found.take(high, axis) * share
    return lettered(found)


EDGED = ("PNG 1", "clear bit", "wide.png")
FIRES = [
    ("filter-nearest", opencvs_nearest, "nearest (as OpenCV, ⌊i × scale⌋) instead of bilinear"),
    ("filter-nearest", pillow(Image.Resampling.NEAREST), "nearest (as Pillow) instead of bilinear"),
    ("filter-bicubic", pillow(Image.Resampling.BICUBIC), None),
    (
        "filter-bicubic",
        torch_(mode="bicubic"),
        "bicubic (a = −0.75) without antialiasing instead of bilinear, what the filter overshoots "
        "is not cut back to 0–255",
    ),
    ("filter-lanczos", pillow(Image.Resampling.LANCZOS), None),
    ("filter-box", pillow(Image.Resampling.BOX), "box instead of bilinear"),
    ("filter-hamming", pillow(Image.Resampling.HAMMING), "hamming instead of bilinear"),
    ("filter-area", torch_(mode="area"), "adaptive average instead of bilinear"),
    ("filter-scientific", scipys_zoom, "scipy's zoom instead of bilinear"),
    (
        "antialias-off",
        torch_(mode="bilinear"),
        "bilinear without antialiasing instead of bilinear",
    ),
    (
        "align-corners",
        torch_(mode="bilinear", align_corners=True),
        "bilinear without antialiasing, corners aligned instead of bilinear",
    ),
    (
        "asymmetric-coordinates",
        asymmetric,
        "bilinear without antialiasing, asymmetric coordinates instead of bilinear",
    ),
]
IDS = [f"{fault} {at}" for at, (fault, _, _) in enumerate(FIRES)]


@pytest.mark.parametrize(("fault", "written", "said"), FIRES, ids=IDS)
def test_filters__are_told(fault: str, written: Written, said: str | None) -> None:
    found = [variant.said for variant in named(fault, reference(), written)]
    assert found
    if said is not None:
        assert said == found[0]


@pytest.mark.parametrize("fault", sorted({fault for fault, _, _ in FIRES}))
def test_filters__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, reference(), None)


@pytest.mark.parametrize(
    ("fault", "alike"),
    [
        ("filter-nearest", torch_(mode="area")),
        ("filter-bicubic", pillow(Image.Resampling.LANCZOS)),
        ("filter-lanczos", pillow(Image.Resampling.BICUBIC)),
        ("filter-box", pillow(Image.Resampling.HAMMING)),
        ("filter-hamming", pillow(Image.Resampling.BOX)),
        ("filter-area", pillow(Image.Resampling.BOX)),
        ("filter-scientific", torch_(mode="bicubic", align_corners=True)),
        ("filter-smooth", pillow(Image.Resampling.BICUBIC)),
        ("antialias-off", torch_(mode="bilinear", align_corners=True)),
        ("align-corners", torch_(mode="bilinear")),
        ("asymmetric-coordinates", torch_(mode="bilinear")),
        ("edges-repeated", torch_(mode="bilinear")),
        ("clamp", torch_(mode="bilinear")),
    ],
)
def test_filters__silent_on_their_look_alike(fault: str, alike: Written) -> None:
    assert [] == named(fault, reference(), alike)


def test_filter_bilinear__of_a_bicubic_reference() -> None:
    bicubic = reference(filter="bicubic")
    [found] = named("filter-bilinear", bicubic, torch_(mode="bilinear", antialias=True))
    assert "bilinear instead of bicubic" == found.said
    assert "set `preprocess.filter: bilinear`, then train and export again" == found.remedy.script
    assert [] == named("filter-bilinear", bicubic, torch_(mode="area"))


def test_clamp__missing() -> None:
    bicubic = reference(filter="bicubic", clamp=True)
    [found] = named("clamp", bicubic, torch_(mode="bicubic", antialias=True), EDGED)
    assert "what the filter overshoots is not cut back to 0–255" == found.said
    assert "set `preprocess.clamp: false`, then train and export again" == found.remedy.script


def test_bicubic_coefficient__of_opencv_with_antialiasing() -> None:
    """The edges of the cubic with a = −0.75, which no library here widens."""
    bicubic = reference(filter="bicubic", clamp=False)

    def sharper(image: Pixels) -> NDArray[Any]:
        found = np.moveaxis(image, 2, 0).astype(np.float64)
        for axis, new in zip((1, 2), contained(image), strict=True):
            found = _sharper_along(found, axis, new)
        return lettered(found)

    found = named("bicubic-coefficient", bicubic, sharper)
    assert "bicubic (a = −0.75) instead of bicubic" == found[0].said


def _sharper_along(pixels: NDArray[np.float64], axis: int, new: int) -> NDArray[np.float64]:
    old = pixels.shape[axis]
    if old == new:
        return pixels
    wide = max(old / new, 1)
    rows = []
    for at in range(new):
        x = np.abs((np.arange(old) + 0.5 - (at + 0.5) * old / new) / wide)
        near, far = 1.25 * x**3 - 2.25 * x**2 + 1, -0.75 * x**3 + 3.75 * x**2 - 6 * x + 3
        weights = np.where(x < 1, near, np.where(x < 2, far, 0))
        rows.append(np.tensordot(weights / weights.sum(), pixels, axes=(0, axis)))
    return np.stack(rows, axis=axis)


def test_edges_repeated__of_an_antialiased_filter() -> None:
    """Padded far enough by its edge, resized, the middle of it."""

    def repeated(image: Pixels) -> NDArray[Any]:
        height, width = image.shape[:2]
        size = contained(image)
        padded = np.pad(image, ((height, height), (width, width), (0, 0)), "edge")
        large = smooth(padded, (3 * size[0], 3 * size[1]))
        return lettered(large[:, size[0] : 2 * size[0], size[1] : 2 * size[1]])

    [found] = named("edges-repeated", reference(), repeated)
    assert "bilinear, pixels beyond the edge repeated instead of bilinear" == found.said


def test_filter_smooth__tensorflows_gaussian() -> None:
    def gaussian(image: Pixels) -> NDArray[Any]:
        found = np.moveaxis(image, 2, 0).astype(np.float64)
        for axis, new in zip((1, 2), contained(image), strict=True):
            old = found.shape[axis]
            if old == new:
                continue
            wide = max(old / new, 1)
            rows = []
            for at in range(new):
                x = np.abs((np.arange(old) + 0.5 - (at + 0.5) * old / new) / wide)
                weights = np.where(x < 1.5, np.exp(-2 * x**2), 0)
                rows.append(np.tensordot(weights / weights.sum(), found, axes=(0, axis)))
            found = np.stack(rows, axis=axis)
        return lettered(found)

    [found] = named("filter-smooth", reference(), gaussian)
    assert "gaussian instead of bilinear" == found.said


def test_filters__none_is_the_references_own() -> None:
    assert [] == list(fault_of("filter-bilinear").variants(reference(filter="bilinear")))
    assert [] == list(fault_of("filter-bicubic").variants(reference(filter="bicubic")))
