"""Opening a picture with Pillow, for what the reference's own decoding does not tell."""

from __future__ import annotations

import io
import warnings

from PIL import Image

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


def opened(content: bytes) -> Image.Image:
    """Not loaded yet. What Pillow has to say of damaged metadata is no matter here.

    Raises OSError where it is no picture; the reference's limits have been asked before.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(content), formats=_FORMATS)
