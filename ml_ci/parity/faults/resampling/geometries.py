"""Geometries: every fit, as alternatives to the reference's."""

from __future__ import annotations

from dataclasses import replace

from ml_ci.params.preprocess import Fit
from ml_ci.parity.faults.resampling.recipe import Recipe

_RATIO = 256 / 224
_RATED = ("short_side_crop", "two_pass_pad")
PADDED: tuple[Fit, ...] = ("long_side_pad", "pad", "two_pass_pad")
CROPPED: tuple[Fit, ...] = ("short_side_crop", "crop")


def fitting_as(base: Recipe, *fits: Fit) -> list[Recipe]:
    """``base`` with other fits; where an intermediate side takes part, the usual ones."""
    found = []
    for fit in fits:
        if fit == base.fit:
            continue
        ratios = dict.fromkeys((1.0, _RATIO, base.ratio)) if fit in _RATED else (1.0,)
        found += [
            replace(base, fit=fit, ratio=ratio)
            for ratio in ratios
            # A canvas of the final size, padded and resized to itself, is long_side_pad
            if not (fit == "two_pass_pad" and ratio == 1.0)
        ]
    return found


def pads(recipe: Recipe) -> bool:
    """Whether margins take part."""
    return recipe.fit in PADDED


def crops(recipe: Recipe) -> bool:
    """Whether something may be cut off."""
    return recipe.fit in CROPPED


def rated(recipe: Recipe) -> bool:
    """Whether an intermediate side takes part."""
    return recipe.fit in _RATED
