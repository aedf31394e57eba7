"""A drawing: one scan as ink on paper, in integer arithmetic so that every machine agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colour = tuple[int, int, int]
Coverage = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
Texture = Literal["none", "checks", "columns", "rows"]

FULL_INK = 16  # the scans' darkest level
MARGIN = 1  # empty scan pixels kept around the digit, so that its edge is drawn smoothly
TEXTURE_SWING = 56  # grey levels up and down; its mean leaves the colours as they were


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The paper and where the digit stands on it, in pixels."""

    width: int
    height: int
    box: int
    """Side of the square the digit fills."""
    left: int
    top: int


def centred(width: int, height: int, *, fill: int = 90) -> Sheet:
    """A sheet with the digit in the middle, filling ``fill`` per cent of the shorter side."""
    box = max(1, min(width, height) * fill // 100)
    return Sheet(
        width=width, height=height, box=box, left=(width - box) // 2, top=(height - box) // 2
    )


def cover(levels: NDArray[np.uint8], sheet: Sheet) -> Coverage:
    """How much ink lies on each pixel, 0–255: levels 0–16 (8, 8) → (height, width)."""
    grey = (levels.astype(np.int32) * 255 + FULL_INK // 2) // FULL_INK
    small = Image.fromarray(np.pad(grey, MARGIN).astype(np.uint8))  # (10, 10)
    digit = small.resize((sheet.box, sheet.box), Image.Resampling.BICUBIC)
    canvas = Image.new("L", (sheet.width, sheet.height), 0)
    canvas.paste(digit, (sheet.left, sheet.top))
    return np.asarray(canvas)


def blend(coverage: Coverage, ink: Colour, paper: Colour) -> Pixels:
    """Ink over paper, rounded to the nearest level: (H, W) → (H, W, 3)."""
    share = coverage.astype(np.int32)[..., None]  # (H, W, 1)
    mixed = share * np.array(ink, np.int32) + (255 - share) * np.array(paper, np.int32)
    return ((mixed + 127) // 255).astype(np.uint8)


def textured(pixels: Pixels, texture: Texture) -> Pixels:
    """The picture with a pattern of the finest period there is: what aliases when shrunk."""
    if texture == "none":
        return pixels
    rows, columns = np.indices(pixels.shape[:2])
    phase = {"checks": rows + columns, "columns": columns, "rows": rows}[texture] % 2
    swing = np.expand_dims((phase * 2 - 1) * TEXTURE_SWING, axis=2)  # (H, W, 1), mean 0
    return np.asarray(np.clip(pixels + swing, 0, 255), np.uint8)


def luma(colour: Colour) -> int:
    """ITU-R BT.601 luma in thousandths of a grey level."""
    red, green, blue = colour
    return 299 * red + 587 * green + 114 * blue
