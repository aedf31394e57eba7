"""Whole levels, or few bits, where the reference keeps floats."""

from __future__ import annotations

from dataclasses import replace

from ml_ci.parity.faults.resampling.known import PLAIN_BILINEAR
from ml_ci.parity.faults.resampling.otherwise import Otherwise
from ml_ci.parity.faults.resampling.recipe import Levels, Recipe

_ANY = "any picture that is resized"


def _with(base: Recipe, levels: Levels) -> list[Recipe]:
    return [replace(base, levels=levels)]


def _grey(base: Recipe) -> list[Recipe]:
    return [replace(base, grey="rounded")] if base.channels == 1 else []


FAULTS = (
    Otherwise(
        id="resized-by-pillow",
        title="Resized by Pillow in whole levels",
        symptom="every picture differs by a level or less; accuracy does not move",
        source="https://github.com/open-edge-platform/physical-ai-studio/issues/1194",
        witness=_ANY,
        usual=lambda base: [*_with(base, "Pillow"), *_with(base, "Pillow 12")],
    ),
    Otherwise(
        id="resized-by-opencv",
        title="Resized by OpenCV in whole levels",
        symptom="fine texture turns to noise where large pictures are shrunk",
        source="https://github.com/pytorch/vision/issues/2950",
        witness=_ANY,
        usual=lambda base: [replace(base, resampling=PLAIN_BILINEAR, clamp=True, levels="OpenCV")],
    ),
    Otherwise(
        id="resized-rounded",
        title="Rounded to whole levels after resizing",
        symptom="every picture differs by half a level or less; accuracy does not move",
        source="https://github.com/open-edge-platform/physical-ai-studio/issues/1194",
        witness=_ANY,
        usual=lambda base: _with(base, "rounded"),
    ),
    Otherwise(
        id="resized-truncated",
        title="Cut off to whole levels after resizing",
        symptom="every picture is darker by half a level; accuracy does not move",
        source="https://github.com/open-edge-platform/physical-ai-studio/issues/1194",
        witness=_ANY,
        usual=lambda base: _with(base, "truncated"),
    ),
    Otherwise(
        id="resized-in-float16",
        title="Resized in float16",
        symptom="bright pixels differ by up to a sixteenth of a level",
        source="plausible",
        witness=_ANY,
        usual=lambda base: _with(base, "float16"),
    ),
    Otherwise(
        id="grey-rounded",
        title="Grey in whole levels before resizing",
        symptom="every coloured picture differs by half a level or less",
        source="plausible",
        witness="a picture in colour",
        usual=_grey,
    ),
    Otherwise(
        id="resized-0-1",
        title="`resized` recorded as 0–1",
        symptom="the rung is 255 times too small; where `tensor` is right, only the recording is",
        source="plausible",
        witness="any picture",
        usual=lambda base: [replace(base, scaled=True)],
    ),
)
