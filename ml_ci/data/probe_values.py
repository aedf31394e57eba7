"""Probe values: how probes are named, told and compared in an environment.

``probe jpeg 4:2:0``     the first 16 hexadecimal digits of the hash of the picture, decoded,
                         upright, RGB on white (``ml_ci.rung.sha256_of_array``); `not decoded`
``probe resized 83x61``  grey levels at a few places of a picture after this side's own resizing
"""

from __future__ import annotations

import math
from collections.abc import Sequence

PREFIX = "probe "
RESIZED_PREFIX = "probe resized "
NOT_DECODED = "not decoded"
DIGITS = 16
_DECIMALS = 2
# As told, correct sides differ by 0.01 grey level at most (float32 and ONNX Runtime against
# float64, every fit and filter, three sizes); whole levels, the smallest fault tried, by 0.5.
SAME_LEVEL = 0.05


def tell_levels(levels: Sequence[float]) -> str:
    """Levels as text.

    Not their hash: floats of two correct sides differ in their last digits, and no rounding keeps
    all of them off the borders where a hash would flip.
    """
    return " ".join(f"{level:.{_DECIMALS}f}" for level in levels)


def worst_level(one: str, other: str) -> float:
    """Largest difference between two told pictures; infinite when they cannot be compared."""
    try:
        pairs = list(zip(_levels(one), _levels(other), strict=True))
    except ValueError:
        return math.inf
    differences = [abs(ours - theirs) for ours, theirs in pairs]
    return math.inf if any(map(math.isnan, differences)) else max(differences, default=0.0)


def same_values(name: str, values: Sequence[str]) -> bool:
    """Whether sides that told ``values`` under this name of an environment agree on it."""
    first, *others = values
    if name.startswith(RESIZED_PREFIX):
        return all(first == one or worst_level(first, one) <= SAME_LEVEL for one in others)
    return all(first == one for one in others)


def _levels(told: str) -> list[float]:
    return [float(level) for level in told.split()]
