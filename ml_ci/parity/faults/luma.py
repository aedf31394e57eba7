"""Luma: the weights by which standards make brightness of red, green and blue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Weights = tuple[float, float, float]

BT601: Weights = (0.299, 0.587, 0.114)
BT709: Weights = (0.2126, 0.7152, 0.0722)
BT2020: Weights = (0.2627, 0.6780, 0.0593)


def to_ycc(weights: Weights) -> NDArray[np.float64]:
    """(3, 3): RGB 0–255 → Y 0–255, Cb and Cr ±127.5, full range."""
    red, green, blue = weights
    luma = np.array([red, green, blue])
    to_blue = (np.array([0, 0, 1.0]) - luma) / (2 * (1 - blue))
    to_red = (np.array([1.0, 0, 0]) - luma) / (2 * (1 - red))
    return np.stack([luma, to_blue, to_red])


def from_ycc(weights: Weights) -> NDArray[np.float64]:
    """(3, 3): what undoes ``to_ycc``."""
    return np.linalg.inv(to_ycc(weights)).astype(np.float64)


def between(encoded: Weights, decoded: Weights) -> NDArray[np.float64]:
    """(3, 3): RGB written by one standard and read by another."""
    return from_ycc(decoded) @ to_ycc(encoded)
