"""Float rungs: each step's own error, by applying the reference's step to what stood below.

Images are taken together where their arrays have one shape: the model then computes a batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.noise import SAFETY
from ml_ci.parity.exact import applied
from ml_ci.parity.executor import Change, Executor, StepError, climb
from ml_ci.parity.recording import Reading, readings, squeezed
from ml_ci.parity.sides import Sides
from ml_ci.parity.standing import Standing
from ml_ci.rung import Array
from ml_ci.steps import HASHED_STEPS, IMAGE, LADDER

Floats = NDArray[np.float64]
_EXACT = tuple(step.name for step in HASHED_STEPS)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One image on one float rung."""

    array: Array
    """What the target recorded, read as ``reading`` says."""
    reading: str
    truth: Floats | None
    """What should stand there; None where that cannot be told."""
    own: float | None
    """Largest |target − truth|; infinite where they cannot be subtracted: NaN, another shape."""
    allowed: float
    inherited: float | None
    """Largest |target − reference|; infinite as above."""
    allowed_inherited: float

    @property
    def fits(self) -> bool:
        """The own error is known and no larger than allowed."""
        return self.own is not None and self.own <= self.allowed

    @property
    def arrives(self) -> bool:
        """The target ends up where the reference does, whatever happened below."""
        return self.inherited is not None and self.inherited <= self.allowed_inherited


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What should stand on a rung, and how exact a float32 reference is there."""

    values: Floats
    error: float
    """Largest |float32 − float64| of the reference's own steps on this input."""


class FloatStep:
    """One float step for a group of images."""

    def __init__(self, sides: Sides, step: str) -> None:
        self._sides = sides
        self._step = step

    def measure(self, standings: Mapping[str, Standing]) -> dict[str, Measured]:
        """By image, where the target kept the array; ``standings`` are from below the step."""
        arrays = {
            image: array
            for image in standings
            if (array := self._sides.target.array(image, self._step)) is not None
        }
        truths = self.truths({image: standings[image] for image in arrays})
        return {
            image: self._measured(image, array, standings[image], truths.get(image))
            for image, array in arrays.items()
        }

    def truths(self, standings: Mapping[str, Standing]) -> dict[str, Truth]:
        """What should stand there, by image, where it can be told."""
        truths: dict[str, Truth] = {}
        groups: dict[tuple[str, object, object], dict[str, Array]] = defaultdict(dict)
        executor = self._sides.executor
        for image, standing in standings.items():
            recorded = self._recorded(image, standing)
            if recorded is not None:
                truths[image] = Truth(values=recorded, error=0.0)
            elif executor is not None:
                try:
                    value = _value(executor, self._sides, image, standing)
                except StepError:
                    continue
                since = IMAGE.name if standing.step in _EXACT else standing.step
                groups[since, value.shape, value.dtype][image] = value
        for (since, _, _), values in groups.items():
            truths |= self._climbed(executor, since, values)
        return truths

    def _recorded(self, image: str, standing: Standing) -> Floats | None:
        """The reference's own rung, where it was made from what the target stands on, too.

        It is float32: its own error is at most the eighth part of what is allowed.
        """
        below = LADDER[[step.name for step in LADDER].index(self._step) - 1].name
        if not standing.same or self._sides.changed(standing.step, below):
            return None
        array = self._sides.reference.array(image, self._step)
        return None if array is None else array.astype(np.float64)

    def _climbed(
        self, executor: Executor | None, since: str, values: Mapping[str, Array]
    ) -> dict[str, Truth]:
        if executor is None:
            return {}
        batch = np.stack(list(values.values()))
        changes = self._sides.accepted.changes
        try:
            exact, rounded = (
                climb(executor, since, batch, self._step, exact=exact, changes=changes)
                for exact in (True, False)
            )
        except StepError:
            return {}
        truth = exact.astype(np.float64)
        with np.errstate(invalid="ignore"):  # infinity − infinity
            error = np.abs(rounded.astype(np.float64) - truth).reshape(len(batch), -1).max(axis=1)
        # Where float32 itself overflows, it tells nothing of what is allowed
        error = np.where(np.isfinite(error), error, 0.0)
        return {
            image: Truth(values=truth[place], error=float(error[place]))
            for place, image in enumerate(values)
        }

    def _measured(
        self, image: str, array: Array, standing: Standing, truth: Truth | None
    ) -> Measured:
        reference = self._sides.reference.array(image, self._step)
        like = truth.values if truth is not None else reference
        plain = squeezed(array)
        found = self._read_as(Reading(way="", array=plain), standing, truth, reference)
        if found.fits or like is None:
            return found
        for reading in readings(self._step, plain, squeezed(like).shape):
            other = self._read_as(reading, standing, truth, reference)
            if other.fits:
                return other
        return found

    def _read_as(
        self,
        reading: Reading,
        standing: Standing,
        truth: Truth | None,
        reference: Array | None,
    ) -> Measured:
        array = reading.array
        entry = self._sides.target.header.entry
        noise = self._sides.noise
        like = truth.values if truth is not None else reference
        level = array if like is None else like
        allowed = noise.allowed(self._step, standing.step, level)
        own = None
        if truth is not None:
            allowed = max(allowed, SAFETY * truth.error)
            own = _distance(
                array, truth.values, allowed, self._sides.accepted.changes.get(self._step)
            )
        return Measured(
            array=array,
            reading=reading.way,
            truth=None if truth is None else truth.values,
            own=own,
            allowed=self._sides.accepted.tolerances.get(self._step, allowed),
            inherited=None
            if reference is None
            else _distance(array, reference.astype(np.float64), 0.0, None),
            allowed_inherited=noise.allowed(self._step, entry, level),
        )


def _value(executor: Executor, sides: Sides, image: str, standing: Standing) -> Array:
    """What the step is applied to. Raises StepError where it is not known."""
    if standing.step in _EXACT:
        return applied(executor, sides, image, standing, IMAGE.name)
    if not standing.same:
        return standing.value()
    array = sides.reference.array(image, standing.step)
    if array is None:
        raise StepError("the reference kept no array of it")
    return array


def _distance(target: Array, truth: Floats, allowed: float, change: Change | None) -> float:
    """Largest |target − truth|; after a ``change``, how far beyond the changed ends of noise."""
    recorded, should = squeezed(target), squeezed(truth)
    if recorded.shape != should.shape or not np.issubdtype(recorded.dtype, np.number):
        return np.inf
    actual, expected = recorded.astype(np.float64), should.astype(np.float64)
    if change is None:
        difference = np.abs(actual - expected)
    else:
        low, high = change(expected - allowed), change(expected + allowed)
        difference = np.maximum(np.maximum(low - actual, actual - high), 0.0)
    worst = float(difference.max(initial=0.0))
    return worst if np.isfinite(worst) else np.inf
