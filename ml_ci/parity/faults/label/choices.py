"""Another class than the most probable one is chosen, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Variant
from ml_ci.parity.faults.fitting import roundest
from ml_ci.parity.faults.observed_labels import right_labels
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LABEL

_ARGMAX = "answer the class with the largest probability"


def _least(probabilities: NDArray[Any], reference: Reference) -> list[str]:
    return reference.labels(-probabilities)


def _second(probabilities: NDArray[Any], reference: Reference) -> list[str]:
    order = np.argsort(-probabilities, axis=1, kind="stable")
    return [reference.class_names[place] for place in order[:, min(1, order.shape[1] - 1)]]


def _last_of_equals(probabilities: NDArray[Any], reference: Reference) -> list[str]:
    backwards = probabilities[:, ::-1].argmax(axis=1)
    return [reference.class_names[probabilities.shape[1] - 1 - place] for place in backwards]


@dataclass(frozen=True, kw_only=True)
class BelowThreshold(Described):
    """Another answer where no class is probable enough."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Unknown below a half."""
        del reference
        return [self._variant(0.5, "unknown")]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The one other answer, and between which probabilities it sets in."""
        ours = right_labels(evidence, reference)
        largest = np.asarray([float(np.max(one)) for one in evidence.given])
        theirs = [str(one) for one in evidence.made]
        other = np.asarray([mine != told for mine, told in zip(ours, theirs, strict=True)])
        answers = {told for told, differs in zip(theirs, other, strict=True) if differs}
        if len(answers) != 1:
            return []
        [answer] = answers
        # Where that is a class of ours, it may be the right one below the threshold, too
        certain = ~other & (np.asarray(theirs) != answer)
        if not certain.any():
            return []
        low, high = float(largest[other].max()), float(largest[certain].min())
        return [self._variant(roundest(low, high), answer)] if low < high else []

    def _variant(self, threshold: float, answer: str) -> Variant:
        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            labels = reference.labels(probabilities)
            largest = probabilities.max(axis=1)
            return [
                label if value >= threshold else answer
                for label, value in zip(labels, largest, strict=True)
            ]

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"threshold": threshold, "answer": answer},
            said=f"`{answer}` where no probability reaches {threshold:.4g}",
            remedy=Remedy(
                server=f"{_ARGMAX}, however small it is, and leave the threshold to the client",
                script="",
            ),
            make=make,
        )


@dataclass(frozen=True, kw_only=True)
class AlwaysOne(Described):
    """The same label for every image."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The first class."""
        return [self._variant(reference.class_names[0])]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The one there is, where it should not be the only one."""
        told = {str(one) for one in evidence.made}
        if len(told) != 1 or len(set(right_labels(evidence, reference))) < 2:
            return []
        return [self._variant(*told)]

    def _variant(self, answer: str) -> Variant:
        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            del reference
            return [answer] * len(probabilities)

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"answer": answer},
            said=f"`{answer}` for every image",
            remedy=Remedy(
                server=f"{_ARGMAX}, over the classes: `axis=-1`, not over the batch",
                script="",
            ),
            make=make,
        )


FAULTS = (
    Plain(
        id="label-of-smallest",
        step=LABEL.name,
        title="The least probable class",
        symptom="labels are never right, probabilities are",
        source="plausible",
        witness="any picture",
        said="the class with the smallest probability",
        server=f"{_ARGMAX}: `argmax`, not `argmin`; sorting gives the smallest first",
        making=_least,
    ),
    Plain(
        id="label-of-second",
        step=LABEL.name,
        title="The second class",
        symptom="labels are never right, probabilities are",
        source="plausible",
        witness="any picture",
        said="the class with the second largest probability",
        server=f"{_ARGMAX}: entry 0 of the sorted list",
        making=_second,
    ),
    Plain(
        id="last-of-equals",
        step=LABEL.name,
        title="Of equal probabilities the last",
        symptom="another label where two classes are exactly as probable, after rounding above all",
        source="plausible",
        witness="a picture with two equal probabilities",
        said="the last of equally probable classes instead of the first",
        server="take the first of equal probabilities, and choose before rounding",
        making=_last_of_equals,
    ),
    BelowThreshold(
        id="label-threshold",
        step=LABEL.name,
        title="No label below a threshold",
        symptom="a label that the script does not know, on unsure pictures only",
        source="plausible",
        witness="a picture for which no class is probable enough",
    ),
    AlwaysOne(
        id="label-constant",
        step=LABEL.name,
        title="Always the same label",
        symptom="one label whatever the probabilities are",
        source="plausible",
        witness="pictures of several classes",
    ),
)
