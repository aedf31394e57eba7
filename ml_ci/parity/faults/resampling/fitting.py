"""Fitting a picture by a recipe: uint8 (H, W, 3) → floats (C, S, S) in grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.resampling import integer
from ml_ci.parity.faults.resampling.known import PLAIN_BILINEAR
from ml_ci.parity.faults.resampling.matrices import resampled
from ml_ci.parity.faults.resampling.recipe import Recipe, Sides
from ml_ci.rung import Array

Pixels = NDArray[Any]
Size = tuple[int, int]
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601-7, section 2.5.1
_MODES = {"colour": "constant", "edge": "edge", "mirrored": "reflect"}
_LARGEST = 25_000_000  # pixels in between: params.yaml allows no larger picture either


def fitted(image: Array, recipe: Recipe, dtype: type[np.floating[Any]]) -> Pixels:
    """(C, S, S), before ``finish``. Raises StepError where the recipe cannot be followed."""
    pixels = np.moveaxis(image, 2, 0).astype(dtype)  # (3, H, W)
    if recipe.channels == 1:
        pixels = _grey(pixels, recipe)
    pixels = _before(_window(pixels, recipe.window), recipe)
    found = _fit(pixels, recipe)
    if recipe.sharpened:
        found = _sharpened(found)
    if recipe.transposed:
        found = np.swapaxes(found, 1, 2)
    return found / 255 if recipe.scaled else found


def finish(values: NDArray[Any], recipe: Recipe) -> NDArray[Any]:
    """What is done to every level at last; larger ones never become smaller ones."""
    if recipe.levels == "float16":
        return values.astype(np.float16).astype(values.dtype)
    if recipe.levels == "floats":
        return values
    whole = np.floor(values) if recipe.levels == "truncated" else np.floor(values + 0.5)
    return whole.clip(0, 255)


def _fit(pixels: Pixels, recipe: Recipe) -> Pixels:
    height, width = pixels.shape[1:]
    size = recipe.size
    canvas = (int(size[0] * recipe.ratio + 0.5), int(size[1] * recipe.ratio + 0.5))
    sides = _Sides(recipe.sides, recipe.exchanged)
    match recipe.fit:
        case "stretch":
            return _resize(pixels, size, recipe, last=True)
        case "pad":
            padded = _pad(pixels, sides.around(height, width, size), recipe)
            return _resize(padded, size, recipe, last=True)
        case "crop":
            cut = _crop(pixels, sides.within(height, width, size), recipe)
            return _resize(cut, size, recipe, last=True)
        case "short_side_crop":
            resized = _resize(pixels, sides.cover(height, width, canvas), recipe, last=True)
            return _crop(resized, size, recipe)
        case "long_side_pad":
            resized = _resize(pixels, sides.contain(height, width, size), recipe, last=True)
            return _pad(resized, size, recipe)
        case "two_pass_pad":
            resized = _resize(pixels, sides.contain(height, width, canvas), recipe, last=False)
            return _resize(_pad(resized, canvas, recipe), size, recipe, last=True)


def _resize(pixels: Pixels, size: Size, recipe: Recipe, *, last: bool) -> Pixels:
    """(C, H, W) → (C, *size)."""
    height, width = pixels.shape[1:]
    if size[0] * size[1] > _LARGEST:
        raise StepError(f"{height}×{width} would be resized to {size[0]}×{size[1]}")
    how, dtype = recipe.resampling, pixels.dtype
    if recipe.light == "linear":
        pixels = _to_linear(pixels)
    if recipe.levels == "Pillow" and how.kernel in integer.PILLOW:
        return integer.pillow(pixels, size, how).astype(dtype)
    if recipe.levels == "Pillow 12":
        return integer.pillow_across_first(pixels, size, how).astype(dtype)
    if recipe.levels == "OpenCV" and how == PLAIN_BILINEAR:
        return integer.opencv_bilinear(pixels, size).astype(dtype)
    found = resampled(pixels, size, how)
    if recipe.clamp and recipe.overshoots:
        found = found.clip(0, 255)
    if recipe.light == "linear":
        found = _from_linear(found)
    return found if last else finish(found, recipe)


def _pad(pixels: Pixels, size: Size, recipe: Recipe) -> Pixels:
    height, width = pixels.shape[1:]
    down, across = size[0] - height, size[1] - width
    if min(down, across) < 0:
        return _crop(pixels, (min(size[0], height), min(size[1], width)), recipe)
    top, left = (
        _share(room, at, recipe) for room, at in zip((down, across), recipe.anchor, strict=True)
    )
    margins = ((top, down - top), (left, across - left))
    if recipe.margin != "colour":
        mode: Any = _MODES[recipe.margin]
        return np.pad(pixels, ((0, 0), *margins), mode)
    colour = recipe.pad_colour
    if recipe.channels == 1:
        colour = (sum(weight * level for weight, level in zip(_LUMA, colour, strict=True)),)
    planes = [
        np.pad(plane, margins, constant_values=level)
        for plane, level in zip(pixels, colour, strict=True)
    ]
    return np.stack(planes)


def _crop(pixels: Pixels, size: Size, recipe: Recipe) -> Pixels:
    height, width = pixels.shape[1:]
    rooms = (height - size[0], width - size[1])
    if min(rooms) < 0:
        raise StepError(f"{size[0]}×{size[1]} cannot be cut out of {height}×{width}")
    top, left = (
        min(max(_share(room, at, recipe) + moved, 0), room)
        for room, at, moved in zip(rooms, recipe.anchor, recipe.offset, strict=True)
    )
    return pixels[:, top : top + size[0], left : left + size[1]]


def _share(room: int, anchor: float, recipe: Recipe) -> int:
    """What of ``room`` lies above or to the left."""
    exact = room * anchor
    if recipe.odd == "half even":
        return round(exact)
    return int(np.ceil(exact)) if recipe.odd == "up" else int(np.floor(exact))


class _Sides:
    """The computed sides of docs/preprocessing.md, rounded in one way."""

    def __init__(self, rounding: Sides, exchanged: bool) -> None:
        self._rounding = rounding
        self._exchanged = exchanged

    def around(self, height: int, width: int, box: Size) -> Size:
        """Smallest canvas with the aspect of ``box`` around the picture."""
        return (
            max(height, self._divide(width * box[0], box[1])),
            max(width, self._divide(height * box[1], box[0])),
        )

    def within(self, height: int, width: int, box: Size) -> Size:
        """Largest window with the aspect of ``box`` inside the picture."""
        return (
            max(1, min(height, self._divide(width * box[0], box[1]))),
            max(1, min(width, self._divide(height * box[1], box[0]))),
        )

    def cover(self, height: int, width: int, box: Size) -> Size:
        """Scaled so that it covers ``box``."""
        found = (
            max(box[0], self._divide(height * box[1], width)),
            max(box[1], self._divide(width * box[0], height)),
        )
        return found[::-1] if self._exchanged else found

    def contain(self, height: int, width: int, box: Size) -> Size:
        """Scaled so that ``box`` holds it."""
        found = (
            max(1, min(box[0], self._divide(height * box[1], width))),
            max(1, min(box[1], self._divide(width * box[0], height))),
        )
        return found[::-1] if self._exchanged else found

    def _divide(self, dividend: int, divisor: int) -> int:
        match self._rounding:
            case "half up":
                return (2 * dividend + divisor) // (2 * divisor)
            case "down":
                return dividend // divisor
            case "up":
                return -(-dividend // divisor)
            case "half even":
                return round(dividend / divisor)


def _window(pixels: Pixels, share: float) -> Pixels:
    if share == 1.0:
        return pixels
    height, width = pixels.shape[1:]
    rows, columns = (max(1, int(side * share)) for side in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    return pixels[:, top : top + rows, left : left + columns]


def _before(pixels: Pixels, recipe: Recipe) -> Pixels:
    before = recipe.before
    if before is None:
        return pixels
    height, width = pixels.shape[1:]
    if before.kind == "blurred":
        blurred: Pixels = ndimage.gaussian_filter(pixels, (0, before.amount, before.amount))
        return blurred
    if before.kind == "halved":
        while min(pixels.shape[1] // recipe.size[0], pixels.shape[2] // recipe.size[1]) >= 2:
            pixels = _reduced(pixels, 2, 2)
        return pixels
    side = int(before.amount)
    if before.kind == "stretched to":
        size = (side, side)
    else:
        least = min if before.kind == "short side to" else max
        scale = side / least(height, width)
        if before.kind == "long side to" and scale >= 1:
            return pixels
        size = (max(1, round(height * scale)), max(1, round(width * scale)))
    return _resize(pixels, size, recipe, last=False)


def _reduced(pixels: Pixels, down: int, across: int) -> Pixels:
    """Means of blocks, smaller ones at the bottom and right."""
    height, width = pixels.shape[1:]
    rows, columns = np.arange(0, height, down), np.arange(0, width, across)
    sums = np.add.reduceat(np.add.reduceat(pixels, rows, axis=1), columns, axis=2)
    tall, wide = np.diff(rows, append=height), np.diff(columns, append=width)
    found: Pixels = sums / (tall[:, None] * wide).astype(pixels.dtype)
    return found


def _grey(pixels: Pixels, recipe: Recipe) -> Pixels:
    """Exact, or in whole levels as Pillow's `convert("L")`: 16 binary places."""
    if recipe.grey == "rounded":
        weights = np.array([19595, 38470, 7471])[:, None, None]
        levels = (pixels.astype(np.int64) * weights).sum(axis=0, keepdims=True)
        rounded: Pixels = ((levels + 0x8000) >> 16).astype(pixels.dtype)
        return rounded
    weighed = pixels * np.array(_LUMA, pixels.dtype)[:, None, None]
    grey: Pixels = weighed.sum(axis=0, keepdims=True)
    return grey


def _sharpened(pixels: Pixels) -> Pixels:
    """As Pillow's ImageFilter.SHARPEN: 3×3, the outermost pixels as they were."""
    around = ndimage.uniform_filter(pixels, (0, 3, 3)) * 9
    sharp: Pixels = ((34 * pixels - 2 * around) / 16).clip(0, 255).astype(pixels.dtype)
    inner = np.zeros(pixels.shape[1:], bool)
    inner[1:-1, 1:-1] = True
    found: Pixels = np.where(inner, sharp, pixels)
    return found


def _to_linear(levels: Pixels) -> Pixels:
    """IEC 61966-2-1 (sRGB), kept on 0–255."""
    share = levels.clip(0, 255) / 255
    linear: Pixels = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return (linear * 255).astype(levels.dtype)


def _from_linear(levels: Pixels) -> Pixels:
    share = levels.clip(0, 255) / 255
    curved: Pixels = np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)
    return (curved * 255).astype(levels.dtype)
