"""Logits that lost digits or extremes on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.changes import CHANGES
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import cut_off, finite, logits_of
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.roundings import MOST_DIGITS, digits, digits_of
from ml_ci.steps import LOGITS

_RAW = "answer the logits as the network gives them"
_ANY = "any picture"


def _right(tensor: NDArray[Any], reference: Reference) -> NDArray[Any]:
    return reference.logits(tensor)


@dataclass(frozen=True, kw_only=True)
class Rounded(Described):
    """To some digits behind the point."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """How many."""
        return (Parameter(name="digits", low=0, high=MOST_DIGITS, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """One and three."""
        del reference
        return [self._variant(1), self._variant(3)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """As many as the target's have."""
        found = logits_of(evidence, reference)
        count = None if found is None else digits_of(found[1])
        return [] if count is None else [self._variant(count)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """To ``values[0]`` digits."""
        del reference
        return self._variant(int(values[0])) if 0 <= values[0] <= MOST_DIGITS else None

    def _variant(self, count: int) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"digits": count},
            said=f"logits rounded to {count} digits",
            remedy=Remedy(server=f"{_RAW}, without rounding", script=""),
            make=_right,
            after=digits(count),
        )


@dataclass(frozen=True, kw_only=True)
class Clipped(Described):
    """Cut off at both ends, or one."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The ends."""
        return (
            Parameter(name="least", low=-100.0, high=0.0, whole=False),
            Parameter(name="most", low=0.0, high=100.0, whole=False),
        )

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Negative ones to 0, as an activation behind the last layer does; ReLU6; ±1."""
        del reference
        return [self._variant(0.0, np.inf), self._variant(0.0, 6.0), self._variant(-1.0, 1.0)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The ends of what the target answered, where the reference goes beyond."""
        found = logits_of(evidence, reference)
        if found is None:
            return []
        ours, theirs = found
        low, high = cut_off(ours, theirs)
        return [self._variant(low, high)] if np.isfinite([low, high]).any() else []

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Between ``values``."""
        del reference
        return self._variant(*map(float, values)) if values[0] < values[1] else None

    def _variant(self, least: float, most: float) -> Variant:
        def after(values: NDArray[Any]) -> NDArray[Any]:
            clipped: NDArray[Any] = np.clip(values, least, most).astype(values.dtype)
            return clipped

        ends = " and ".join(f"{end:.4g}" for end in (least, most) if np.isfinite(end))
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=finite(least=least, most=most),
            said=f"logits cut off at {ends}",
            remedy=Remedy(server=f"{_RAW}: no activation or clip behind the last layer", script=""),
            make=_right,
            after=after,
        )


def _type(name: str) -> Plain:
    return Plain(
        id=f"logits-{name}",
        step=LOGITS.name,
        title=f"Logits turned to {name}",
        symptom="logits off in the third or fourth digit; labels the same",
        source="plausible",
        witness=_ANY,
        said=f"logits turned to {name}",
        server="keep the network's output in float32",
        making=_right,
        after=CHANGES[name],
    )


FAULTS = (
    _type("float16"),
    _type("bfloat16"),
    Rounded(
        id="logits-rounded",
        step=LOGITS.name,
        title="Logits rounded",
        symptom="probabilities off by as much as the last digit",
        source="plausible",
        witness=_ANY,
    ),
    Clipped(
        id="logits-clipped",
        step=LOGITS.name,
        title="Logits cut off",
        symptom="several classes equally probable",
        source="plausible",
        witness="a picture with a very large or very small logit",
    ),
)
