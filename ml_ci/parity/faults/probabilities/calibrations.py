"""A calibration after the network: offsets of classes, scales, a mixture with something even."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Value, Variant
from ml_ci.parity.faults.fitting import Floats, enough, listed, pair, polished
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES

Form = Literal["offsets", "scale and offsets", "scales and offsets"]
_SAME = 1e-4
"""Scales nearer to each other, or to 1, are the same; offsets nearer to 0 are none."""
_NOISE = 5e-6  # of a probability in float32
_LARGEST = 50.0
"""Scale of a calibration."""
_MOST_CLASSES = 64
"""With more, fitting costs minutes and there are hardly enough images."""
_REMOVE = "remove the calibration behind the network, or export it with the model"
_FOLLOW = "put the same calibration at the end of ml_ci/model/network.py, and train or export again"


@dataclass(frozen=True, kw_only=True)
class Calibrated(Described):
    """softmax(scale × logits + offset), with one scale or one for each class."""

    form: Form

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Offsets as even as can be: classes twice as probable as the one before it, in turn."""
        places = np.arange(len(reference.class_names))
        offsets = np.log(2.0) * (places % 2 - (places % 2).mean())
        scale = 1.0 if self.form == "offsets" else 0.7
        scales = np.full(len(places), scale)
        if self.form == "scales and offsets":
            scales = scales + 0.1 * (places % 2)
        return [self._variant(scales, offsets)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares on the probabilities; simpler forms are left to simpler faults."""
        del reference
        found = pair(evidence)
        if found is None or found[0].shape[1] > _MOST_CLASSES:
            return []
        logits, theirs = found
        if np.isin(theirs, (0, 1)).all():
            return []  # 1 for the largest, 0 for the others: any large scale does that
        classes = logits.shape[1]
        told = len(logits) * (classes - 1)
        if not enough(told, self._numbers(classes)):
            return []
        if self.form != "offsets" and _one_scale_does(logits, theirs):
            return []
        values = polished(
            lambda some: softmax(self._logits(some, logits), axis=1),
            [*([1.0] * (self._numbers(classes) - classes + 1)), *([0.0] * (classes - 1))],
            theirs,
        )
        if values is None:
            return []
        scales, offsets = self._split(values, classes)
        return [self._variant(scales, offsets)] if self._is_own(scales, offsets) else []

    def _numbers(self, classes: int) -> int:
        scales = {"offsets": 0, "scale and offsets": 1, "scales and offsets": classes}[self.form]
        return scales + classes - 1

    def _split(self, values: Floats, classes: int) -> tuple[Floats, Floats]:
        """Scales and offsets (K,), the offsets with a mean of 0."""
        scales = values[: len(values) - classes + 1]
        offsets = np.append(values[len(scales) :], 0.0)
        broad = np.ones(classes) if len(scales) == 0 else np.broadcast_to(scales, classes)
        return np.array(broad, np.float64), offsets - offsets.mean()

    def _logits(self, values: Floats, logits: Floats) -> Floats:
        scales, offsets = self._split(values, logits.shape[1])
        calibrated: Floats = logits * scales + offsets
        return calibrated

    def _is_own(self, scales: Floats, offsets: Floats) -> bool:
        """Whether no simpler form says the same."""
        if np.abs(scales).max() > _LARGEST:
            return False  # that is 1 for the largest, 0 for the others
        if self.form == "scales and offsets":
            return bool(np.ptp(scales) > _SAME and np.abs(scales).min() > _SAME)
        moved = bool(np.abs(offsets).max() > _SAME)
        if self.form == "offsets":
            return moved
        return moved and bool(abs(scales[0] - 1) > _SAME)

    def _variant(self, scales: Floats, offsets: Floats) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            kind = logits.dtype.type
            return reference.probabilities(logits * scales.astype(kind) + offsets.astype(kind))

        parameters: dict[str, Value] = {"offsets": tuple(offsets.tolist())}
        more = ", …]" if len(offsets) > 5 else "]"
        said = f"{listed(np.round(offsets[:5], 4).tolist())[:-1]}{more} added to the logits"
        if self.form == "scale and offsets":
            parameters["scale"] = float(scales[0])
            said = f"logits × {scales[0]:.4g}, then {said}"
        if self.form == "scales and offsets":
            parameters["scales"] = tuple(scales.tolist())
            said = f"logits scaled class by class, then {said}"
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=f"{said} before softmax",
            remedy=Remedy(server=_REMOVE, script=_FOLLOW),
            make=make,
        )


def _one_scale_does(logits: Floats, theirs: Floats) -> bool:
    """Whether a temperature alone says the same; many scales are told from it by noise only."""
    values = polished(lambda some: softmax(logits * some[0], axis=1), [1.0], theirs)
    if values is None:
        return False
    return bool(np.abs(softmax(logits * values[0], axis=1) - theirs).max() < _NOISE)


@dataclass(frozen=True, kw_only=True)
class Smoothed(Described):
    """A share of the even distribution is mixed in."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The share."""
        return (Parameter(name="share", low=0.0, high=1.0, whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """A tenth."""
        del reference
        return [self._variant(0.1)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares."""
        found = pair(evidence)
        if found is None:
            return []
        ours = reference.probabilities(found[0]) - 1 / found[0].shape[1]
        theirs = found[1] - 1 / found[0].shape[1]
        share = 1 - float((ours * theirs).sum() / max((ours * ours).sum(), 1e-30))
        variant = self.at([share], reference)
        return [] if variant is None else [variant]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """With that share."""
        del reference
        share = float(values[0])
        return self._variant(share) if 0 < share < 1 else None

    def _variant(self, share: float) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            right = reference.probabilities(logits)
            made: NDArray[Any] = right * (1 - share) + share / right.shape[1]
            return made

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"share": share},
            said=f"{share:.4g} of every probability spread evenly over the classes",
            remedy=Remedy(server=_REMOVE, script=""),
            make=make,
        )


_WITNESS = "pictures of several classes that are not answered with certainty"
FAULTS = (
    Calibrated(
        id="class-priors",
        step=PROBABILITIES.name,
        title="Class priors corrected",
        symptom="some classes are always more probable, others less",
        source="plausible",
        witness=_WITNESS,
        form="offsets",
    ),
    Calibrated(
        id="platt-scaling",
        step=PROBABILITIES.name,
        title="A calibration: one scale, an offset per class",
        symptom="surer or less sure, and some classes more probable",
        source="plausible",
        witness=_WITNESS,
        form="scale and offsets",
    ),
    Calibrated(
        id="vector-scaling",
        step=PROBABILITIES.name,
        title="A calibration: scale and offset per class",
        symptom="some classes surer, others less",
        source="plausible",
        witness=_WITNESS,
        form="scales and offsets",
    ),
    Smoothed(
        id="probabilities-smoothed",
        step=PROBABILITIES.name,
        title="Probabilities smoothed",
        symptom="no probability is near 0 or 1",
        source="plausible",
        witness="any picture that is answered with some certainty",
    ),
)
