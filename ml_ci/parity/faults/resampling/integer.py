"""Resizers that compute in whole numbers: Pillow's, and OpenCV's bilinear one.

Pillow rounds each pass to whole levels. Until 12 the pass across comes first; from 13 on that
depends on the sizes, so Pillow itself computes. OpenCV rounds bilinear weights to 11 binary places
and shifts away 4 and 16 bits in between (resize.cpp, VResizeLinear and FixedPtCast).
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ml_ci.parity.faults.resampling.kernels import Floats
from ml_ci.parity.faults.resampling.matrices import Resampling, matrix

_OPENCV_BITS = 11
_PILLOW_BITS = 22
PILLOW = {
    "nearest, Pillow": Image.Resampling.NEAREST,
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "hamming": Image.Resampling.HAMMING,
    "bicubic -0.5": Image.Resampling.BICUBIC,
    "lanczos3": Image.Resampling.LANCZOS,
}
"""Its filters, by the kernels they are."""


def pillow(pixels: Floats, size: tuple[int, int], how: Resampling) -> Floats:
    """Whole levels (C, H, W) → (C, *size), by Pillow itself."""
    gap = how.reducing_gap or None
    planes = [Image.fromarray(plane) for plane in pixels.astype(np.uint8)]
    resized = [
        plane.resize((size[1], size[0]), PILLOW[how.kernel], reducing_gap=gap) for plane in planes
    ]
    return np.stack([np.asarray(plane, np.float64) for plane in resized])


def pillow_across_first(pixels: Floats, size: tuple[int, int], how: Resampling) -> Floats:
    """Whole levels (C, H, W) → (C, *size), as Pillow until 12: weights of 22 binary places."""
    across = _in_whole_numbers(matrix(pixels.shape[2], size[1], how))
    down = _in_whole_numbers(matrix(pixels.shape[1], size[0], how))
    # Products of whole numbers below 2^53: float64 is exact, and has the fast product
    return _shifted(down @ _shifted(pixels @ across.T))


def _in_whole_numbers(weights: Floats) -> Floats:
    """Rounded half away from 0."""
    scaled = weights * 2.0**_PILLOW_BITS
    rounded: Floats = np.trunc(scaled + np.copysign(0.5, scaled))
    return rounded


def _shifted(sums: Floats) -> Floats:
    levels: Floats = np.floor(sums / 2.0**_PILLOW_BITS + 0.5).clip(0, 255)
    return levels


def opencv_bilinear(pixels: Floats, size: tuple[int, int]) -> Floats:
    """Whole levels (C, H, W) → (C, *size), without antialiasing."""
    how = Resampling(kernel="bilinear", antialias=False)
    if pixels.shape[1:] == size:
        return pixels
    across = np.rint(matrix(pixels.shape[2], size[1], how) * 2**_OPENCV_BITS)
    rows = (pixels @ across.T).astype(np.int64) >> 4  # (C, H, w)
    height = pixels.shape[1]
    at = (np.arange(size[0]) + 0.5) * (height / size[0]) - 0.5
    first = np.floor(at).astype(np.int64)
    # Beyond the border both rows are the outermost one, and each product is cut off on its own
    share = np.rint((at - first) * 2**_OPENCV_BITS).astype(np.int64)[:, None]
    rest = np.rint((1 - (at - first)) * 2**_OPENCV_BITS).astype(np.int64)[:, None]
    upper = (rows[:, first.clip(0, height - 1)] * rest) >> 16
    lower = (rows[:, (first + 1).clip(0, height - 1)] * share) >> 16
    levels: Floats = ((upper + lower + 2) >> 2).clip(0, 255).astype(np.float64)
    return levels
