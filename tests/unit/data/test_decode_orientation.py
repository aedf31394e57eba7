"""Bytes → pixels: the picture is turned as its EXIF says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.decode import read_image
from tests.builders.decoding import Pixels, seen
from tests.builders.images import (
    RULE,
    encoded,
    picture,
    with_orientation,
)

TURNED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: lambda p: np.rot90(p, 1),
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNED)
def test_read_image__orientation(orientation: int, kind: str) -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), kind, orientation)
    assert np.array_equal(TURNED[orientation](pixels), seen(content))


@pytest.mark.parametrize("orientation", TURNED)
def test_read_image__turned_jpeg_equals_the_upright_one(orientation: int) -> None:
    content = with_orientation(Image.fromarray(picture(height=16, width=24)), "JPEG", orientation)
    stored = read_image(content, dataclasses.replace(RULE, orientation="ignore")).image
    assert np.array_equal(TURNED[orientation](stored), seen(content))


def test_read_image__decoded_is_not_turned() -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), "PNG", 6)
    assert np.array_equal(pixels, read_image(content, RULE).decoded.pixels)


def test_read_image__orientation_ignored() -> None:
    pixels = picture()
    content = with_orientation(Image.fromarray(pixels), "PNG", 6)
    assert np.array_equal(pixels, seen(content, dataclasses.replace(RULE, orientation="ignore")))


def test_read_image__damaged_exif_is_no_orientation() -> None:
    pixels = picture(height=16, width=16)
    content = encoded(Image.fromarray(pixels), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert np.array_equal(seen(encoded(Image.fromarray(pixels), "JPEG")), seen(content))
