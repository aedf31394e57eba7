"""Explaining: how much of what a target did on one step a variant of a fault does, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.noise import SAFETY, NoiseFloor
from ml_ci.parity.faults.course import NAMES, Course, Start
from ml_ci.parity.faults.fault import Evidence, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import IMAGE, STEP_OF, TENSOR

_FLOATS = tuple(name for name, step in STEP_OF.items() if step.compared == "noise floor")
_TOGETHER = NAMES[NAMES.index(TENSOR.name) :]
"""Steps that are made for all images at once."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """A variant beside what a target has on its step."""

    images: int
    apart: int
    """Images on which the target is not where the reference is, beyond noise."""
    fitted: int
    """Images on which nothing is left but noise."""
    residual: float
    """Of the image furthest beyond what is allowed; on exact rungs, the share of what differs."""
    allowed: float
    """On that image."""
    share: float
    """0–1: of the squared difference between target and reference, what the variant accounts for;
    over all images."""

    @property
    def whole(self) -> bool:
        """There is something to explain, and nothing but noise is left of it on any image."""
        return self.fitted == self.images and self.apart > 0


def explain(
    variant: Variant, evidence: Evidence, reference: Reference, noise: NoiseFloor
) -> Explained:
    """``variant`` made of what the target had below, against what it has on the step.

    Raises StepError where it cannot be made of that.
    """
    step, below = variant.step, NAMES[NAMES.index(variant.step) - 1]
    made, rounded = (_made(variant, evidence, side) for side in (reference, reference.rounded()))
    right = _made(None, evidence, reference, step=step)
    found = []
    for place, target in enumerate(evidence.made):
        ours, should = made[place], right[place]
        if step not in _FLOATS:
            found.append((_unlike(ours, target, variant.grain), 0.0, _unlike(should, target)))
            continue
        allowed = max(
            noise.allowed(step, below, np.asarray(ours)),
            SAFETY * _largest(np.asarray(rounded[place], np.float64) - ours),
            variant.grain,
        )
        found.append(_floats(variant, ours, np.asarray(target), should, allowed))
    worst = max(found, key=lambda one: one[0] - one[1])
    left, all_ = (sum(one[at] ** 2 for one in found) for at in (0, 2))
    return Explained(
        images=len(found),
        apart=sum(one[2] > one[1] for one in found),
        fitted=sum(one[0] <= one[1] for one in found),
        residual=worst[0],
        allowed=worst[1],
        share=float(max(0.0, 1 - left / all_)) if 0 < all_ < np.inf else 0.0,
    )


def _made(variant: Variant | None, evidence: Evidence, reference: Reference, step: str = "") -> Any:
    """What stands on the step before ``after``, by image."""
    step = step or (variant.step if variant is not None else "")
    below = NAMES[NAMES.index(step) - 1]
    given = np.stack(evidence.given) if step in _TOGETHER else evidence.given
    contents = [seen.content for seen in evidence.given] if step == IMAGE.name else ()
    if step == IMAGE.name:
        given = [seen.decoded for seen in evidence.given]
    start = Start(since=below, stands=given, contents=contents)
    return Course(reference, start).before_after(step, () if variant is None else (variant,))


def _floats(
    variant: Variant,
    ours: NDArray[Any],
    target: NDArray[Any],
    should: NDArray[Any],
    allowed: float,
) -> tuple[float, float, float]:
    """(residual, allowed, difference of the target from the reference)."""
    if target.shape != ours.shape:
        return np.inf, allowed, np.inf
    actual = target.astype(np.float64)
    if variant.after is None:
        residual = _largest(actual - ours)
    else:
        low, high = variant.after(ours - allowed), variant.after(ours + allowed)
        residual = _largest(np.maximum(np.maximum(low - actual, actual - high), 0.0))
    apart = _largest(actual - should) if should.shape == actual.shape else np.inf
    return residual, allowed, apart


def _unlike(ours: Any, target: Any, grain: float = 0.0) -> float:
    """Of an exact rung: the share of elements that are more than ``grain`` apart, 0–1; 1 where
    sizes differ."""
    if isinstance(ours, Decoded):
        ours = ours.pixels
    if isinstance(target, Decoded):
        target = target.pixels
    if isinstance(ours, bytes | str) or isinstance(target, bytes | str):
        return float(ours != target)
    one, other = np.asarray(ours), np.asarray(target)
    if one.shape != other.shape or one.size == 0:
        return 1.0
    return float((np.abs(one.astype(np.float64) - other) > grain).mean())


def _largest(values: NDArray[Any]) -> float:
    worst = float(np.abs(values).max(initial=0.0))
    return worst if np.isfinite(worst) else np.inf
