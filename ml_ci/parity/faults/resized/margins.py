"""Margins and crops: their colour, their side, their offset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml_ci.parity.faults.fault import Parameter
from ml_ci.parity.faults.resampling.fitting import fitted
from ml_ci.parity.faults.resampling.geometries import crops, pads
from ml_ci.parity.faults.resampling.otherwise import Otherwise
from ml_ci.parity.faults.resampling.recipe import Recipe
from ml_ci.parity.faults.resampling.sample import Sample

_MARGIN = "an oblong picture: its margins"
_CROPPED = "a picture of which something is cut off"
_COLOURS = ((0, 0, 0), (114, 114, 114), (127, 127, 127), (128, 128, 128), (255, 255, 255))
_PLACES = (0.0, 0.5, 1.0)
_FURTHEST = 16  # px that a crop is searched for
_WHOLE = 0.05  # a level that is this near a whole one is meant to be it


def _colours(base: Recipe) -> list[Recipe]:
    if not pads(base):
        return []
    return [replace(base, pad_colour=tuple(float(one) for one in colour)) for colour in _COLOURS]


def estimated_colour(base: Recipe, sample: Sample) -> list[Recipe]:
    """Least squares over what the colour takes part in: target = rest + weight × colour."""
    if not pads(base):
        return []
    told, all_ = np.zeros(base.channels), np.zeros(base.channels)
    for image, target in zip(sample.given, sample.made, strict=True):
        black, white = (
            fitted(image, replace(base, pad_colour=(level,) * 3), np.float64)
            for level in (0.0, 255.0)
        )
        if target.shape != black.shape:
            return []
        weight = (white - black) / 255
        weight = np.where(weight > 0.99, weight, 0.0)  # where nothing else is, if there is such
        told += (weight * (target - black)).sum(axis=(1, 2))
        all_ += (weight * weight).sum(axis=(1, 2))
    if (all_ == 0).any():
        return []
    levels = [_tidy(level) for level in told / all_]
    colour = tuple(levels) if base.channels == 3 else (levels[0],) * 3
    return [replace(base, pad_colour=colour)]


def _tidy(level: float) -> float:
    whole = float(np.rint(level))
    return whole if abs(level - whole) < _WHOLE else float(level)


def _at_colour(base: Recipe, values: Sequence[float]) -> Recipe | None:
    if not pads(base):
        return None
    return replace(base, pad_colour=tuple(float(level) for level in values))


def _sides(base: Recipe) -> list[Recipe]:
    anchors = [(0.0, 0.0), (1.0, 1.0)]
    return [replace(base, anchor=anchor) for anchor in anchors]


def _all_sides(base: Recipe) -> list[Recipe]:
    anchors = [(down, across) for down in _PLACES for across in _PLACES]
    return [replace(base, anchor=anchor) for anchor in anchors if anchor != base.anchor]


def _offsets(base: Recipe, sample: Sample) -> list[Recipe]:
    """One direction after the other, twice."""
    if not crops(base):
        return []
    best = base
    reach = range(-_FURTHEST, _FURTHEST + 1)
    for _ in range(2):
        rows = [replace(best, offset=(down, best.offset[1])) for down in reach]
        best = min(rows, key=sample.apart)
        columns = [replace(best, offset=(best.offset[0], across)) for across in reach]
        best = min(columns, key=sample.apart)
    return [best]


def _at_offset(base: Recipe, values: Sequence[float]) -> Recipe | None:
    down, across = (round(value) for value in values)
    return replace(base, offset=(down, across)) if crops(base) else None


FAULTS = (
    Otherwise(
        id="pad-colour",
        title="Another pad colour",
        symptom="the margins of oblong pictures differ, nothing else",
        source="https://github.com/ultralytics/ultralytics/issues/8742",
        witness=_MARGIN,
        usual=_colours,
        estimated=estimated_colour,
        set_at=_at_colour,
        numbers=tuple(
            Parameter(name=f"pad_{name}", low=0.0, high=255.0, whole=True)
            for name in ("red", "green", "blue")
        ),
    ),
    Otherwise(
        id="pad-side",
        title="Padded to one side",
        symptom="oblong pictures lie at one side instead of the middle",
        source="plausible",
        witness=_MARGIN,
        usual=lambda base: _sides(base) if pads(base) else [],
        wider=lambda base: _all_sides(base) if pads(base) else [],
    ),
    Otherwise(
        id="pad-edge",
        title="Padded with the picture's edge",
        symptom="the margins of oblong pictures differ, nothing else",
        source="plausible",
        witness=_MARGIN,
        usual=lambda base: [replace(base, margin="edge")] if pads(base) else [],
    ),
    Otherwise(
        id="pad-mirrored",
        title="Padded with the picture mirrored",
        symptom="the margins of oblong pictures differ, nothing else",
        source="plausible",
        witness=_MARGIN,
        usual=lambda base: [replace(base, margin="mirrored")] if pads(base) else [],
    ),
    Otherwise(
        id="crop-side",
        title="Cropped at one side instead of the middle",
        symptom="pictures are moved; oblong ones show one end",
        source="plausible",
        witness=_CROPPED,
        usual=lambda base: _sides(base) if crops(base) else [],
        wider=lambda base: _all_sides(base) if crops(base) else [],
    ),
    Otherwise(
        id="crop-offset",
        title="The crop lies some pixels off",
        symptom="pictures are moved by some pixels",
        source="https://github.com/pytorch/vision/issues/3482",
        witness=_CROPPED,
        usual=lambda base: (
            [replace(base, offset=(1, 1)), replace(base, offset=(-1, -1))] if crops(base) else []
        ),
        estimated=_offsets,
        set_at=_at_offset,
        numbers=tuple(
            Parameter(name=f"offset_{name}", low=-_FURTHEST, high=_FURTHEST, whole=True)
            for name in ("down", "across")
        ),
    ),
)
