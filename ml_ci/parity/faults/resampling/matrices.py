"""Resizing along one side as a matrix: (target, source) weights, each row adding up to 1.

Every separable resizer is two of them. What libraries call one name differs in four things: the
kernel, whether it widens when shrinking (antialias), where new pixels lie on the old ones (grid),
and what lies beyond the border.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from ml_ci.parity.faults.resampling.kernels import KERNELS, Floats

NDArrayInt = NDArray[np.int64]
Grid = Literal["half pixel", "align corners", "asymmetric", "pytorch half pixel"]
Border = Literal["left out", "repeated"]
NEAREST = (
    "nearest",
    "nearest, Pillow",
    "nearest, fixed point",
    "nearest, OpenCV",
    "nearest, torch",
    "nearest, half down",
    "nearest, corners",
    "nearest, round",
)
"""Of half-pixel centres, exact (torch `nearest-exact`), by adding up (Pillow), in 16.16 fixed point
(OpenCV INTER_NEAREST_EXACT); ⌊i·scale⌋ as OpenCV computes it, and as torch in float32; centres with
ties downwards (ONNX `round_prefer_floor`); corners aligned; i·scale rounded. They differ where a
new pixel falls between two old ones, which is everywhere for a side that is halved.
"""
AREAS = ("area", "adaptive")
"""Exact areas (OpenCV INTER_AREA); means of whole pixels (adaptive average pooling)."""
OTHERS = ("scikit-image", "spline")
"""A Gaussian, then linear (`skimage.transform.resize`); cubic splines (`scipy.ndimage.zoom`)."""


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How one side is resized."""

    kernel: str
    """A name in ``KERNELS``, ``NEAREST``, ``AREAS`` or ``OTHERS``."""
    antialias: bool = True
    grid: Grid = "half pixel"
    border: Border = "left out"
    reducing_gap: float = 0.0
    """Of Pillow: blocks are averaged first, to a side this many times as long; 0: not at all."""


def resampled(pixels: NDArray[Any], size: tuple[int, int], how: Resampling) -> NDArray[Any]:
    """(C, H, W) → (C, *size), in the dtype given.

    Sparse: most weights are 0, and no threads are started, which wait for each other on a busy
    machine (30 times as long was seen).
    """
    channels, height, width = pixels.shape
    shrinks = size[0] <= height and size[1] <= width
    across = _sparse(width, size[1], how, shrinks, pixels.dtype.name)
    down = _sparse(height, size[0], how, shrinks, pixels.dtype.name)
    narrow = across @ pixels.reshape(channels * height, width).T  # (w, C·H)
    narrow = narrow.reshape(size[1], channels, height).transpose(2, 0, 1)  # (H, w, C)
    small = down @ narrow.reshape(height, size[1] * channels)  # (h, w·C)
    found: NDArray[Any] = small.reshape(*size, channels).transpose(2, 0, 1)
    return found


@lru_cache(maxsize=512)
def _sparse(source: int, target: int, how: Resampling, shrinks: bool, dtype: str) -> Any:
    return sparse.csr_array(matrix(source, target, how, shrinks=shrinks).astype(dtype))


def matrix(source: int, target: int, how: Resampling, *, shrinks: bool = True) -> Floats:
    """(target, source). ``shrinks``: neither side of the picture grows, which `area` asks."""
    if source == target:
        return np.eye(source)
    if how.kernel in NEAREST:
        return np.eye(source)[_nearest(source, target, how.kernel)]
    if how.kernel == "area":
        return _area(source, target) if shrinks else _area_growing(source, target)
    if how.kernel == "adaptive":
        return _adaptive(source, target)
    if how.kernel in OTHERS:
        return _others(source, target, how.kernel)
    return _filtered(source, target, how)


def _filtered(source: int, target: int, how: Resampling) -> Floats:
    factor = int(source / target / how.reducing_gap) if how.reducing_gap else 1
    if factor > 1:
        blocks = np.arange(source) // factor == np.arange(-(-source // factor))[:, None]
        reduced = blocks / blocks.sum(axis=1, keepdims=True)
        once = replace(how, reducing_gap=0.0)
        found: Floats = _weights(reduced.shape[0], source / factor, target, once) @ reduced
        return found
    return _weights(source, source, target, how)


def _weights(source: int, extent: float, target: int, how: Resampling) -> Floats:
    """(target, source), of the first ``extent`` pixels."""
    kernel = KERNELS[how.kernel]
    scale = extent / target
    stretch = max(scale, 1.0) if how.antialias else 1.0
    centres = _centres(extent, target, how.grid)  # (target,), a pixel's middle is at + 0.5
    reach = kernel.support * stretch
    first = np.floor(centres - reach).astype(np.int64)
    places = first[:, None] + np.arange(int(np.ceil(2 * reach)) + 2)  # (target, taps)
    weights = kernel.weigh((places - centres[:, None] + 0.5) * (1 / stretch))
    if how.border == "left out":
        weights = np.where((places >= 0) & (places < source), weights, 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    found = np.zeros((target, source))
    rows = np.broadcast_to(np.arange(target)[:, None], places.shape)
    np.add.at(found, (rows, places.clip(0, source - 1)), weights)
    return found


def _centres(source: float, target: int, grid: Grid) -> Floats:
    """Where the middles of the new pixels lie, in old pixels from the border on."""
    new = np.arange(target, dtype=np.float64)
    scale = source / target
    if grid == "align corners":
        return new * ((source - 1) / max(target - 1, 1)) + 0.5
    if grid == "asymmetric":
        return new * scale + 0.5
    if grid == "pytorch half pixel" and target == 1:
        return new + 0.5
    return (new + 0.5) * scale


def _nearest(source: int, target: int, kernel: str) -> NDArrayInt:
    new = np.arange(target)
    scale = source / target
    if kernel == "nearest":
        places = (2 * new + 1) * source // (2 * target)
    elif kernel == "nearest, Pillow":
        places = np.cumsum(np.r_[scale / 2, np.full(target - 1, scale)]).astype(np.int64)
    elif kernel == "nearest, fixed point":
        step = ((source << 16) + target // 2) // target
        places = (step * new + step // 2 - source % 2) >> 16
    elif kernel == "nearest, OpenCV":
        places = np.floor(new * (1 / (target / source))).astype(np.int64)
    elif kernel == "nearest, torch":
        single = np.float32(source) / np.float32(target)
        places = np.floor(new.astype(np.float32) * single).astype(np.int64)
    elif kernel == "nearest, half down":
        places = np.ceil((new + 0.5) * scale - 1).astype(np.int64)
    elif kernel == "nearest, corners":
        places = np.floor(new * ((source - 1) / max(target - 1, 1)) + 0.5).astype(np.int64)
    else:
        places = np.floor(new * scale + 0.5).astype(np.int64)
    clipped: NDArrayInt = places.clip(0, source - 1)
    return clipped


def _area(source: int, target: int) -> Floats:
    """The share of each old pixel that lies under a new one."""
    edges = np.arange(target + 1) * (source / target)
    old = np.arange(source)
    low, high = edges[:-1, None], edges[1:, None]
    covered = np.minimum(high, old + 1) - np.maximum(low, old)
    covered = np.maximum(covered, 0.0)
    found: Floats = covered / covered.sum(axis=1, keepdims=True)
    return found


def _area_growing(source: int, target: int) -> Floats:
    """What OpenCV's INTER_AREA does where a side grows: linear between pixels it straddles."""
    new = np.arange(target)
    scale, inverse = source / target, target / source
    low = np.floor(new * scale)
    share = (new + 1) - (low + 1) * inverse
    share = np.where(share <= 0, 0.0, share - np.floor(share))
    found = np.zeros((target, source))
    first = low.astype(np.int64).clip(0, source - 1)
    np.add.at(found, (new, first), 1 - share)
    np.add.at(found, (new, (first + 1).clip(0, source - 1)), share)
    return found


def _adaptive(source: int, target: int) -> Floats:
    new = np.arange(target)[:, None]
    old = np.arange(source)
    inside = (old >= new * source // target) & (old < -(-(new + 1) * source // target))
    found: Floats = inside / inside.sum(axis=1, keepdims=True)
    return found


def _others(source: int, target: int, kernel: str) -> Floats:
    unit = np.eye(source)
    if kernel == "spline":
        return _zoomed(unit, target, order=3, mode="constant", grid=False)
    sigma = max(0.0, (source / target - 1) / 2)
    if sigma > 0:
        unit = ndimage.gaussian_filter1d(unit, sigma, axis=0, mode="mirror")
    return _zoomed(unit, target, order=1, mode="mirror", grid=True)


def _zoomed(
    unit: Floats,
    target: int,
    *,
    order: Literal[1, 3],
    mode: Literal["constant", "mirror"],
    grid: bool,
) -> Floats:
    factors = (target / unit.shape[0], 1.0)
    found: Floats = ndimage.zoom(unit, factors, order=order, mode=mode, grid_mode=grid)
    return found
