"""Several settings at once: another library does the whole step its own way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ml_ci.parity.faults.fault import Described, Evidence, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.resampling import known
from ml_ci.parity.faults.resampling.geometries import CROPPED, PADDED, crops, fitting_as, pads
from ml_ci.parity.faults.resampling.otherwise import nearest, variant_of
from ml_ci.parity.faults.resampling.recipe import Recipe, recipe_of
from ml_ci.parity.faults.resampling.sample import Sample, sample_of
from ml_ci.parity.faults.resampling.wording import differences
from ml_ci.parity.faults.resized import margins
from ml_ci.steps import RESIZED

_FOLLOWED = 6
"""Of geometries: filters change a picture less, so the right one is among the first."""
_ALONE = 2
_TOGETHER = {"clamp": "filter", "resize_ratio": "fit", "levels": ""}
"""Settings that another fault changes together with the one named."""


@dataclass(frozen=True, kw_only=True)
class Settings(Described):
    """The geometry first, then its details, the filter, and rounding."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """What a few lines of Pillow or OpenCV do."""
        base = recipe_of(reference.settings)
        stretched = [base] if base.fit == "stretch" else fitting_as(base, "stretch")
        filters = [known.PLAIN_BILINEAR, known.AREA, known.PLAIN_BICUBIC, known.LANCZOS4]
        opencv = [
            replace(one, levels="OpenCV")
            for fit in stretched
            for one in known.with_each(fit, filters)
        ]
        pillow = [
            replace(one, levels="Pillow")
            for fit in stretched
            for one in known.with_each(fit, [known.BILINEAR, known.BICUBIC, known.LANCZOS])
        ]
        near = [one for fit in stretched for one in known.with_each(fit, known.nearests()[:2])]
        return self._said([*opencv, *pillow, *near], base)

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Searched, for the fewest changes."""
        base = recipe_of(reference.settings)
        sample = sample_of(evidence, reference)
        if sample is None:
            return []
        geometries = sorted(_geometries(base), key=sample.apart)[:_FOLLOWED]
        detailed = [one for geometry in geometries for one in _details(geometry, sample)]
        best = sorted(dict.fromkeys(detailed), key=sample.apart)[:_FOLLOWED]
        filtered = [one for recipe in best for one in _filters(recipe)]
        return self._said(nearest(filtered, base, sample), base)

    def _said(self, recipes: list[Recipe], base: Recipe) -> list[Variant]:
        """Those that no other fault stands for: each of those is also fitted in whole levels."""
        return [
            variant_of(self.id, one, base)
            for one in dict.fromkeys(recipes)
            if len({_TOGETHER.get(told.name, told.name) for told in differences(one, base)} - {""})
            >= _ALONE
        ]


def _geometries(base: Recipe) -> list[Recipe]:
    return [base, *fitting_as(base, "stretch", *CROPPED, *PADDED)]


def _details(recipe: Recipe, sample: Sample) -> list[Recipe]:
    """It, with what else about its geometry comes nearer to the target."""
    found = [recipe]
    colours = margins.estimated_colour(recipe, sample)
    found += colours
    for one in (recipe, *colours):
        if recipe.fit != "stretch":
            found += [replace(one, sides="down"), replace(one, sides="up"), replace(one, odd="up")]
            found += [replace(one, odd="half even"), replace(one, sides="down", odd="half even")]
        if pads(recipe):
            found += [replace(one, anchor=(0.0, 0.0)), replace(one, anchor=(1.0, 1.0))]
            found += [replace(one, margin="edge"), replace(one, margin="mirrored")]
        if crops(recipe):
            found += [replace(one, anchor=(0.0, 0.0)), replace(one, anchor=(1.0, 1.0))]
    return found


def _filters(recipe: Recipe) -> list[Recipe]:
    recipes = [recipe, *known.with_each(recipe, known.everything())]
    return [*recipes, *known.unclamped(recipes)]


FAULTS = (
    Settings(
        id="resize-settings",
        step=RESIZED.name,
        title="Several settings of resizing at once",
        symptom="pictures are fitted and filtered otherwise, as another library does",
        source="https://github.com/mlcommons/inference/issues/201",
        witness="a picture of another size and aspect than the model's",
    ),
)
