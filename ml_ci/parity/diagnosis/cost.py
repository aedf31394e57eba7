"""The cost of a fault: what it does to the accuracy on the labelled test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.paired import Interval
from ml_ci.chance.resampling import Answers, accuracy, change_intervals, value_of
from ml_ci.parity.diagnosis.finding import Cost
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import SENT, Course, Start
from ml_ci.parity.faults.fault import Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LABEL, PROBABILITIES

_TOGETHER = 64


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Test images, encoded, with their labels."""

    contents: Sequence[bytes]
    labels: Sequence[str]

    def first(self, images: int) -> Labelled:
        """Evenly spread, so that every class is in it as often as in all."""
        if len(self.contents) <= images:
            return self
        places = [round(place) for place in np.linspace(0, len(self.contents) - 1, images)]
        return Labelled(
            contents=[self.contents[place] for place in places],
            labels=[self.labels[place] for place in places],
        )


class CostCounter:
    """The reference's own answers, made once, and those with a fault beside them."""

    def __init__(self, reference: Reference, labelled: Labelled) -> None:
        self._reference = reference.rounded()
        self._names = list(dict.fromkeys((*reference.class_names, *labelled.labels)))
        self._labels = self._codes(labelled.labels)
        contents = labelled.contents
        self._courses = [
            Course(
                self._reference,
                Start(since=SENT, stands=contents[start : start + _TOGETHER]),
                room=0,  # nothing is climbed twice
            )
            for start in range(0, len(contents), _TOGETHER)
        ]
        self._right = self._answers(())

    def cost_of(self, variants: Sequence[Variant]) -> Cost | None:
        """None where there is no image, or the faults cannot be made of the test images."""
        if not len(self._labels):
            return None
        try:
            wrong = self._answers(variants)
        except (StepError, ValueError):
            return None
        [interval] = change_intervals([accuracy], self._right, wrong)
        change = value_of(accuracy, wrong) - value_of(accuracy, self._right)
        return Cost(
            images=len(self._labels),
            flipped=int((self._right.predicted != wrong.predicted).sum()),
            points=100 * change,
            interval=None
            if interval is None
            else Interval(low=100 * interval.low, high=100 * interval.high),
        )

    def _answers(self, variants: Sequence[Variant]) -> Answers:
        labels, sure = [], []
        for course in self._courses:
            probabilities = np.asarray(course.run(PROBABILITIES.name, variants), np.float64)
            labels += list(course.run(LABEL.name, variants))
            sure += [float(np.nan_to_num(row).max(initial=0.0)) for row in probabilities]
        return Answers(
            labels=self._labels,
            predicted=self._codes(labels),
            confidence=np.clip(np.asarray(sure, np.float64), 0.0, 1.0),
        )

    def _codes(self, names: Sequence[str]) -> NDArray[np.int64]:
        for name in names:
            if name not in self._names:  # a label that the model does not know
                self._names.append(name)
        return np.asarray([self._names.index(name) for name in names], np.int64)
