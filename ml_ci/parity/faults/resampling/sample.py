"""A sample: the few images of the evidence that recipes are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Evidence
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.resampling.fitting import finish, fitted
from ml_ci.parity.faults.resampling.recipe import Recipe

_IMAGES = 5
_BROKEN = 1e-3  # level
_FEW = 0.01  # of all levels
_LEAST = 0.01  # grey level at the worst place: the floor of the rung


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Images and what the target made of them, float64 (C, S, S)."""

    given: tuple[NDArray[np.uint8], ...]
    made: tuple[NDArray[np.float64], ...]
    everything: Evidence

    def first(self) -> Sample:
        """The most telling image alone."""
        return Sample(given=self.given[:1], made=self.made[:1], everything=self.everything)

    @property
    def whole(self) -> bool:
        """Whether the target has whole levels; the commonest one aside, which may be a margin's."""
        for target in self.made:
            levels, counts = np.unique(target, return_counts=True)
            others = np.delete(counts, counts.argmax())
            broken = np.delete(np.abs(levels - np.rint(levels)) > _BROKEN, counts.argmax())
            if others[broken].sum() > _FEW * target.size:
                return False
        return True

    def apart(self, recipe: Recipe) -> float:
        """Levels in the mean over all images; infinite where it cannot be."""
        total = 0.0
        for image, target in zip(self.given, self.made, strict=True):
            try:
                ours = finish(fitted(image, recipe, np.float64), recipe)
            except StepError:
                return np.inf
            if ours.shape != target.shape:
                return np.inf
            total += float(np.abs(ours - target).mean())
        return total / len(self.given)

    def worst(self, recipe: Recipe) -> float:
        """The largest difference on any image of the evidence, in steps of ``_LEAST``."""
        worst = 0.0
        for image, target in zip(self.everything.given, self.everything.made, strict=True):
            try:
                ours = finish(fitted(image, recipe, np.float64), recipe)
            except StepError:
                return np.inf
            if ours.shape != np.shape(target):
                return np.inf
            worst = max(worst, float(np.abs(ours - target).max()))
        return round(worst / _LEAST) * _LEAST


def sample_of(evidence: Evidence, reference: Reference) -> Sample | None:
    """Images of different shapes on which the target is elsewhere; None where there are none."""
    found: list[tuple[Any, NDArray[np.float64]]] = []
    for image, made in sorted(
        zip(evidence.given, evidence.made, strict=True), key=lambda pair: -_worth(pair[0])
    ):
        if _alike(image, found):
            continue
        target = np.asarray(made, np.float64)
        if not np.isfinite(target).all() or target.ndim != 3:
            return None
        ours = reference.resized(image)
        if ours.shape != target.shape or float(np.abs(ours - target).max()) > _LEAST:
            found.append((image, target))
        if len(found) == _IMAGES:
            break
    if not found:
        return None
    return Sample(
        given=tuple(one[0] for one in found),
        made=tuple(one[1] for one in found),
        everything=evidence,
    )


def _worth(image: Any) -> float:
    """What an image tells: how much varies in it, less where it takes long."""
    height, width = image.shape[:2]
    varies = float(np.asarray(image[:: max(1, height // 64), :: max(1, width // 64)]).std())
    worth: float = varies * min(height, width, 64) / max(1.0, height * width / 200_000)
    return worth


def _alike(image: Any, found: list[tuple[Any, NDArray[np.float64]]]) -> bool:
    """Two of one shape are enough."""
    shapes = [other.shape for other, _ in found]
    return shapes.count(image.shape) >= 2
