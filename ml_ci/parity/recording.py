"""Ways of recording: the same rung, written down in another layout or scale.

A device's program may save a tensor as H×W×C or a picture as 0–1. That is no fault as long as what
the target went on with is right, which its next rung shows; ``ml_ci.parity.floats`` asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ml_ci.rung import Array
from ml_ci.steps import IMAGE, RESIZED

_LEVELS = 255.0
_ROUNDING = 1e-4  # resampling in floats may leave the scale by a few units in the last place


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was recorded, read in one way."""

    way: str
    """In words; empty for what stands there as it is."""
    array: Array


def squeezed(array: Array) -> Array:
    """Without leading axes of length 1: a batch of one, or a single channel."""
    while array.ndim > 1 and array.shape[0] == 1:
        array = array[0]
    return array


def readings(step: str, array: Array, shape: tuple[int, ...]) -> Iterator[Reading]:
    """Every other reading of ``array`` that has ``shape`` and may be meant, likeliest first."""
    scales: list[tuple[str, Callable[[Array], Array]]] = [("", lambda one: one)]
    if step in (IMAGE.name, RESIZED.name) and _within_one(array):
        scales.append(("on a scale of 0–1", _levels))
    for layout, laid_out in _layouts(array, shape):
        for scale, scaled in scales:
            if layout or scale:
                words = " ".join(word for word in (layout, scale) if word)
                yield Reading(way=words, array=scaled(laid_out))


def _layouts(array: Array, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    if array.shape == shape:
        yield "", array
    if array.shape == (*shape, 1):
        yield "as H×W×1", array[..., 0]
    if array.ndim == 3:
        for words, axes in (("as H×W×C", (2, 0, 1)), ("as C×H×W", (1, 2, 0))):
            turned = array.transpose(axes)
            # A picture as wide as it has channels has the same shape either way
            if turned.shape == shape and array.shape != shape:
                yield words, turned


def _within_one(array: Array) -> bool:
    return bool(
        np.issubdtype(array.dtype, np.floating)
        and array.size
        and array.min() >= -_ROUNDING
        and array.max() <= 1 + _ROUNDING
        and array.any()
    )


def _levels(array: Array) -> Array:
    return array.astype(np.float64) * _LEVELS
