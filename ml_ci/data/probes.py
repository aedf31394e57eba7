"""Probes: what this side makes of a few fixed pictures, because a version identifies no decoder.

A wheel, a distribution's package and a build of one's own carry the same version number and other
decoders. So every side that runs our code says in its environment what it saw.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import DecodeRule, ImageError, read_image
from ml_ci.data.probe_images import PROBE_IMAGES
from ml_ci.data.probe_values import DIGITS, NOT_DECODED, PREFIX, RESIZED_PREFIX, tell_levels
from ml_ci.rung import Array, sha256_of_array

# Always the same, whatever params.yaml says: a probe is about the machine, not about the settings.
RULE = DecodeRule(
    orientation="exif",
    background=(255, 255, 255),
    max_bytes=100_000,
    max_side=1000,
    max_pixels=100_000,
    max_aspect=20.0,
)
# Height and width: shrunk, enlarged, very wide, and one pixel thin
RESIZED_SIZES = ((83, 61), (9, 7), (20, 97), (12, 1))
_PER_SIDE = 4  # 4×4 places of each resized picture are told

Resize = Callable[[NDArray[np.uint8]], Array]
"""A picture, uint8 H×W×3 → what stands on `resized` of it, C×S×S in grey levels."""


@cache
def decoder_probes() -> Mapping[str, str]:
    """What decoding makes of every probe image; 20 ms, once in a process."""
    return MappingProxyType(
        {f"{PREFIX}{name}": _seen(base64.b64decode(text)) for name, text in PROBE_IMAGES.items()}
    )


def resize_probes(resize: Resize) -> dict[str, str]:
    """What ``resize`` makes of generated pictures: decoding plays no part in it."""
    return {
        f"{RESIZED_PREFIX}{height}x{width}": tell_levels(
            _sample(resize(probe_picture(height, width)))
        )
        for height, width in RESIZED_SIZES
    }


def probe_picture(height: int, width: int) -> NDArray[np.uint8]:
    """(H, W, 3): rings that get finer from the top left to the bottom right."""
    rows, columns = np.indices((height, width))
    planes = [
        (rows * rows * 7 + columns * columns * 5 + 90 * channel) % 256 for channel in range(3)
    ]
    return np.stack(planes, axis=2).astype(np.uint8)


def _seen(content: bytes) -> str:
    try:
        return sha256_of_array(read_image(content, RULE).image)[:DIGITS]
    except ImageError:
        return NOT_DECODED


def _sample(resized: Array) -> list[float]:
    """Levels at 4×4 places spread over C×S×S, the channels in turn."""
    channels, height, width = resized.shape
    rows, columns = (_spread(side) for side in (height, width))
    places = [(row, column) for row in rows for column in columns]
    return [
        float(resized[number % channels, row, column])
        for number, (row, column) in enumerate(places)
    ]


def _spread(side: int) -> list[int]:
    """Places at 1/8, 3/8, 5/8 and 7/8 of a side."""
    return [(2 * number + 1) * side // (2 * _PER_SIDE) for number in range(_PER_SIDE)]
