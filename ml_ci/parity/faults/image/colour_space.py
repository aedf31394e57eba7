"""Colour spaces: pictures converted to another one and fed as if they were RGB."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.luma import BT601, to_ycc
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE

_YCBCR = to_ycc(BT601)
_MIDDLE = np.array([0.0, 128.0, 128.0])
# BT.601's U and V as OpenCV scales them: 0.492 (B − Y) and 0.877 (R − Y)
_YUV = np.stack(
    [_YCBCR[0], (np.array([0, 0, 1]) - BT601) * 0.492, (np.array([1, 0, 0]) - BT601) * 0.877]
)
_SWAPPED = [0, 2, 1]
LINEAR = (
    (_YCBCR, _MIDDLE),
    (_YCBCR[_SWAPPED], _MIDDLE),
    (_YUV, _MIDDLE),
)
"""Those that are weighted sums: (matrix (3, 3), offset (3,))."""

# sRGB → XYZ under D65, IEC 61966-2-1, each row divided by its white
_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_WHITE = np.array([0.950456, 1.0, 1.088754])


def _sums(matrix: NDArray[np.float64]) -> Callable[[Pixels], Pixels]:
    return lambda picture: _levels(picture.astype(np.float64) @ matrix.T + _MIDDLE)


def _hsv(picture: Pixels) -> Pixels:
    """Hue 0–255, as Pillow has it."""
    return np.array(Image.fromarray(picture).convert("HSV"))


def _hsv_of_opencv(picture: Pixels) -> Pixels:
    """Hue 0–179."""
    levels = picture.astype(np.float64)
    value, span = levels.max(axis=2), np.ptp(levels, axis=2)
    red, green, blue = np.moveaxis(levels, 2, 0)
    turn = np.where(
        value == red,
        green - blue,
        np.where(value == green, blue - red + 2 * span, red - green + 4 * span),
    )
    hue = 30 * turn / np.maximum(span, 1) % 180
    saturation = 255 * span / np.maximum(value, 1)
    return _levels(np.stack([np.rint(hue) % 180, saturation, value], axis=2))


def _lab(picture: Pixels) -> Pixels:
    """CIE L*a*b* under D65 in 8 bits, as OpenCV has it: L · 255 / 100, a + 128, b + 128."""
    share = picture / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    tristimulus = light @ _XYZ.T / _WHITE
    root = np.where(tristimulus > 0.008856, np.cbrt(tristimulus), 7.787 * tristimulus + 16 / 116)
    lightness = (116 * root[..., 1] - 16) * 255 / 100
    green_red = 500 * (root[..., 0] - root[..., 1]) + 128
    blue_yellow = 200 * (root[..., 1] - root[..., 2]) + 128
    return _levels(np.stack([lightness, green_red, blue_yellow], axis=2))


def _levels(values: NDArray[np.float64]) -> Pixels:
    levels: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return levels


def _converted(convert: Callable[[Pixels], Pixels]) -> Make:
    def make(seen: Seen, reference: Reference) -> Pixels:
        return convert(np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8))

    return make


# With how far libraries are apart: of 40 000 random colours OpenCV's Lab was 2 off in 1 of 4 000
_SPACES: tuple[tuple[str, Callable[[Pixels], Pixels], float], ...] = (
    ("YCbCr", _sums(_YCBCR), 1.0),
    ("YCrCb", _sums(_YCBCR[_SWAPPED]), 1.0),
    ("YUV", _sums(_YUV), 1.0),
    ("HSV", _hsv, 1.0),
    ("HSV of OpenCV", _hsv_of_opencv, 1.0),
    ("Lab", _lab, 2.0),
)

FAULTS = (
    Ways(
        id="colour-space",
        step=IMAGE.name,
        title="Another colour space fed as RGB",
        symptom="all answers are nearly arbitrary, of grey pictures, too",
        source="plausible",
        witness="any picture",
        parameter="space",
        ways=tuple(
            Way(
                name=name,
                said=f"pictures are fed as {name} instead of RGB",
                server=f"convert from {name} to RGB, or leave the conversion to {name} out",
                make=_converted(convert),
                grain=grain,
            )
            for name, convert, grain in _SPACES
        ),
    ),
)
