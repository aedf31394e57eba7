"""The right logits, changed on their way out: scaled, moved, masked, or something else instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Evidence, Make, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import enough, logits_of
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LOGITS

_SCALES = (0.01, 100.0)
_SAME = 1e-6
_RAW = "answer the logits as the network gives them"


@dataclass(frozen=True, kw_only=True)
class Scaled(Described):
    """All logits by one factor, and one offset for all."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The factor; an offset does not reach the probabilities."""
        return (Parameter(name="scale", low=_SCALES[0], high=_SCALES[1], whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Half and double."""
        del reference
        return [self._variant(0.5, 0.0), self._variant(2.0, 0.0)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares."""
        found = logits_of(evidence, reference)
        if found is None or not enough(found[0].size, 2):
            return []
        ours, theirs = found
        scale = float(((ours - ours.mean()) * (theirs - theirs.mean())).mean() / ours.var())
        offset = float(theirs.mean() - scale * ours.mean())
        if abs(offset) < _SAME * np.abs(theirs).max():
            offset = 0.0
        return [self._variant(scale, offset)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """By ``values[0]``."""
        del reference
        scale = float(values[0])
        within = _SCALES[0] <= scale <= _SCALES[1] and scale != 1
        return self._variant(scale, 0.0) if within else None

    def _variant(self, scale: float, offset: float) -> Variant:
        def make(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
            kind = tensor.dtype.type
            scaled: NDArray[Any] = reference.logits(tensor) * kind(scale) + kind(offset)
            return scaled

        moved = f", then {offset:.4g} added" if offset else ""
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"scale": scale, "offset": offset},
            said=f"logits multiplied by {scale:.5g}{moved}",
            remedy=Remedy(
                server=f"{_RAW}: remove the temperature, or the scale of a quantised output",
                script="put the factor at the end of ml_ci/model/network.py and export again",
            ),
            make=make,
        )


@dataclass(frozen=True, kw_only=True)
class ClassOffsets(Described):
    """Another bias: each class's logit is off by the same for all images."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """None: they have to be seen."""
        del reference
        return []

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The mean difference, class by class."""
        found = logits_of(evidence, reference)
        if found is None or not enough(found[0].size, found[0].shape[1]):
            return []
        offsets = (found[1] - found[0]).mean(axis=0)
        if np.ptp(offsets) <= _SAME * np.abs(found[1]).max():
            return []

        def make(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
            moved: NDArray[Any] = reference.logits(tensor) + offsets.astype(tensor.dtype)
            return moved

        return [
            Variant(
                fault=self.id,
                step=self.step,
                parameters={"offsets": tuple(offsets.tolist())},
                said="the logit of each class off by the same for all pictures: another bias",
                remedy=Remedy(
                    server="load the bias of the last layer, and remove offsets for class priors",
                    script="",
                ),
                make=make,
            )
        ]


@dataclass(frozen=True, kw_only=True)
class Masked(Described):
    """One class has the same logit, whatever the picture."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """The last class never."""
        return [self._variant(len(reference.class_names) - 1, -1e4, reference)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The class of which that is so."""
        found = logits_of(evidence, reference)
        if found is None or len(found[0]) < 2:
            return []
        ours, theirs = found
        still = (np.ptp(theirs, axis=0) == 0) & (np.ptp(ours, axis=0) > 0)
        places = np.flatnonzero(still)
        if len(places) != 1:
            return []
        return [self._variant(int(places[0]), float(theirs[0, places[0]]), reference)]

    def _variant(self, place: int, value: float, reference: Reference) -> Variant:
        def make(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
            logits = reference.logits(tensor).copy()
            logits[:, place] = value
            return logits

        name = reference.class_names[place]
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"class": name, "logit": value},
            said=f"the logit of {name} is always {value:.4g}",
            remedy=Remedy(
                server="remove the mask: all classes of the model are answered", script=""
            ),
            make=make,
        )


def _of_logits(function: Callable[[NDArray[Any]], NDArray[Any]]) -> Make:
    def make(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
        return function(reference.logits(tensor))

    return make


def _probabilities(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
    return reference.probabilities(reference.logits(tensor))


def _logs(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
    logits = reference.logits(tensor)
    less = logits - logits.max(axis=1, keepdims=True)
    logs: NDArray[Any] = less - np.log(np.exp(less).sum(axis=1, keepdims=True))
    return logs


def _plain(id_: str, title: str, said: str, server: str, make: Make) -> Plain:
    return Plain(
        id=id_,
        step=LOGITS.name,
        title=title,
        symptom="logits off; labels the same",
        source="plausible",
        witness="any picture",
        said=said,
        server=server,
        making=make,
    )


_SOFTMAX = f"{_RAW}: the exported network has a softmax at its end"
_ANY = "any picture"
FAULTS = (
    _plain(
        "logits-are-probabilities",
        "Probabilities instead of logits",
        "probabilities in the place of logits",
        _SOFTMAX,
        _probabilities,
    ),
    _plain(
        "logits-are-logarithms",
        "Logarithms of probabilities instead of logits",
        "logarithms of the probabilities in the place of logits",
        _SOFTMAX,
        _logs,
    ),
    _plain(
        "logits-centred",
        "Mean of the logits subtracted",
        "logits less their mean",
        f"{_RAW}, without centring them",
        _of_logits(lambda logits: logits - logits.mean(axis=1, keepdims=True)),
    ),
    _plain(
        "logits-less-largest",
        "Largest logit subtracted",
        "logits less the largest of them",
        f"{_RAW}: the first half of a softmax was recorded",
        _of_logits(lambda logits: logits - logits.max(axis=1, keepdims=True)),
    ),
    _plain(
        "logits-normalised",
        "Logits divided by their length",
        "logits divided by their Euclidean length",
        f"{_RAW}: no normalisation of the last vector",
        _of_logits(lambda logits: logits / np.linalg.norm(logits, axis=1, keepdims=True)),
    ),
    _plain(
        "logits-tanh",
        "tanh behind the last layer",
        "tanh of the logits",
        f"{_RAW}: no activation behind the last layer",
        _of_logits(lambda logits: np.tanh(logits)),
    ),
    Scaled(
        id="logits-scaled",
        step=LOGITS.name,
        title="Logits scaled",
        symptom="the same labels, all of them less sure or all of them surer",
        source="plausible",
        witness=_ANY,
    ),
    ClassOffsets(
        id="logits-other-bias",
        step=LOGITS.name,
        title="Another bias of the last layer",
        symptom="some classes are always more probable, others less",
        source="plausible",
        witness="several pictures",
    ),
    Masked(
        id="logit-masked",
        step=LOGITS.name,
        title="One class masked",
        symptom="one class is never answered, or has one score for all pictures",
        source="plausible",
        witness="several pictures, one of that class",
    ),
)
