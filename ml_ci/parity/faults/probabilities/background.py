"""One class more than the model has: a background class before the first or behind the last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit, logsumexp

from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Value, Variant
from ml_ci.parity.faults.fitting import both
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES

Place = Literal["first", "last"]


@dataclass(frozen=True, kw_only=True)
class Background(Described):
    """(N, K + 1): the additional one has a logit of its own, or the probability 0."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Before the first, with 0 as logit or as probability."""
        del reference
        return [self._variant("first", None), self._variant("first", 0.0)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """At either end, with the logit that its probabilities tell."""
        del reference
        found = both(evidence)
        if found is None or found[1].shape != (len(found[0]), found[0].shape[1] + 1):
            return []
        logits, theirs = found
        variants = []
        for place, column in (("first", 0), ("last", -1)):
            told = theirs[:, column]
            certain = (told <= 0) | (told >= 1)
            own = None
            if not certain.all():
                values = logit(told[~certain]) + logsumexp(logits[~certain], axis=1)
                own = float(np.median(values))
            variants.append(self._variant("first" if place == "first" else "last", own))
        return variants

    def _variant(self, place: Place, own: float | None) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            kind = logits.dtype
            if own is None:
                right = reference.probabilities(logits)
                return _joined(place, np.zeros((len(right), 1), kind), right)
            extra = np.full((len(logits), 1), own, kind)
            return reference.probabilities(_joined(place, extra, logits))

        parameters: dict[str, Value] = {"place": place}
        if own is not None:
            parameters["logit"] = own
        where = "before the first" if place == "first" else "behind the last"
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=f"one class more, {where}"
            + (", never probable" if own is None else f", with the logit {own:.4g}"),
            remedy=Remedy(
                server="answer the model's classes only: drop the background class and its entry",
                script="",
            ),
            make=make,
        )


def _joined(place: Place, extra: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([extra, others] if place == "first" else [others, extra], axis=1)


FAULTS = (
    Background(
        id="background-class",
        step=PROBABILITIES.name,
        title="A background class",
        symptom="one score more than there are classes",
        source="https://github.com/tensorflow/hub/issues/574",
        witness="any picture",
    ),
)
