"""Flattening: decoded pixels of any mode → RGB, in exact integer arithmetic.

16 bits → 8 bits   round(v / 257), so that 0 → 0 and 65 535 → 255
grey → RGB         the level three times
palette → RGB      looked up, with its transparency
CMYK → RGB         round((255 − C)(255 − K) / 255), and so on for M and Y
alpha              round((a·colour + (255 − a)·background) / 255), after narrowing to 8 bits
a clear colour     (PNG's tRNS without palette) is alpha 0 where all channels equal it, else 255

Rounding never meets a tie, because 255 and 257 are odd. ICC profiles are ignored: the numbers in
the file are the numbers used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.refusal import ImageError

Pixels = NDArray[np.uint8]
Deep = NDArray[np.uint8] | NDArray[np.uint16]

GREY = ("1", "L", "I;16")
GREY_ALPHA = ("LA", "LA;16")
COLOUR = ("RGB", "RGB;16")
COLOUR_ALPHA = ("RGBA", "RGBA;16")


@dataclass(frozen=True, kw_only=True)
class Raster:
    """What a decoder gave, with what is needed to read its colours."""

    pixels: Deep
    """(H, W, C)"""
    mode: str
    palette: Pixels | None = None
    """(256, 4): RGB and alpha of each index, for mode P."""
    clear: tuple[int, ...] | None = None
    """The one level or colour that is transparent, in the unit of ``pixels``."""


def flatten(raster: Raster, background: tuple[int, int, int]) -> Pixels:
    """(H, W, C) → (H, W, 3). Raises ImageError for a mode that is none of those above."""
    if raster.mode == "CMYK":
        return _from_cmyk(narrow(raster.pixels))
    if raster.mode == "P" and raster.palette is not None:
        looked_up = raster.palette[raster.pixels[..., 0]]  # (H, W, 4)
        return _over(looked_up[..., :3], looked_up[..., 3:], background)
    colour, alpha = _colour_and_alpha(raster)
    if alpha is None:
        return np.ascontiguousarray(colour)
    return _over(colour, alpha, background)


def narrow(pixels: Deep) -> Pixels:
    """16-bit levels as the nearest 8-bit ones; 8-bit levels as they are."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint8, copy=False)
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _colour_and_alpha(raster: Raster) -> tuple[Pixels, Pixels | None]:
    """RGB (H, W, 3) and alpha (H, W, 1), both 0–255; no alpha when everything is opaque."""
    levels = narrow(raster.pixels)
    if raster.mode in GREY:
        return levels.repeat(3, axis=2), _alpha_of_clear(raster)
    if raster.mode in GREY_ALPHA:
        return levels[..., :1].repeat(3, axis=2), levels[..., 1:]
    if raster.mode in COLOUR:
        return levels, _alpha_of_clear(raster)
    if raster.mode in COLOUR_ALPHA:
        return levels[..., :3], levels[..., 3:]
    raise ImageError(f"its pixels are stored as {raster.mode}, which is not supported")


def _alpha_of_clear(raster: Raster) -> Pixels | None:
    if raster.clear is None:
        return None
    opaque = np.any(raster.pixels != np.array(raster.clear), axis=2, keepdims=True)
    return np.where(opaque, np.uint8(255), np.uint8(0))


def _over(colour: Pixels, alpha: Pixels, background: tuple[int, int, int]) -> Pixels:
    # 255·255 + 127 < 2¹⁶: sixteen bits hold every intermediate value
    share = alpha.astype(np.uint16)  # (H, W, 1)
    sum_ = colour * share  # (H, W, 3)
    sum_ += (255 - share) * np.array(background, np.uint16)
    return ((sum_ + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def _from_cmyk(levels: Pixels) -> Pixels:
    light = 255 - levels.astype(np.uint16)  # (H, W, 4)
    return ((light[..., :3] * light[..., 3:] + np.uint16(127)) // np.uint16(255)).astype(np.uint8)
