"""How one array differs from another: the numbers a person needs to believe it and to look."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ml_ci.parity.recording import squeezed

Array = NDArray[np.generic]


class Mismatch(BaseModel):
    """What differs on one rung of one image, in numbers; `message` says the same in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    message: str
    elements: int
    """How many differ by more than allowed; 0 when shape, type or hash alone is known to differ."""
    total: int
    worst: float | None
    """Largest finite |target − reference|, in the rung's unit."""


def compare_floats(where: str, reference: Array, target: Array, limit: float) -> Mismatch | None:
    """The mismatch where an element differs by more than ``limit``; None when none does.

    Leading axes of length 1 are squeezed on both sides.
    """
    reference, target = squeezed(reference), squeezed(target)
    if reference.shape != target.shape:
        return shape_mismatch(where, reference, target)
    if not np.issubdtype(target.dtype, np.number):
        return type_mismatch(where, reference, target)
    expected = reference.astype(np.float64)
    actual = target.astype(np.float64)
    finite = np.isfinite(expected) & np.isfinite(actual)
    # A NaN or an infinity is never right, not even on both sides: then the reference is broken too.
    difference = np.where(finite, np.abs(actual - np.where(finite, expected, 0.0)), 0.0)
    differing = ~finite | (difference > limit)
    if not differing.any():
        return None
    return _element_mismatch(where, expected, actual, differing, difference, limit)


def compare_pixels(where: str, reference: Array, target: Array) -> Mismatch | None:
    """The mismatch between two arrays that have to be equal; None when they are."""
    if reference.shape != target.shape:
        return shape_mismatch(where, reference, target)
    if reference.dtype != target.dtype:
        return type_mismatch(where, reference, target)
    return compare_floats(where, reference, target, 0.0)


def shape_mismatch(where: str, reference: Array, target: Array) -> Mismatch:
    """The two sides hold arrays of different shapes."""
    return Mismatch(
        message=f"{where}: the shape is {_shape(target)}, the reference has {_shape(reference)}",
        elements=0,
        total=int(reference.size),
        worst=None,
    )


def type_mismatch(where: str, reference: Array, target: Array) -> Mismatch:
    """The two sides hold arrays of different element types."""
    return Mismatch(
        message=f"{where}: the type is {target.dtype}, the reference has {reference.dtype}",
        elements=0,
        total=int(reference.size),
        worst=None,
    )


def hash_mismatch(where: str, reference: str, target: str) -> Mismatch:
    """Only hashes are known, and they differ."""
    return Mismatch(
        message=f"{where}: sha256 {target[:12]}…, the reference has {reference[:12]}…",
        elements=0,
        total=0,
        worst=None,
    )


def _element_mismatch(
    where: str,
    expected: NDArray[np.float64],
    actual: NDArray[np.float64],
    differing: NDArray[np.bool_],
    difference: NDArray[np.float64],
    limit: float,
) -> Mismatch:
    count, total = int(differing.sum()), int(differing.size)
    share = f"{count} of {total} elements ({count / total:.1%})"
    parts = [f"{where}: {share} differ by more than {limit:.3g}"]
    worst = float(difference.max())
    if worst > limit:
        index = np.unravel_index(int(difference.argmax()), difference.shape)
        relative = worst / abs(expected[index]) if expected[index] else np.inf
        parts.append(
            f"worst difference {worst:.6g} at {[int(i) for i in index]} "
            f"(target {actual[index]:.6g}, reference {expected[index]:.6g}, "
            f"relative {relative:.3g})"
        )
    parts += _non_finite("target", actual) + _non_finite("reference", expected)
    return Mismatch(message="; ".join(parts), elements=count, total=total, worst=worst)


def _non_finite(side: str, values: NDArray[np.float64]) -> list[str]:
    counts = {"NaN": int(np.isnan(values).sum()), "infinite": int(np.isinf(values).sum())}
    return [f"{count} {kind} in the {side}" for kind, count in counts.items() if count]


def _shape(array: Array) -> str:
    return "×".join(str(side) for side in array.shape) or "scalar"
