"""A small dataset drawn on the spot: stripes across, down, or both; a golden set of many formats.

The same bytes for the same Pillow. No picture comes twice, and a few epochs learn it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.builders.datasets import put
from tests.builders.images import encoded, png, png_of, with_orientation

CLASS_NAMES = ("across", "both", "down")
TRAIN_PER_CLASS = 24
TEST_PER_CLASS = 6

Pixels = NDArray[np.uint8]


def build_shapes(data: Path) -> None:
    """Fill ``data`` with both splits and the golden set."""
    for split, count in (("train", TRAIN_PER_CLASS), ("test", TEST_PER_CLASS)):
        for name in CLASS_NAMES:
            for number in range(count):
                put(data / split / name / f"{number:02}.png", png(shape(name, f"{split}{number}")))
    pictures = golden_pictures()
    rows = [f"{file},{label},{witness}" for file, (label, witness, _) in pictures.items()]
    for file, (_, _, content) in pictures.items():
        put(data / "golden" / file, content)
    put(data / "golden/golden.csv", "\n".join(["file,label,witnesses", *rows, ""]).encode())


def shape(label: str, seed: str, *, height: int | None = None, width: int | None = None) -> Pixels:
    """uint8 H×W×3: stripes three pixels wide, one colour dark, the other light."""
    random = np.random.default_rng(list(f"{label} {seed}".encode()))
    height, width = height or int(random.integers(14, 28)), width or int(random.integers(14, 28))
    colours = random.permutation([random.integers(0, 96, 3), random.integers(160, 256, 3)])
    across, down = np.arange(height)[:, None] // 3 % 2, np.arange(width)[None, :] // 3 % 2
    inked = {"across": across, "down": down, "both": across ^ down}[label]  # 0 or 1
    return colours.astype(np.uint8)[np.broadcast_to(inked, (height, width))]


def golden_pictures() -> dict[str, tuple[str, str, bytes]]:
    """By file name: label, what it witnesses, the encoded picture."""
    images = {name: Image.fromarray(shape(name, "golden")) for name in CLASS_NAMES}
    deep = shape("both", "deep").astype(np.uint16) * 257 + 1
    faded = images["down"].convert("RGBA")
    faded.putalpha(128)
    wide = shape("across", "wide", height=15, width=60)
    return {
        "alpha.png": ("down", "alpha", encoded(faded, "PNG")),
        "cmyk.jpg": ("both", "cmyk", encoded(images["both"].convert("CMYK"), "JPEG")),
        "colour.png": ("across", "channel-order", png(shape("across", "colour"))),
        "deep.png": ("both", "sixteen-bit", png_of(deep)),
        "grey.png": ("down", "grey", encoded(images["down"].convert("L"), "PNG")),
        "jpeg-420.jpg": ("across", "chroma-420", encoded(images["across"], "JPEG", subsampling=2)),
        "jpeg-444.jpg": ("both", "chroma-444", encoded(images["both"], "JPEG", subsampling=0)),
        "large.png": ("down", "aliasing", png(shape("down", "large", height=90, width=70))),
        "mirrored.jpg": ("both", "exif-mirror", with_orientation(images["both"], "JPEG", 5)),
        "palette.png": ("across", "palette", encoded(images["across"].quantize(4), "PNG")),
        "turned.jpg": ("across", "exif-orientation", with_orientation(images["down"], "JPEG", 6)),
        "wide.webp": ("across", "non-square webp", encoded(Image.fromarray(wide), "WEBP")),
    }
