"""A temperature: logits are divided by a number before softmax."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import pair, polished
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES

_USUAL = (0.5, 2.0)
_RANGE = (0.05, 20.0)
_LEAST = 1e-5  # probabilities below it carry more rounding than logit


@dataclass(frozen=True, kw_only=True)
class Temperature(Described):
    """Softmax of logits ÷ temperature."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The temperature."""
        return (Parameter(name="temperature", low=_RANGE[0], high=_RANGE[1], whole=False),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Half and double."""
        del reference
        return [self._variant(temperature) for temperature in _USUAL]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Least squares: log p = logits ÷ T − a constant of each image; then on p itself, where
        what was rounded to few digits counts least."""
        del reference
        sides = pair(evidence)
        if sides is None:
            return []
        logits, probabilities = sides  # (N, K)
        told = probabilities > _LEAST
        logs = np.log(np.where(told, probabilities, 1.0))
        ours, theirs = (_centred(values, told) for values in (logits, logs))
        slope = float((ours * theirs).sum() / max((ours * ours).sum(), 1e-30))
        values = polished(lambda some: softmax(logits * some[0], axis=1), [slope], probabilities)
        slope = slope if values is None else float(values[0])
        found = self.at([1 / slope], None) if slope > 0 else None
        return [] if found is None else [found]

    def at(self, values: Sequence[float], reference: Reference | None) -> Variant | None:
        """Softmax of logits ÷ ``values[0]``."""
        del reference
        temperature = float(values[0])
        within = _RANGE[0] <= temperature <= _RANGE[1]
        return self._variant(temperature) if within and temperature != 1.0 else None

    def _variant(self, temperature: float) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            return reference.probabilities(logits / logits.dtype.type(temperature))

        base_2 = abs(temperature * np.log(2.0) - 1) < 1e-5
        known = ": powers of 2 instead of e" if base_2 else ""
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"temperature": temperature},
            said=f"logits divided by a temperature of {temperature:.4g} before softmax{known}",
            remedy=Remedy(
                server="remove the temperature, or the calibration layer that divides the logits",
                script="divide the logits by the same temperature at the end of "
                "ml_ci/model/network.py, and train or export again",
            ),
            make=make,
        )


def _centred(values: NDArray[np.float64], told: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Less the mean over what is told, per image; 0 elsewhere."""
    count = np.maximum(told.sum(axis=1, keepdims=True), 1)
    mean = np.where(told, values, 0.0).sum(axis=1, keepdims=True) / count
    centred: NDArray[np.float64] = np.where(told, values - mean, 0.0)
    return centred


FAULTS = (
    Temperature(
        id="temperature",
        step=PROBABILITIES.name,
        title="A temperature before softmax",
        symptom="the same labels, all of them less sure or all of them surer",
        source="plausible",
        witness="any picture that is not answered with certainty",
    ),
)
