"""Probabilities of which some are changed or left out: small ones, all but the best, extremes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import Floats, pair, roundest
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES

_ALL = "answer every class's probability, as softmax gives it"


def _right(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
    return reference.probabilities(logits)


def _probabilities(evidence: Evidence, reference: Reference) -> tuple[Floats, Floats] | None:
    """The reference's and the target's (N, K)."""
    found = pair(evidence)
    return None if found is None else (reference.probabilities(found[0]), found[1])


@dataclass(frozen=True, kw_only=True)
class Thresholded(Described):
    """Probabilities below a threshold are answered as 0."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The threshold."""
        return (Parameter(name="threshold", low=1e-6, high=0.99, whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """A hundredth, a half."""
        del reference
        return [self._variant(threshold) for threshold in (0.01, 0.5)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Between the largest that was dropped and the smallest that was not."""
        found = _probabilities(evidence, reference)
        if found is None:
            return []
        ours, theirs = found
        dropped = theirs == 0
        if dropped.all() or not (dropped & (ours > 0)).any():
            return []
        low, high = float(ours[dropped].max()), float(ours[~dropped].min())
        return [self._variant(roundest(low, high))] if low < high else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Below ``values[0]``."""
        del reference
        return self._variant(float(values[0])) if 0 < values[0] < 1 else None

    def _variant(self, threshold: float) -> Variant:
        def after(values: NDArray[Any]) -> NDArray[Any]:
            return np.where(values < threshold, values.dtype.type(0), values)

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"threshold": threshold},
            said=f"probabilities below {threshold:.4g} answered as 0",
            remedy=Remedy(server=_ALL, script=""),
            make=_right,
            after=after,
        )


@dataclass(frozen=True, kw_only=True)
class BestOnly(Described):
    """Only the k largest are answered, the others as 0."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """1, 3 and 5 of them, as far as there are more."""
        classes = len(reference.class_names)
        return [
            self._variant(count, shared)
            for count in (1, 3, 5)
            if count < classes
            for shared in _shared(count)
        ]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """As many as the target's are not 0."""
        found = _probabilities(evidence, reference)
        if found is None:
            return []
        counts = (found[1] != 0).sum(axis=1)
        count = int(counts.max(initial=0))
        if not 0 < count < found[1].shape[1]:
            return []
        return [self._variant(count, shared) for shared in _shared(count)]

    def _variant(self, count: int, shared: bool) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            right = reference.probabilities(logits)
            kept = np.argsort(-right, axis=1, kind="stable")[:, :count]
            made = np.zeros_like(right)
            np.put_along_axis(made, kept, np.take_along_axis(right, kept, axis=1), axis=1)
            return made / made.sum(axis=1, keepdims=True) if shared else made

        divided = ", divided by their sum" if shared else ""
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"count": count, "divided": str(shared)},
            said=f"the best {count} only{divided}, the others answered as 0",
            remedy=Remedy(server=_ALL, script=""),
            make=make,
        )


@dataclass(frozen=True, kw_only=True)
class Clipped(Described):
    """Kept away from 0 and 1."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The least and the most."""
        return (
            Parameter(name="least", low=0.0, high=0.5, whole=False),
            Parameter(name="most", low=0.5, high=1.0, whole=False),
        )

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """A hundredth, as some losses do."""
        del reference
        return [self._variant(0.01, 0.99)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The ends of what the target answered."""
        found = _probabilities(evidence, reference)
        if found is None:
            return []
        ours, theirs = found
        least, most = float(theirs.min()), float(theirs.max())
        if least <= 0 and most >= 1:
            return []
        low = least if float(ours.min()) < least else 0.0
        high = most if float(ours.max()) > most else 1.0
        return [self._variant(low, high)] if low < high else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Between ``values``."""
        del reference
        return self._variant(*map(float, values)) if values[0] < values[1] else None

    def _variant(self, least: float, most: float) -> Variant:
        def after(values: NDArray[Any]) -> NDArray[Any]:
            kind = values.dtype.type
            clipped: NDArray[Any] = np.clip(values, kind(least), kind(most))
            return clipped

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"least": least, "most": most},
            said=f"probabilities cut off at {least:.4g} and {most:.4g}",
            remedy=Remedy(server=_ALL + ", without `clip`", script=""),
            make=_right,
            after=after,
        )


def _shared(count: int) -> tuple[bool, ...]:
    """Whether to divide by the sum: of one alone that would be another fault."""
    return (False, True) if count > 1 else (False,)


FAULTS = (
    Thresholded(
        id="probabilities-thresholded",
        step=PROBABILITIES.name,
        title="Small probabilities answered as 0",
        symptom="probabilities add up to less than 1",
        source="plausible",
        witness="a picture for which a class is just below the threshold",
    ),
    BestOnly(
        id="best-only",
        step=PROBABILITIES.name,
        title="Only the best classes answered",
        symptom="all but a few probabilities are 0",
        source="plausible",
        witness="any picture that is not answered with certainty",
    ),
    Clipped(
        id="probabilities-clipped",
        step=PROBABILITIES.name,
        title="Probabilities kept away from 0 and 1",
        symptom="no probability is as small or as large as in the script",
        source="plausible",
        witness="a picture that is answered with certainty",
    ),
)
