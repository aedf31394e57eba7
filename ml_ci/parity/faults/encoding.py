"""Encoding: a picture as JPEG, WebP or PNG once more, as Pillow writes it."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ml_ci.parity.faults.opening import opened
from ml_ci.parity.faults.retouch import Pixels

SUBSAMPLINGS = {"4:4:4": 0, "4:2:2": 1, "4:2:0": 2}
"""Pillow's numbers."""


def jpeg(picture: Pixels, quality: int, subsampling: str = "4:2:0", *, exif: bytes = b"") -> bytes:
    """(H, W, 3) as a baseline JPEG."""
    return saved(
        Image.fromarray(picture),
        "JPEG",
        quality=quality,
        subsampling=SUBSAMPLINGS[subsampling],
        exif=exif,
    )


def webp(picture: Pixels, quality: int, *, exif: bytes = b"") -> bytes:
    """(H, W, 3) as a lossy WebP."""
    return saved(Image.fromarray(picture), "WEBP", quality=quality, exif=exif)


def png(picture: Pixels, *, exif: bytes = b"") -> bytes:
    """(H, W, 3) or (H, W) as a PNG, written fast rather than small."""
    return saved(Image.fromarray(picture), "PNG", compress_level=1, exif=exif)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    """``image`` in one of Pillow's formats."""
    if not options.get("exif"):
        options.pop("exif", None)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def pixels_of(content: bytes) -> Pixels:
    """(H, W, 3) of what was encoded here: no alpha, nothing to turn."""
    with opened(content) as image:
        return np.array(image.convert("RGB"))


def exif_of(content: bytes) -> bytes:
    """The EXIF block; empty where there is none."""
    with opened(content) as image:
        block = image.info.get("exif")
    return block if isinstance(block, bytes) else b""
