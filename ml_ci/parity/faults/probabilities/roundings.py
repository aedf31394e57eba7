"""Probabilities that lost digits on their way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.changes import CHANGES
from ml_ci.parity.executor import Change
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Variant
from ml_ci.parity.faults.fitting import pair
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.roundings import (
    MOST_DIGITS,
    digits,
    digits_of,
    levels,
    levels_of,
    truncated,
)
from ml_ci.steps import PROBABILITIES

How = Literal["rounded", "truncated"]
_USUAL_DIGITS = (2, 3, 4)
_FLOAT32_OF_100 = 1e-5  # what a number up to 100 is off by when it is written as float32
_USUAL_LEVELS = (255, 256)


def _right(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
    return reference.probabilities(logits)


@dataclass(frozen=True, kw_only=True)
class FewerDigits(Described):
    """Rounded, or cut off, behind some digits."""

    how: How

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """How many."""
        return (Parameter(name="digits", low=0, high=MOST_DIGITS, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Two, three, four."""
        del reference
        return [self._variant(count) for count in _USUAL_DIGITS]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """As many as the target's have."""
        del reference
        found = pair(evidence)
        count = None if found is None else digits_of(found[1])
        return [] if count is None else [self._variant(count)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """With ``values[0]`` digits."""
        del reference
        count = int(values[0])
        return self._variant(count) if 0 <= count <= MOST_DIGITS else None

    def _variant(self, count: int) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"digits": count},
            said=f"probabilities {self.how} to {count} digits",
            remedy=Remedy(
                server="answer floats as they are: no `round`, no format with fixed digits",
                script="",
            ),
            make=_right,
            after=digits(count) if self.how == "rounded" else truncated(count),
        )


@dataclass(frozen=True, kw_only=True)
class Levels(Described):
    """Rounded to multiples of 1 ÷ n, as an 8-bit output does."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """How many levels."""
        return (Parameter(name="levels", low=2, high=1024, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Those of 8 bits."""
        del reference
        return [self._variant(count) for count in _USUAL_LEVELS]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """The coarsest that all of the target's lie on."""
        del reference
        found = pair(evidence)
        count = None if found is None else levels_of(found[1])
        if found is None or count is None:
            return []
        certain = float(found[1].max()) >= 1
        return [self._variant(count, certain=certain)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """Multiples of 1 ÷ ``values[0]``."""
        del reference
        return self._variant(int(values[0])) if values[0] >= 1 else None

    def _variant(self, count: int, *, certain: bool = False) -> Variant:
        # Of the 256 levels of 8 bits 255/256 is the last
        top = 1.0 if certain or count % 2 else (count - 1) / count

        def after(values: NDArray[Any]) -> NDArray[Any]:
            made: NDArray[Any] = np.minimum(levels(count)(values), values.dtype.type(top))
            return made

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"levels": count},
            said=f"probabilities rounded to multiples of 1/{count}",
            remedy=Remedy(
                server="take the probabilities before they are quantised, or keep the output in "
                "float32",
                script="",
            ),
            make=_right,
            after=after,
        )


@dataclass(frozen=True, kw_only=True)
class Percent(Described):
    """Multiplied by 100, and perhaps rounded."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """As they are, and with two digits."""
        del reference
        return [self._variant(None), self._variant(2)]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """With the target's digits."""
        del reference
        found = pair(evidence)
        count = None if found is None else digits_of(found[1])
        return [self._variant(count)]

    def _variant(self, count: int | None) -> Variant:
        def make(logits: NDArray[Any], reference: Reference) -> NDArray[Any]:
            return reference.probabilities(logits) * 100

        rounded = "" if count is None else f", rounded to {count} digits"
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={} if count is None else {"digits": count},
            said=f"percent instead of 0–1{rounded}",
            remedy=Remedy(server="answer probabilities on 0–1, not percent", script=""),
            make=make,
            after=None if count is None else digits(count),
            grain=_FLOAT32_OF_100,
        )


def _type(name: str, change: Change) -> Plain:
    return Plain(
        id=f"probabilities-{name}",
        step=PROBABILITIES.name,
        title=f"Probabilities as {name}",
        symptom="probabilities off in the fourth digit, labels the same",
        source="plausible",
        witness="any picture that is not answered with certainty",
        said=f"probabilities turned to {name}",
        server=f"keep the output in float32: no cast to {name} after the network",
        making=_right,
        after=change,
    )


_SOFT = "any picture that is not answered with certainty"
FAULTS = (
    FewerDigits(
        id="probabilities-rounded",
        step=PROBABILITIES.name,
        title="Probabilities rounded",
        symptom="small probabilities are exactly 0; labels the same",
        source="plausible",
        witness=_SOFT,
        how="rounded",
    ),
    FewerDigits(
        id="probabilities-truncated",
        step=PROBABILITIES.name,
        title="Probabilities cut off",
        symptom="probabilities add up to less than 1; labels the same",
        source="plausible",
        witness=_SOFT,
        how="truncated",
    ),
    Levels(
        id="probabilities-quantised",
        step=PROBABILITIES.name,
        title="Probabilities in 8 bits",
        symptom="few different values; two classes may tie",
        source="plausible",
        witness=_SOFT,
    ),
    Percent(
        id="percent",
        step=PROBABILITIES.name,
        title="Percent instead of 0–1",
        symptom="scores a hundred times too large",
        source="plausible",
        witness="any picture",
    ),
    _type("float16", CHANGES["float16"]),
    _type("bfloat16", CHANGES["bfloat16"]),
)
