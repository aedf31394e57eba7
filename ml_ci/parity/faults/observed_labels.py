"""What a target called each class."""

from __future__ import annotations

import numpy as np

from ml_ci.parity.faults.fault import Evidence
from ml_ci.parity.faults.reference import Reference


def observed(evidence: Evidence, reference: Reference) -> dict[str, str] | None:
    """The reference's label → the target's, of the classes that were answered; None where one class
    was called by several names, or the scores are not those of our classes."""
    found: dict[str, str] = {}
    for ours, theirs in zip(right_labels(evidence, reference), evidence.made, strict=True):
        if found.setdefault(ours, str(theirs)) != str(theirs):
            return None
    return found or None


def right_labels(evidence: Evidence, reference: Reference) -> list[str]:
    """Of each image, from the target's own probabilities; none where they are of other classes."""
    if {np.shape(one) for one in evidence.given} != {(len(reference.class_names),)}:
        return [""] * len(evidence.given)
    return reference.labels(np.stack(evidence.given))
