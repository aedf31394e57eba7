"""Fitting: the parameters of a fault, where nothing but its consequences is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import Course
from ml_ci.parity.faults.fault import Fault, Parameter, Variant
from ml_ci.steps import PROBABILITIES

_EVALUATIONS = 40  # of the derivative; each takes one climb per parameter
_COARSE = 13  # whole numbers tried over the whole range, before those beside the best
_LEAST = 1e-7  # probabilities are compared by their logarithm, down to here
_FAR = 1e3  # what a setting counts that cannot be made


class Fitter:
    """One fault and one question."""

    def __init__(self, question: Question, course: Course, fault: Fault) -> None:
        self._question = question
        self._course = course
        self._fault = fault
        # Bytes, pictures and names are no numbers to come nearer to
        self._target = self._scaled(question.observed) if question.is_number else np.empty(0)

    def near(self, start: Variant) -> Iterator[Variant]:
        """The setting that comes nearest, searched for from ``start``; none where it has none."""
        parameters = self._fault.parameters
        if not self._question.is_number or not parameters:
            return
        values = [_value(start, parameter) for parameter in parameters]
        if all(parameter.whole for parameter in parameters):
            best = self._whole(values)
        else:
            best = self._continuous(values)
        found = self._fault.at(best, self._question.reference)
        if found is not None:
            yield found

    def _continuous(self, values: Sequence[float]) -> list[float]:
        low = np.array([parameter.low for parameter in self._fault.parameters])
        high = np.array([parameter.high for parameter in self._fault.parameters])
        begin = np.clip(values, low + 1e-9, high - 1e-9)
        scale = np.maximum(np.abs(begin), 1e-3)
        result = least_squares(
            self._residuals,
            begin,
            bounds=(low, high),
            x_scale=scale,
            diff_step=[1e-4] * len(begin),
            max_nfev=_EVALUATIONS,
        )
        return [float(value) for value in result.x]

    def _whole(self, values: Sequence[float]) -> list[float]:
        """One parameter after the other: the range, then ever nearer to the best."""
        best = [float(round(value)) for value in values]
        for place, parameter in enumerate(self._fault.parameters):
            step = max(1.0, (parameter.high - parameter.low) / (_COARSE - 1))
            tried = np.rint(np.arange(parameter.low, parameter.high + step / 2, step))
            best = self._best_of(best, place, tried)
            while step > 1:
                step = max(1.0, step / 3)
                around = best[place] + np.rint(np.arange(-3, 4) * step)
                inside = around[(around >= parameter.low) & (around <= parameter.high)]
                best = self._best_of(best, place, inside)
        return best

    def _best_of(
        self, values: Sequence[float], place: int, tried: NDArray[np.float64]
    ) -> list[float]:
        every = [*values[:place], 0.0, *values[place + 1 :]]
        settings = [[*every[:place], float(one), *every[place + 1 :]] for one in tried]
        return min([list(values), *settings], key=lambda one: self._distance(one))

    def _distance(self, values: Sequence[float]) -> float:
        return float(np.square(self._residuals(np.asarray(values))).sum())

    def _residuals(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        variant = self._fault.at([float(value) for value in values], self._question.reference)
        variants = [] if variant is None else [variant]
        try:
            made = self._scaled(self._course.run(self._question.step, variants))
        except (StepError, ValueError):
            return np.full(self._target.shape, _FAR)
        if made.shape != self._target.shape:
            return np.full(self._target.shape, _FAR)
        return np.nan_to_num(made - self._target, nan=_FAR, posinf=_FAR, neginf=-_FAR)

    def _scaled(self, rungs: Sequence[object] | NDArray[np.floating]) -> NDArray[np.float64]:
        """Flat; probabilities as logarithms, so that small ones count."""
        arrays = [np.asarray(one, np.float64).reshape(-1) for one in rungs]
        flat = np.concatenate(arrays) if arrays else np.empty(0)
        if self._question.step == PROBABILITIES.name:
            return np.log(np.maximum(flat, _LEAST))
        return flat


def _value(variant: Variant, parameter: Parameter) -> float:
    value = variant.parameters.get(parameter.name)
    if isinstance(value, int | float):
        return float(value)
    return (parameter.low + parameter.high) / 2
