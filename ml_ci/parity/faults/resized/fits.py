"""Another fit: stretched, padded or cropped where the reference does something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml_ci.parity.faults.fault import Parameter
from ml_ci.parity.faults.resampling.geometries import CROPPED, PADDED, crops, fitting_as, rated
from ml_ci.parity.faults.resampling.otherwise import Otherwise
from ml_ci.parity.faults.resampling.recipe import Recipe
from ml_ci.parity.faults.resampling.sample import Sample

_OBLONG = "a picture of another aspect than the model's size"
_USUAL_RATIOS = (256 / 224, 1.0, 1 / 0.9, 1 / 0.95)
_LARGEST_RATIO = 2.0
_USUAL_WINDOWS = (0.875,)
_SMALLEST_WINDOW = 0.3
_LIKELY = 40


def _ratios(base: Recipe, sample: Sample) -> list[Recipe]:
    """Every whole intermediate side, the best of them."""
    if not rated(base):
        return []
    height = base.size[0]
    sides = range(height, int(height * _LARGEST_RATIO) + 1)
    recipes = [replace(base, ratio=side / height) for side in sides]
    return [min(recipes, key=sample.apart)]


def _windows(base: Recipe, sample: Sample) -> list[Recipe]:
    """By thousandths, the likeliest of one image on the others."""
    first = sample.first()
    shares = np.arange(_SMALLEST_WINDOW, 1, 0.001).round(3)
    recipes = [replace(base, window=float(share)) for share in shares]
    likely = sorted(recipes, key=first.apart)[:_LIKELY]
    scores = {one: sample.apart(one) for one in sorted(likely, key=lambda one: one.window)}
    # Whole pixels: neighbours give the same, and the middle of them suits other pictures best
    alike = [one for one, score in scores.items() if score <= min(scores.values()) + 1e-6]
    return [alike[len(alike) // 2]]


def _at_ratio(base: Recipe, values: Sequence[float]) -> Recipe | None:
    [ratio] = values
    within = rated(base) and 1.0 <= ratio <= _LARGEST_RATIO
    return replace(base, ratio=float(ratio)) if within else None


def _at_window(base: Recipe, values: Sequence[float]) -> Recipe | None:
    [share] = values
    return replace(base, window=float(share)) if _SMALLEST_WINDOW <= share < 1 else None


FAULTS = (
    Otherwise(
        id="fit-stretch",
        title="Stretched to the size, aspect not kept",
        symptom="oblong pictures are distorted, square ones are as before",
        source="https://github.com/huggingface/pytorch-image-models/issues/1383",
        witness=_OBLONG,
        as_bytes=True,
        usual=lambda base: fitting_as(base, "stretch"),
    ),
    Otherwise(
        id="fit-pad",
        title="Padded to the size",
        symptom="oblong pictures are smaller and have margins, square ones are as before",
        source="https://github.com/ultralytics/ultralytics/issues/23054",
        witness=_OBLONG,
        as_bytes=True,
        usual=lambda base: fitting_as(base, *PADDED),
    ),
    Otherwise(
        id="fit-crop",
        title="Cropped to the size",
        symptom="oblong pictures lose their ends, square ones are as before or larger",
        source="https://github.com/ultralytics/ultralytics/issues/23054",
        witness=_OBLONG,
        as_bytes=True,
        usual=lambda base: fitting_as(base, *CROPPED),
    ),
    Otherwise(
        id="resize-ratio",
        title="Another intermediate side",
        symptom="everything is a little larger or smaller; accuracy moves little",
        source="https://github.com/huggingface/pytorch-image-models/issues/2769",
        witness="any picture",
        usual=lambda base: (
            [replace(base, ratio=ratio) for ratio in _USUAL_RATIOS] if rated(base) else []
        ),
        estimated=_ratios,
        set_at=_at_ratio,
        numbers=(Parameter(name="resize_ratio", low=1.0, high=_LARGEST_RATIO, whole=False),),
    ),
    Otherwise(
        id="crop-window",
        title="The middle is cut out first",
        symptom="everything is larger, the border is missing",
        source="https://github.com/huggingface/pytorch-image-models/issues/2769",
        witness="any picture",
        usual=lambda base: [replace(base, window=share) for share in _USUAL_WINDOWS],
        estimated=_windows,
        set_at=_at_window,
        numbers=(Parameter(name="window", low=_SMALLEST_WINDOW, high=1.0, whole=False),),
    ),
    Otherwise(
        id="size-exchanged",
        title="Height and width of the computed size exchanged",
        symptom="oblong pictures are distorted, square ones are as before",
        source="https://github.com/PaddlePaddle/Paddle2ONNX/issues/666",
        witness=_OBLONG,
        usual=lambda base: (
            [replace(base, exchanged=True)]
            if base.fit in ("long_side_pad", "short_side_crop", "two_pass_pad")
            else []
        ),
    ),
    Otherwise(
        id="result-transposed",
        title="Height and width of the result exchanged",
        symptom="pictures are mirrored at their diagonal",
        source="https://github.com/PaddlePaddle/Paddle2ONNX/issues/666",
        witness="any picture",
        usual=lambda base: [replace(base, transposed=True)] if base.size[0] == base.size[1] else [],
    ),
    Otherwise(
        id="sides-rounded",
        title="Computed sides rounded otherwise",
        symptom="some oblong pictures are scaled or moved by a part of a pixel",
        source="https://github.com/pytorch/vision/issues/3482",
        witness="an oblong picture whose scaled side has a fraction of half a pixel or more",
        usual=lambda base: (
            [replace(base, sides="down"), replace(base, sides="up")]
            if base.fit != "stretch"
            else []
        ),
        wider=lambda base: [replace(base, sides="half even")],
    ),
    Otherwise(
        id="odd-pixel",
        title="The odd pixel of a margin on the other side",
        symptom="some pictures are moved by one pixel",
        source="https://github.com/pytorch/vision/issues/3482",
        witness="a picture whose margin, or what is cut off, is an odd number of pixels",
        usual=lambda base: (
            [replace(base, odd="up"), replace(base, odd="half even")]
            if crops(base) or base.fit in PADDED
            else []
        ),
    ),
)
