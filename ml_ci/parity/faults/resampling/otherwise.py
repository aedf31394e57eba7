"""Otherwise: a fault of `resized` as a family of recipes that differ from the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.resampling.fitting import finish, fitted
from ml_ci.parity.faults.resampling.integer import PILLOW
from ml_ci.parity.faults.resampling.known import AREA, LANCZOS4, PLAIN_BICUBIC, PLAIN_BILINEAR
from ml_ci.parity.faults.resampling.matrices import NEAREST, Resampling
from ml_ci.parity.faults.resampling.recipe import Levels, Recipe, recipe_of
from ml_ci.parity.faults.resampling.sample import Sample, sample_of
from ml_ci.parity.faults.resampling.wording import differences, remedy, said
from ml_ci.rung import Array
from ml_ci.steps import RESIZED

Recipes = Callable[[Recipe], Iterable[Recipe]]
Estimated = Callable[[Recipe, Sample], Iterable[Recipe]]
_WHOLE: tuple[Levels, ...] = ("rounded", "truncated", "Pillow", "Pillow 12", "OpenCV")
_OPENCV = (PLAIN_BILINEAR, PLAIN_BICUBIC, LANCZOS4, AREA)
_GRAINS = {"OpenCV": 1.0}
"""Its builds round in another order, which moves a result by a level."""
_BYTES = ("Pillow", "OpenCV")
_COORDINATES = 0.02
"""Of 255 levels: without antialiasing OpenCV, torch and ONNX Runtime keep coordinates in float32;
up to 0.01 was seen on sides of 1 to 500 px."""
_NEAR = 3.0
"""Levels, in the mean: a recipe that rounding could bring to the target is not further away."""
_LIKELY = 2.0
"""Times the best of one image: further away is not tried on more of them."""
_CONFIRMED = 8
"""Tried on all images."""
_LITTLE = 1e-6
_KEPT = 2


@dataclass(frozen=True, kw_only=True)
class Otherwise(Described):
    """Recipes of one kind."""

    usual: Recipes
    """Those that are tried without evidence, the commonest first."""
    wider: Recipes | None = None
    """More that are tried with evidence."""
    as_bytes: bool = False
    """Each usual one is also tried as Pillow and OpenCV do it on uint8."""
    estimated: Estimated | None = None
    """Those that evidence suggests."""
    set_at: Callable[[Recipe, Sequence[float]], Recipe | None] | None = None
    numbers: tuple[Parameter, ...] = ()
    step: str = RESIZED.name

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Of ``at``."""
        return self.numbers

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The usual ones that are not the reference's own."""
        base = recipe_of(reference.settings)
        usual = list(self.usual(base))
        if self.as_bytes:
            usual = [one for recipe in usual for one in (*in_bytes(recipe), recipe)]
        return [self._variant(recipe, base) for recipe in _others(usual, base)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The nearest to a few images, each also in whole levels."""
        base = recipe_of(reference.settings)
        sample = sample_of(evidence, reference)
        if sample is None:
            return []
        recipes = [*self.usual(base)]
        if self.wider is not None:
            recipes += self.wider(base)
        if self.estimated is not None:
            recipes += self.estimated(base, sample)
        best = nearest(_others(recipes, base), base, sample)
        return [self._variant(recipe, base) for recipe in best]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """The recipe with these numbers."""
        base = recipe_of(reference.settings)
        recipe = None if self.set_at is None else self.set_at(base, values)
        if recipe is None or not _others([recipe], base):
            return None
        return self._variant(recipe, base)

    def _variant(self, recipe: Recipe, base: Recipe) -> Variant:
        return variant_of(self.id, recipe, base)


def variant_of(fault: str, recipe: Recipe, base: Recipe) -> Variant:
    """``recipe`` as something that can be run."""
    found = differences(recipe, base)

    def make(image: Array, reference: Reference) -> NDArray[Any]:
        return np.ascontiguousarray(fitted(image, recipe, reference.dtype))

    def after(values: NDArray[Any]) -> NDArray[Any]:
        return finish(values, recipe)

    return Variant(
        fault=fault,
        step=RESIZED.name,
        parameters={one.name: one.value for one in found},
        said=said(found),
        remedy=remedy(found),
        make=make,
        after=None if recipe.levels == "floats" else after,
        grain=grain_of(recipe),
    )


def grain_of(recipe: Recipe) -> float:
    """How far right implementations are apart, in levels (or shares, where they are recorded)."""
    kernel = recipe.resampling.kernel
    exact = kernel in NEAREST
    grain = 0.0 if exact else _GRAINS.get(recipe.levels, 0.0)
    if not recipe.resampling.antialias and not exact:
        grain = max(grain, _COORDINATES)
    return grain / 255 if recipe.scaled else grain


def nearest(recipes: Iterable[Recipe], base: Recipe, sample: Sample) -> list[Recipe]:
    """The few that come nearest to the target, also in whole levels.

    One that changes something which shows nowhere is not among them: what it adds to a simpler one
    is no finding.
    """
    asked = list(dict.fromkeys(recipes))
    # The reference's own, too, so that rounding alone is not taken for something else with rounding
    near = _near([*asked, base], sample)
    if sample.whole:
        near += [one for recipe in near for one in in_whole_levels(recipe) if _is_new(one, base)]
    near += [replace(recipe, levels="float16") for recipe in near if recipe.levels == "floats"]
    ranked = _ranked(list(dict.fromkeys(near)), base, sample)
    found: dict[object, Recipe] = {}
    for one in ranked:
        if not any(other.simpler(one) for other in ranked):
            # In several roundings with one result: the usual one
            found.setdefault((replace(one.recipe, levels="floats"), one.apart), one.recipe)
    known = set(asked)
    kept = [one for one in found.values() if {one, replace(one, levels="floats")} & known]
    return kept[:_KEPT]


@dataclass(frozen=True, kw_only=True)
class _Ranked:
    recipe: Recipe
    worst: float
    apart: float
    changes: int

    def simpler(self, other: _Ranked) -> bool:
        """As near with fewer changes."""
        near = self.worst <= other.worst and self.apart <= other.apart + _LITTLE
        return near and self.changes < other.changes


def _ranked(recipes: list[Recipe], base: Recipe, sample: Sample) -> list[_Ranked]:
    """The nearest, on all images; fewest changes first."""
    changes = {one: len(differences(one, base)) for one in recipes}
    apart = {one: sample.apart(one) for one in recipes}
    order = sorted(recipes, key=lambda one: (round(apart[one], 6), changes[one]))
    ranked = [
        _Ranked(recipe=one, worst=sample.worst(one), apart=apart[one], changes=changes[one])
        for one in order[:_CONFIRMED]
        if np.isfinite(apart[one])
    ]
    return sorted(ranked, key=lambda one: (one.worst, one.changes, one.apart))


def _near(recipes: list[Recipe], sample: Sample) -> list[Recipe]:
    """Those that rounding could bring to the target, or the best."""
    scores = {one: sample.apart(one) for one in _screened(recipes, sample.first())}
    near = [one for one, score in scores.items() if score <= _NEAR]
    return near or sorted(scores, key=lambda one: scores[one])[:_KEPT]


def _is_new(recipe: Recipe, base: Recipe) -> bool:
    """Whole levels are cut to 0–255 in any case, and `resized-by-opencv` is a fault of its own."""
    by_opencv = replace(base, resampling=PLAIN_BILINEAR, levels="OpenCV")
    return recipe.clamp == base.clamp and recipe != by_opencv


def _screened(recipes: list[Recipe], first: Sample) -> list[Recipe]:
    """Those that could be it, by one image."""
    scores = [first.apart(recipe) for recipe in recipes]
    limit = max(_NEAR, _LIKELY * min(scores, default=0.0))
    return [one for one, score in zip(recipes, scores, strict=True) if score <= limit]


def in_whole_levels(recipe: Recipe) -> list[Recipe]:
    """It, as libraries that give uint8 do it."""
    if recipe.levels != "floats" or recipe.scaled:
        return []
    kernel = recipe.resampling.kernel
    plain = replace(recipe.resampling, reducing_gap=0.0) == Resampling(kernel=kernel)
    ways: list[Levels] = []
    for way in _WHOLE:
        if way.startswith("Pillow") and not (kernel in PILLOW and plain):
            continue
        if way == "OpenCV" and recipe.resampling not in _OPENCV:
            continue
        ways.append(way)
    return [replace(recipe, levels=way) for way in ways]


def in_bytes(recipe: Recipe) -> list[Recipe]:
    """It, by Pillow or by OpenCV on uint8; a nearest pixel is the same as in floats."""
    if recipe.resampling.kernel in NEAREST:
        return []
    return [one for one in in_whole_levels(recipe) if one.levels in _BYTES]


def _others(recipes: Iterable[Recipe], base: Recipe) -> list[Recipe]:
    """Those that differ in what they do, once each."""
    return [one for one in dict.fromkeys(recipes) if differences(one, base)]
