"""Decoding in tests: what is seen of encoded bytes, and one way to encode per kind of file."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.decode import DecodeRule, read_image
from tests.builders.images import RULE, encoded, png_of

Pixels = NDArray[np.uint8]
BLACK_BEHIND = dataclasses.replace(RULE, background=(0, 0, 0))


def grey(*levels: int) -> Pixels:
    """One row of grey pixels, (1, W, 3)."""
    return np.repeat(np.array([levels], np.uint8)[..., None], 3, axis=2)


def seen(content: bytes, rule: DecodeRule = RULE) -> Pixels:
    """The RGB picture of ``content``."""
    return read_image(content, rule).image


KINDS: dict[str, Callable[[Image.Image], bytes]] = {
    "png": lambda image: encoded(image, "PNG"),
    "jpeg": lambda image: encoded(image, "JPEG"),
    "progressive": lambda image: encoded(image, "JPEG", progressive=True),
    "webp": lambda image: encoded(image, "WEBP"),
    "webp lossless": lambda image: encoded(image, "WEBP", lossless=True),
    "webp alpha": lambda image: encoded(image.convert("RGBA"), "WEBP"),
    "gif": lambda image: encoded(image, "GIF"),
    "bmp": lambda image: encoded(image, "BMP"),
    "16-bit": lambda image: png_of(np.asarray(image).astype(np.uint16) * 257),
}
