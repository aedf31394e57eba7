"""The remedy: bilinear resizing that is antialiased, as in training. OpenCV has none.

In ``app.py`` let ``resize`` return ``antialiased.resize(image, height, width)``.
"""

from __future__ import annotations

import numpy as np


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """uint8 H×W×3 → float32 height×width×3."""
    down, across = weights(image.shape[0], height), weights(image.shape[1], width)
    planes = image.transpose(2, 0, 1).astype(np.float64)  # (3, H, W)
    return (down @ planes @ across.T).transpose(1, 2, 0).astype(np.float32)


def weights(inside: int, outside: int) -> np.ndarray:
    """How much of each pixel goes into each new one, outside×inside: a triangle as wide as two new
    pixels, or as two old ones when it enlarges."""
    scale = inside / outside
    centres = (np.arange(outside) + 0.5) * scale
    distances = np.abs(np.arange(inside) + 0.5 - centres[:, None])
    triangle = np.clip(1 - distances / max(scale, 1.0), 0, None)
    return triangle / triangle.sum(axis=1, keepdims=True)
