"""The collector decodes, flattens and turns as the package does: bytes → `decoded` → `image`."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from ml_ci.collector.collect import decode, flatten, orientation_of, preprocess
from ml_ci.data.decode import read_image
from ml_ci.data.flatten import Raster
from ml_ci.data.flatten import flatten as flatten_here
from ml_ci.data.orientation import orientation_of as orientation_here
from tests.builders.images import RULE, encoded
from tests.builders.model import preprocess_settings
from tests.builders.pictures import every_picture

PICTURES = every_picture()
EACH = pytest.mark.parametrize("name", PICTURES)


@EACH
def test_decode__gives_what_the_package_decodes(name: str) -> None:
    expected = read_image(PICTURES[name], RULE).decoded
    found = decode(PICTURES[name])
    assert (expected.mode, expected.pixels.dtype) == (found.mode, found.pixels.dtype)
    np.testing.assert_array_equal(expected.pixels, found.pixels)


@EACH
@pytest.mark.parametrize("orientation", ["exif", "ignore"])
@pytest.mark.parametrize("background", [(255, 255, 255), (10, 120, 0)], ids=["white", "green"])
def test_image__is_what_the_package_makes_of_it(
    name: str, orientation: Literal["exif", "ignore"], background: tuple[int, int, int]
) -> None:
    rule = dataclasses.replace(RULE, orientation=orientation, background=background)
    settings = preprocess_settings(orientation=orientation, background=list(background))
    rungs: dict[str, Any] = {}
    preprocess(PICTURES[name], settings.model_dump(), rungs)
    np.testing.assert_array_equal(read_image(PICTURES[name], rule).image, rungs["image"])


def test_flatten__every_alpha_on_every_level() -> None:
    level, alpha = np.meshgrid(np.arange(256), np.arange(256))
    pixels = np.dstack([level, level, level, alpha]).astype(np.uint8)
    expected = flatten_here(Raster(pixels=pixels, mode="RGBA"), (77, 3, 200))
    found = decode(encoded(Image.fromarray(pixels), "PNG"))
    np.testing.assert_array_equal(expected, flatten(found, [77, 3, 200]))


def test_flatten__names_a_mode_it_does_not_know() -> None:
    found = decode(PICTURES["format png"])
    found.mode = "LAB"
    with pytest.raises(ValueError, match="its pixels are stored as LAB, which is not supported"):
        flatten(found, [0, 0, 0])


@pytest.mark.parametrize("seed", range(200))
def test_orientation_of__damaged_exif_is_read_alike(seed: int) -> None:
    random = np.random.default_rng(seed)
    block = bytearray(b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" + bytes(12))
    for _ in range(3):
        block[random.integers(len(block))] = random.integers(256)
    assert orientation_here(bytes(block)) == orientation_of(bytes(block))
