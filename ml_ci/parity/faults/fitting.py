"""Fitting: what estimates of faults have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ml_ci.parity.faults.fault import Evidence, Value
from ml_ci.parity.faults.reference import Reference

Floats = NDArray[np.float64]
_ENOUGH = 2
"""Independent numbers told per number estimated; with fewer, anything fits."""


def pair(evidence: Evidence) -> tuple[Floats, Floats] | None:
    """Both sides (N, …), of one shape; None where shapes differ or not all is finite."""
    found = both(evidence)
    return found if found is not None and found[0].shape == found[1].shape else None


def both(evidence: Evidence) -> tuple[Floats, Floats] | None:
    """Both sides (N, …), or None: there is nothing, shapes differ by image, not all is finite."""
    shapes = ({np.shape(one) for one in side} for side in (evidence.given, evidence.made))
    if any(len(found) != 1 for found in shapes):
        return None
    given, made = evidence.stacked()
    return (given, made) if np.isfinite(given).all() and np.isfinite(made).all() else None


def logits_of(evidence: Evidence, reference: Reference) -> tuple[Floats, Floats] | None:
    """The reference's and the target's (N, K)."""
    found = both(evidence)
    if found is None:
        return None
    ours = reference.logits(found[0])
    return (ours, found[1]) if ours.shape == found[1].shape else None


def enough(told: int, estimated: int) -> bool:
    """Whether ``told`` numbers are enough to estimate that many."""
    return told >= _ENOUGH * estimated


def polished(
    model: Callable[[Floats], NDArray[Any]], start: Sequence[float], theirs: Floats
) -> Floats | None:
    """``start`` moved to where ``model`` comes nearest to ``theirs``; None if it gets nowhere."""

    def apart(values: Floats) -> Floats:
        with np.errstate(all="ignore"):
            off = (model(values) - theirs).ravel()
        return np.nan_to_num(off, nan=1e6, posinf=1e6, neginf=-1e6)

    first = np.asarray(start, np.float64)
    if not np.isfinite(first).all() or theirs.size < first.size:
        return None
    found = least_squares(apart, first, x_scale="jac", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    moved: Floats = found.x
    return moved if np.isfinite(moved).all() else None


def listed(values: Sequence[float]) -> str:
    """As params.yaml would have them: `[0.5, 0.25]`."""
    return f"[{', '.join(f'{value:.6g}' for value in values)}]"


def roundest(low: float, high: float) -> float:
    """The number in (low, high] that has the fewest digits."""
    for decimals in range(9):
        candidate = float(np.ceil(low * 10**decimals + 1e-9) / 10**decimals)
        if low < candidate <= high:
            return candidate
    return (low + high) / 2


def cut_off(ours: Floats, theirs: Floats) -> tuple[float, float]:
    """Where theirs end and ours go on; infinite where they do not."""
    least, most = float(theirs.min()), float(theirs.max())
    noise = 1e-5 * max(abs(least), abs(most))
    return (
        least if float(ours.min()) < least - noise else -np.inf,
        most if float(ours.max()) > most + noise else np.inf,
    )


def finite(**values: float) -> dict[str, Value]:
    """Parameters, without ends that are none: a report holds no infinity."""
    return {name: value for name, value in values.items() if np.isfinite(value)}
