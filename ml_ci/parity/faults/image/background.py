"""The background that shows through transparent pixels: another colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml_ci.data.decode import image_from
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.colours import colours_of
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Seen, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.steps import IMAGE

_NAMES = {(0, 0, 0): "black", (255, 255, 255): "white"}
_USUAL = ((0, 0, 0), (255, 255, 255), (128, 128, 128))
_PARTS = ("red", "green", "blue")


@dataclass(frozen=True, kw_only=True)
class Background(Described):
    """Transparent pixels filled with another colour."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The levels of its colour."""
        return tuple(Parameter(name=part, low=0, high=255, whole=True) for part in _PARTS)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Black, white and grey."""
        found = (self.at(colour, reference) for colour in _USUAL)
        return [variant for variant in found if variant is not None]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares: target = picture over black + (1 − alpha) · background, per channel."""
        above, below = np.zeros(3), 0.0
        for seen, made in zip(evidence.given, evidence.made, strict=True):
            try:
                colours = colours_of(seen, reference)
            except StepError:
                continue
            if np.shape(made) != colours.colour.shape or colours.opaque:
                continue
            share = 1 - colours.alpha / 255  # (H, W, 1)
            rest = np.asarray(made, np.float64) - colours.over((0, 0, 0))
            above += (share * rest).sum(axis=(0, 1))
            below += float((share * share).sum())
        if below == 0.0:
            return []
        found = self.at([float(level) for level in above / below], reference)
        return [] if found is None else [found]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """The background of these levels."""
        red, green, blue = (int(min(max(round(level), 0), 255)) for level in values)
        colour = (red, green, blue)
        if colour == reference.rule.background:
            return None
        name = _NAMES.get(colour, f"the colour {red}, {green}, {blue}")
        own = _NAMES.get(reference.rule.background, f"{list(reference.rule.background)}")

        def make(seen: Seen, reference: Reference) -> Pixels:
            return image_from(
                seen.decoded, seen.content, replace(reference.rule, background=colour)
            )

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"colour": colour},
            said=f"{name} instead of {own} behind transparent pixels",
            remedy=Remedy(
                server=f"fill transparent pixels with {list(reference.rule.background)}: paste the "
                "picture on a canvas of that colour with its alpha as the mask",
                script=f"set `preprocess.background: {list(colour)}`",
            ),
            make=guarded(make),
        )


FAULTS = (
    Background(
        id="background",
        step=IMAGE.name,
        title="Another background behind transparent pixels",
        symptom="only pictures with transparency are answered otherwise",
        source="https://github.com/cubicdaiya/ngx_small_light/pull/100",
        witness="a picture with transparent pixels",
    ),
)
