"""Flattening to RGB."""

from __future__ import annotations

import numpy as np
import pytest

from ml_ci.data.flatten import Raster, flatten, narrow
from ml_ci.data.refusal import ImageError


def test_narrow__every_sixteen_bit_level() -> None:
    levels = np.arange(65536, dtype=np.uint16)
    assert np.array_equal(np.rint(levels / 257).astype(np.uint8), narrow(levels))


def test_flatten__every_alpha_on_every_level() -> None:
    level, alpha = np.meshgrid(np.arange(256), np.arange(256))
    pixels = np.dstack([level, level, level, alpha]).astype(np.uint8)
    exact = np.rint((level * alpha + (255 - alpha) * 77) / 255)
    result = flatten(Raster(pixels=pixels, mode="RGBA"), (77, 77, 77))
    assert np.array_equal(exact, result[..., 1])


def test_flatten__every_cyan_and_black() -> None:
    cyan, black = np.meshgrid(np.arange(256), np.arange(256))
    none = np.zeros_like(cyan)
    pixels = np.dstack([cyan, none, none, black]).astype(np.uint8)
    exact = np.rint((255 - cyan) * (255 - black) / 255)
    result = flatten(Raster(pixels=pixels, mode="CMYK"), (0, 0, 0))
    assert np.array_equal(exact, result[..., 0])


def test_flatten__unknown_mode() -> None:
    with pytest.raises(ImageError, match="its pixels are stored as HSV"):
        flatten(Raster(pixels=np.zeros((1, 1, 3), np.uint8), mode="HSV"), (0, 0, 0))
