"""Make the probe images and write them into a module: ``python -m scripts.make_probes``.

They were made once and stay as they are: what every side records of them is compared with what
others recorded, perhaps with an older ml-ci. A picture that has to change gets another name.
"""

from __future__ import annotations

import base64
import io
import struct
import textwrap
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.prepare import encoding

MODULE = Path("ml_ci/data/probe_images.py")
HEAD = '''"""Probe images, base64: written by ``python -m scripts.make_probes``, never by hand."""

from __future__ import annotations

PROBE_IMAGES: dict[str, str] = {
'''
CHARACTERS = 88  # of base64 on a line of this module
# Odd sides: blocks and chroma samples are cut at the right and bottom, where decoders differ too.
JPEG_SIZE = (35, 45)
SMALL_SIZE = (11, 13)
Pixels = NDArray[np.uint8]


def probe_images() -> dict[str, bytes]:
    """Encoded pictures by name, each the smallest that shows one habit of decoders."""
    colours, small = pattern(*JPEG_SIZE), pattern(*SMALL_SIZE)
    turned, exif = encoding.turned(small, 6)
    return {
        "jpeg 4:2:0": jpeg(colours, subsampling="4:2:0"),
        "jpeg 4:2:2": jpeg(colours, subsampling="4:2:2"),
        "jpeg 4:4:4": jpeg(colours, subsampling="4:4:4"),
        "jpeg progressive": jpeg(colours, subsampling="4:2:0", progressive=True),
        "jpeg cmyk": encoding.save(encoding.cmyk(small), "JPEG", quality=90),
        "jpeg exif": encoding.save(turned, "JPEG", quality=90, subsampling="4:4:4", exif=exif),
        "jpeg icc": encoding.with_profile(small, "JPEG", quality=90, subsampling="4:4:4"),
        "png 16-bit": deep(small),
        "png 16-bit grey": deep(small[..., :1]),
        "png alpha": faded(small),
        "png palette": palette(small),
        "webp lossy": encoding.save(Image.fromarray(colours), "WEBP", quality=75),
    }


def pattern(height: int, width: int) -> Pixels:
    """(H, W, 3): rings that get finer outwards, in another rhythm per channel.

    Strong at every frequency, in luma and chroma: methods of the inverse transform and of chroma
    upsampling that agree on smooth pictures differ here.
    """
    rows, columns = np.indices((height, width))
    planes = [
        (rows * rows * across + columns * columns * down + rows * columns * 3) // 4 % 256
        for across, down in ((5, 7), (11, 3), (2, 13))
    ]
    return np.stack(planes, axis=2).astype(np.uint8)


def jpeg(pixels: Pixels, **options: object) -> bytes:
    """At a quality whose steps are coarse enough to be seen and fine enough to fill every one."""
    return encoding.save(Image.fromarray(pixels), "JPEG", quality=80, **options)


def deep(pixels: Pixels) -> bytes:
    """Sixteen bits whose low byte decides how they are rounded, clipped or cut off."""
    rows, columns = np.indices(pixels.shape[:2])
    low = np.expand_dims((rows * 31 + columns * 57) % 256, axis=2).astype(np.uint16)
    return png(pixels.astype(np.uint16) * 256 + low)


def png(levels: NDArray[np.uint16]) -> bytes:
    """As ``encoding.sixteen_bit_png``, compressed: this one travels in a Python file."""
    stored = encoding.sixteen_bit_png(levels)
    start, end = stored.index(b"IDAT") - 4, stored.index(b"IEND") - 4
    body = b"IDAT" + zlib.compress(zlib.decompress(stored[start + 8 : end - 4]), 9)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return stored[:start] + chunk + stored[end:]


def faded(pixels: Pixels) -> bytes:
    """Every strength of alpha, over colours that are not those behind them."""
    height, width = pixels.shape[:2]
    alpha = np.linspace(0, 255, height * width).reshape(height, width, 1).astype(np.uint8)
    return small_png(Image.fromarray(np.concatenate([pixels, alpha], axis=2), mode="RGBA"))


def palette(pixels: Pixels) -> bytes:
    """Sixteen colours, the first ones transparent in different strengths."""
    image = Image.fromarray(pixels[..., 0] >> 4, mode="P")
    image.putpalette(pattern(4, 4).tobytes())
    return small_png(image, transparency=bytes([0, 100, 200]))


def small_png(image: Image.Image, **options: object) -> bytes:
    """With the strongest compression, whatever the processor."""
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=9, **options)
    return stream.getvalue()


def module_text(images: dict[str, bytes]) -> str:
    """The module that holds ``images``."""
    entries = []
    for name, content in images.items():
        lines = textwrap.wrap(base64.b64encode(content).decode("ascii"), CHARACTERS)
        body = "\n".join(f'        "{line}"' for line in lines)
        entries.append(f'    "{name}": (\n{body}\n    ),\n')
    return HEAD + "".join(entries) + "}\n"


if __name__ == "__main__":
    MODULE.write_text(module_text(probe_images()), encoding="ascii")
