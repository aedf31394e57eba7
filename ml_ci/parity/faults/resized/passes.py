"""More than one pass, or something else done to the picture on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from scipy.optimize import minimize_scalar

from ml_ci.parity.faults.fault import Parameter
from ml_ci.parity.faults.resampling import known
from ml_ci.parity.faults.resampling.otherwise import Otherwise
from ml_ci.parity.faults.resampling.recipe import Before, Recipe
from ml_ci.parity.faults.resampling.sample import Sample

_FINE = "a picture much larger than the model's size, with fine texture"
_SIDES = (256, 224, 512)
_TIMES = (3, 4)
_STRONGEST = 8.0  # sigma in px
_KINDS: tuple[Literal["short side to", "long side to", "stretched to"], ...] = (
    "short side to",
    "long side to",
    "stretched to",
)


def _usual_via(base: Recipe) -> list[Recipe]:
    side = 2 * max(base.size)
    return [
        replace(base, before=Before(kind="long side to", amount=side)),
        replace(base, before=Before(kind="short side to", amount=side)),
        replace(base, before=Before(kind="stretched to", amount=side)),
    ]


def _via(base: Recipe) -> list[Recipe]:
    """The usual sides, and every one from half to twice the size."""
    side = max(base.size)
    sides = dict.fromkeys(
        (*_SIDES, *range(max(1, side // 2), 2 * side + 1), *(side * by for by in _TIMES))
    )
    return [
        replace(base, before=Before(kind=kind, amount=at))
        for at in sides
        for kind in _KINDS
        if not (kind == "stretched to" and at == side)
    ]


def _gaps(base: Recipe, *gaps: float) -> list[Recipe]:
    return [replace(base, resampling=replace(base.resampling, reducing_gap=gap)) for gap in gaps]


def _halved(base: Recipe) -> list[Recipe]:
    before = Before(kind="halved")
    return [
        replace(base, before=before),
        *known.with_each(replace(base, before=before), [known.PLAIN_BILINEAR]),
    ]


def _blurs(base: Recipe, sample: Sample) -> list[Recipe]:
    found = minimize_scalar(
        lambda sigma: sample.apart(_blurred(base, float(sigma))),
        bounds=(0.05, _STRONGEST),
        method="bounded",
        options={"xatol": 1e-6},
    )
    rounded = round(float(found.x), 3)
    return [_blurred(base, sigma) for sigma in (rounded, float(found.x))]


def _blurred(base: Recipe, sigma: float) -> Recipe:
    return replace(base, before=Before(kind="blurred", amount=sigma))


def _at_blur(base: Recipe, values: Sequence[float]) -> Recipe | None:
    [sigma] = values
    return _blurred(base, float(sigma)) if 0 < sigma <= _STRONGEST else None


FAULTS = (
    Otherwise(
        id="resized-twice",
        title="Resized in two passes",
        symptom="pictures are softer than they should be; accuracy may not move",
        source="plausible",
        witness=_FINE,
        usual=_usual_via,
        wider=_via,
    ),
    Otherwise(
        id="reduced-first",
        title="Reduced in blocks before resizing",
        symptom="large pictures differ a little, small ones are as before",
        source="https://github.com/python-pillow/Pillow/issues/4231",
        witness=_FINE,
        as_bytes=True,
        usual=lambda base: _gaps(base, 2.0),
        wider=lambda base: _gaps(base, 1.0, 1.5, 3.0),
    ),
    Otherwise(
        id="halved-first",
        title="Halved again and again before resizing",
        symptom="large pictures differ a little, small ones are as before",
        source="plausible",
        witness=_FINE,
        usual=_halved,
    ),
    Otherwise(
        id="blurred-first",
        title="Blurred before resizing",
        symptom="pictures are softer than they should be",
        source="plausible",
        witness="a picture with fine texture",
        usual=lambda base: [_blurred(base, 1.0)],
        estimated=_blurs,
        set_at=_at_blur,
        numbers=(Parameter(name="sigma", low=0.05, high=_STRONGEST, whole=False),),
    ),
    Otherwise(
        id="resized-and-sharpened",
        title="Sharpened after resizing",
        symptom="edges have halos",
        source="plausible",
        witness="a picture with edges",
        usual=lambda base: [replace(base, sharpened=True)],
    ),
    Otherwise(
        id="linear-light",
        title="Resized in linear light",
        symptom="fine texture and edges are brighter than they should be",
        source="plausible",
        witness="a picture with fine texture of strong contrast",
        usual=lambda base: [replace(base, light="linear")],
    ),
)
