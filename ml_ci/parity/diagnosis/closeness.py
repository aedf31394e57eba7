"""Closeness: how near the reference with some faults comes to what a target has on a rung.

Equal means: no further off than two right implementations of those very faults may be. That is the
noise floor of the rung from where both stood the same, or 8 × the candidate's own float32 error on
that very input, or what its ``grain`` and the ties of its ``after`` become on the way up, whichever
is largest. The last is measured, by shaking the candidate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.noise import SAFETY
from ml_ci.parity.diagnosis.explaining import as_seen, unlike
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.faults.course import NAMES, Course, Stands
from ml_ci.parity.faults.fault import Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import DECODED, IMAGE, LABEL, RECEIVED, STEP_OF

SHAKES = 3
_SEED = 20_261_125
_ENOUGH = 1.5  # a few shakes do not find the worst
_PIXELS = (RECEIVED.name, DECODED.name, IMAGE.name)


@dataclass(frozen=True, kw_only=True)
class Close:
    """Some faults beside one target, on some images."""

    residuals: tuple[float, ...]
    """By image: largest difference left; on exact rungs the share of what differs, 0–1."""
    allowed: tuple[float, ...]
    left: float
    """Sum of squares of what is left, over all images and elements."""
    right: tuple[bool, ...]
    """By image: nothing but noise is left."""

    @property
    def whole(self) -> bool:
        """On all of them."""
        return all(self.right)

    @property
    def worst(self) -> int:
        """The image furthest beyond what is allowed."""
        beyond = [
            residual / allowed if allowed else residual * 1e12
            for residual, allowed in zip(self.residuals, self.allowed, strict=True)
        ]
        return int(np.argmax(beyond)) if beyond else 0


def closeness(
    question: Question, rounded: Course, variants: Sequence[Variant], exact: Course | None = None
) -> Close:
    """``variants`` in the courses of ``question``.

    With ``rounded``, a float32 course, alone it is quick: float32 is believed, nothing is shaken.
    Raises StepError where the variants cannot be made.
    """
    if not question.is_number:
        return _exact_rung(question, rounded.run(question.step, variants), variants)
    own = next((one for one in variants if one.step == question.step), None)
    quick = rounded.before_after(question.step, variants)
    made = quick if exact is None else exact.before_after(question.step, variants)
    shaken = [] if exact is None else _shaken(question, rounded, variants)
    right, residuals, limits, left = [], [], [], 0.0
    for place, target in enumerate(question.observed):
        ours = np.asarray(made[place], np.float64)
        actual = np.asarray(target, np.float64)
        allowed = question.noise.allowed(question.step, _floor_since(question), ours)
        if exact is not None:
            error = _largest(np.asarray(quick[place], np.float64) - ours)
            allowed = max(allowed, SAFETY * error)
        nominal = np.asarray(rounded.run(question.step, variants)[place], np.float64)
        spread = [_largest(np.asarray(one[place], np.float64) - nominal) for one in shaken]
        allowed = max(allowed, _ENOUGH * max(spread, default=0.0))
        if own is not None:
            allowed = max(allowed, own.grain)
        residual, squares = _apart(ours, actual, allowed, own)
        residuals.append(residual)
        limits.append(allowed)
        right.append(residual <= allowed)
        left += squares
    return Close(residuals=tuple(residuals), allowed=tuple(limits), left=left, right=tuple(right))


def confirmed(
    question: Question, rounded: Course, exact: Course, variants: Sequence[Variant]
) -> Close:
    """``variants`` beside the target, as exactly as it takes: float64 and shaking cost passes, and
    only ever allow more. Raises StepError where the variants cannot be made."""
    quick = closeness(question, rounded, variants)
    if quick.whole or not question.is_number:
        return quick
    return closeness(question, rounded, variants, exact)


def _floor_since(question: Question) -> str:
    """Bytes and pixels make no noise: they count as the picture."""
    since = question.start.since
    return since if since in STEP_OF and since not in _PIXELS else IMAGE.name


def _apart(
    ours: NDArray[np.float64], target: NDArray[np.float64], allowed: float, own: Variant | None
) -> tuple[float, float]:
    """Largest difference, and the sum of squares of all; infinite where they cannot be compared."""
    if ours.shape != target.shape:
        return np.inf, np.inf
    if own is None or own.after is None:
        apart = target - ours
    else:
        low, high = own.after(ours - allowed), own.after(ours + allowed)
        apart = np.maximum(np.maximum(low - target, target - high), 0.0)
    with np.errstate(invalid="ignore", over="ignore"):
        squares = float(np.square(apart).sum())
    return _largest(apart), squares if np.isfinite(squares) else np.inf


def _exact_rung(question: Question, made: Stands, variants: Sequence[Variant]) -> Close:
    grain = max((one.grain for one in variants), default=0.0)
    contents = question.start.contents or question.start.stands
    residuals = []
    for place, target in enumerate(question.observed):
        ours = made[place]
        if question.step != LABEL.name:
            ours, target = as_seen(
                question.step, contents[place], (ours, target), question.reference
            )
        residuals.append(unlike(ours, target, grain))
    return Close(
        residuals=tuple(residuals),
        allowed=(0.0,) * len(residuals),
        left=float(sum(residuals)),
        right=tuple(one == 0 for one in residuals),
    )


def _shaken(question: Question, course: Course, variants: Sequence[Variant]) -> list[Stands]:
    """The rung in question when the variants' grain and ties fall otherwise."""
    if not any(_has_freedom(one, question) for one in variants):
        return []
    found = []
    for shake in range(SHAKES):
        moved = [
            _shake(one, question, shake) if _has_freedom(one, question) else one for one in variants
        ]
        found.append(course.run(question.step, moved))
    return found


def _has_freedom(variant: Variant, question: Question) -> bool:
    """Below the rung in question, where it becomes something else."""
    return variant.step != question.step and (variant.grain > 0 or variant.after is not None)


def _shake(variant: Variant, question: Question, shake: int) -> Variant:
    step = variant.step
    below = NAMES[NAMES.index(step) - 1]

    def make(given: Any, reference: Reference) -> Any:
        made = variant.make(given, reference)
        if not isinstance(made, np.ndarray):
            return made
        size = variant.grain
        if variant.after is not None and STEP_OF[step].compared == "noise floor":
            size = max(size, question.noise.allowed(step, below, made))
        random = np.random.default_rng((_SEED, shake, made.size))
        noise: NDArray[np.float64] = np.asarray(random.uniform(-size, size, made.shape))
        moved = made + noise
        if made.dtype.kind == "f":
            return moved.astype(made.dtype)
        return np.clip(np.rint(moved), 0, np.iinfo(made.dtype).max).astype(made.dtype)

    return replace(variant, make=make, parameters={**variant.parameters, "shake": shake})


def _largest(values: NDArray[Any]) -> float:
    worst = float(np.abs(values).max(initial=0.0))
    return worst if np.isfinite(worst) else np.inf
