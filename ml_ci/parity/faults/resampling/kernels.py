"""Kernels: the weight of a pixel by its distance from where a new pixel lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """Weights are 0 beyond ``support`` pixels; they need not add up to 1."""

    support: float
    weigh: Callable[[Floats], Floats]


def _box(x: Floats) -> Floats:
    return ((x > -0.5) & (x <= 0.5)).astype(np.float64)


def _triangle(x: Floats) -> Floats:
    weights: Floats = np.maximum(1 - np.abs(x), 0.0)
    return weights


def _cubic(b: float, c: float) -> Callable[[Floats], Floats]:
    """Mitchell and Netravali, Reconstruction Filters in Computer Graphics, 1988, equation 8."""

    def weigh(x: Floats) -> Floats:
        x = np.abs(x)
        near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + (6 - 2 * b)
        far = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x
        far = far + (8 * b + 24 * c)
        weights: Floats = np.where(x < 1, near, np.where(x < 2, far, 0.0)) / 6
        return weights

    return weigh


def _lanczos(lobes: int) -> Callable[[Floats], Floats]:
    def weigh(x: Floats) -> Floats:
        inside = (x >= -lobes) & (x < lobes)
        weights: Floats = np.where(inside, np.sinc(x) * np.sinc(x / lobes), 0.0)
        return weights

    return weigh


def _hamming(x: Floats) -> Floats:
    window = 0.54 + 0.46 * np.cos(np.pi * x)
    weights: Floats = np.where(np.abs(x) < 1, np.sinc(x) * window, 0.0)
    return weights


def _gaussian(x: Floats) -> Floats:
    """As TensorFlow's `gaussian`: sigma 0.5, cut at 1.5."""
    weights: Floats = np.where(np.abs(x) < 1.5, np.exp(-2 * x**2), 0.0)
    return weights


KERNELS = {
    "box": Kernel(support=0.5, weigh=_box),
    "bilinear": Kernel(support=1.0, weigh=_triangle),
    "hamming": Kernel(support=1.0, weigh=_hamming),
    "bicubic -0.5": Kernel(support=2.0, weigh=_cubic(0.0, 0.5)),
    "bicubic -0.75": Kernel(support=2.0, weigh=_cubic(0.0, 0.75)),
    "mitchell": Kernel(support=2.0, weigh=_cubic(1 / 3, 1 / 3)),
    "gaussian": Kernel(support=1.5, weigh=_gaussian),
    "lanczos3": Kernel(support=3.0, weigh=_lanczos(3)),
    "lanczos4": Kernel(support=4.0, weigh=_lanczos(4)),
    "lanczos5": Kernel(support=5.0, weigh=_lanczos(5)),
}
