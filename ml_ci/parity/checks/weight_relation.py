"""A relation: how one tensor hangs together with the one it is compared with.

Observations only: which change of a file makes them is for people to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.tensors import Values

Kind = Literal[
    "equal",
    "within rounding",
    "rounded to float16",
    "rounded to bfloat16",
    "quantised",
    "permuted",
    "scaled",
    "alike",
    "constant",
    "unlike",
]
# Exporters fold constants in float32: a few ULP of the largest magnitude are no other weights.
ROUNDING_ULPS = 8
# Weights of one place in two states of one training hardly get less alike; those of two places,
# or of a fresh network, are far from it.
ALIKE = 0.9
_LEVELS = 256  # of what was stored in eight bits
_GRID = 0.01  # of a step: how far off its grid a dequantised float32 may lie
_HALF = 0.51  # of a step: the most that rounding to a grid moves, and a little
_SAMPLE = 4096  # values that stand for a tensor where only likeness is asked for


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Of two tensors of one shape."""

    kind: Kind
    worst: float
    """Largest |theirs − ours|; infinite where one is not a finite number."""
    relative: float
    """That, by the largest magnitude of ours."""
    correlation: float
    order: tuple[int, ...] = ()
    """`permuted`: for each of their rows, which of ours it is."""


def relate(ours: Values, theirs: Values) -> Relation:
    """How ``theirs`` comes from ``ours``: the closest of all kinds."""
    one, other = ours.astype(np.float32), theirs.astype(np.float32)
    with np.errstate(invalid="ignore"):  # infinity − infinity
        worst, largest = _largest(other.astype(np.float64) - one), _largest(one)
    kind = _kind(one, other, worst, largest)
    order = _order(one, other) if kind in ("alike", "unlike") else ()
    if order:
        kind = "permuted"
    return Relation(
        kind=kind,
        worst=worst,
        relative=worst / largest if largest else worst,
        correlation=correlation(one, other),
        order=order,
    )


def correlation(ours: Values, theirs: Values) -> float:
    """−1 to 1, from a sample of large tensors; of constants, 1 when they are equal and 0 if not."""
    step = max(1, ours.size // _SAMPLE)
    one, other = (values.reshape(-1)[::step].astype(np.float64) for values in (ours, theirs))
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 0.0
    spread = float(one.std() * other.std())
    if spread == 0:
        return float(np.array_equal(one, other))
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread)


def scale_of(ours: Values, theirs: Values) -> NDArray[np.float64] | None:
    """Factor of each row (of the first axis), where theirs are ours times one each; else None.

    NaN for a row of zeros, which every factor fits.
    """
    if (
        ours.ndim < 2
        or ours.shape[0] < 2
        or not np.isfinite([_largest(ours), _largest(theirs)]).all()
    ):
        return None
    one, other = (v.reshape(len(v), -1).astype(np.float64) for v in (ours, theirs))
    squares = (one * one).sum(axis=1)
    dead = squares == 0
    if dead.all() or one.shape[1] < 2:
        return None
    scale: NDArray[np.float64] = (one * other).sum(axis=1) / np.where(dead, 1, squares)
    residual = np.abs(other - scale[:, None] * one).max()
    allowed = ROUNDING_ULPS * float(np.spacing(np.float32(_largest(other))))
    return np.where(dead, np.nan, scale) if residual <= allowed else None


def _kind(ours: Values, theirs: Values, worst: float, largest: float) -> Kind:
    if np.array_equal(ours, theirs):
        return "equal"
    if worst <= ROUNDING_ULPS * float(np.spacing(np.float32(largest))):
        return "within rounding"
    if np.array_equal(_half(ours), theirs):
        return "rounded to float16"
    if any(np.array_equal(rounded, theirs) for rounded in _brain(ours)):
        return "rounded to bfloat16"
    if _is_quantised(ours, theirs):
        return "quantised"
    if theirs.size > 1 and (theirs == theirs.flat[0]).all():
        return "constant"
    if scale_of(ours, theirs) is not None:
        return "scaled"
    return "alike" if correlation(ours, theirs) >= ALIKE else "unlike"


def _largest(values: NDArray[np.floating[Any]]) -> float:
    if not np.isfinite(values).all():
        return float("inf")
    return float(np.abs(values).max(initial=0.0))


def _half(values: Values) -> Values:
    with np.errstate(over="ignore"):
        return values.astype(np.float16).astype(np.float32)


def _brain(values: Values) -> tuple[Values, Values]:
    """bfloat16 keeps the upper half of a float32's bits: rounded to even, or just cut."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7FFF) + ((bits >> np.uint32(16)) & np.uint32(1))
    keep = np.uint32(0xFFFF0000)
    return (rounded & keep).view(np.float32), (bits & keep).view(np.float32)


def _is_quantised(ours: Values, theirs: Values) -> bool:
    """Theirs are ours on a grid of at most 256 levels: one for all, or one for each channel."""
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return False
    one, other = np.atleast_1d(ours), np.atleast_1d(theirs)
    channels = [(one.reshape(1, -1), other.reshape(1, -1))]
    if one.ndim > 1:
        channels += [
            (
                np.moveaxis(one, axis, 0).reshape(one.shape[axis], -1),
                np.moveaxis(other, axis, 0).reshape(one.shape[axis], -1),
            )
            for axis in (0, one.ndim - 1)
        ]
    return any(
        all(_is_on_grid(row, levels) for row, levels in zip(*rows, strict=True))
        for rows in channels
    )


def _is_on_grid(ours: Values, theirs: Values) -> bool:
    levels = np.unique(np.append(theirs, np.float32(0))).astype(np.float64)  # zero is a level
    if not 2 <= len(levels) <= _LEVELS:
        return False
    moved = _largest(theirs.astype(np.float64) - ours)
    # Few values leave gaps in the grid, so that its step is not the smallest difference
    usual = np.abs(levels).max() / 127, np.abs(levels).max() / 128, np.ptp(levels) / 255
    for step in (float(np.diff(levels).min()), *usual):
        steps = levels / step
        if np.abs(steps - steps.round()).max() <= _GRID and moved <= _HALF * step:
            return bool(np.ptp(steps) < _LEVELS)
    return False


def _order(ours: Values, theirs: Values) -> tuple[int, ...]:
    """Which of our rows each of theirs is, where they are the same ones in another order."""
    if ours.shape[0:1] < (2,) or not ours.ndim:
        return ()
    rows: dict[bytes, list[int]] = {}
    for index, row in enumerate(_half(ours)):
        rows.setdefault(row.tobytes(), []).append(index)
    order = []
    for row in _half(theirs):
        known = rows.get(row.tobytes())
        if not known:
            return ()
        order.append(known.pop(0))
    return tuple(order) if order != sorted(order) else ()
