"""Pairing: two answers to each test image, and whether one side is right more often by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.paired import LISTED, Flip, FlipKind

SIGNIFICANCE = 0.05
"""A difference that chance alone makes less often than this is called one: the convention."""
ORDER: dict[FlipKind, int] = {"broken": 0, "fixed": 1, "other": 2}
"""Of flips in a list: what is worse comes first."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both answers on one image."""

    before: Prediction
    after: Prediction

    @property
    def kind(self) -> FlipKind | None:
        """None when the answer is the same class."""
        if self.before.predicted == self.after.predicted:
            return None
        if self.before.predicted == self.before.label:
            return "broken"
        return "fixed" if self.after.predicted == self.after.label else "other"


def mcnemar(fixed: int, broken: int) -> float:
    """Two-sided p-value, 0–1, that ``fixed`` and ``broken`` differ by chance alone.

    McNemar: "Note on the sampling error of the difference between correlated proportions or
    percentages" (1947); exact, by the binomial distribution.
    """
    if fixed + broken == 0:
        return 1.0
    # Only here: it takes longer to load, 0.7 s, than everything else of a report together
    from scipy.stats import binomtest

    return float(binomtest(fixed, fixed + broken, 0.5).pvalue)


def p_in_words(p_value: float) -> str:
    """Two significant digits, as far as anybody cares."""
    if p_value < 0.0001:
        return "p < 0.0001"
    return "p = 1.0" if p_value >= 0.995 else f"p = {p_value:.2g}"


def flips(pairs: Sequence[Pair]) -> tuple[Flip, ...]:
    """Images answered with another class: broken before fixed, the most confident first."""
    found = [
        Flip(
            kind=kind,
            image=pair.after.image,
            label=pair.after.label,
            before=pair.before.predicted,
            after=pair.after.predicted,
            before_confidence=pair.before.confidence,
            after_confidence=pair.after.confidence,
        )
        for pair in pairs
        if (kind := pair.kind) is not None
    ]
    found.sort(key=lambda flip: (ORDER[flip.kind], -flip.after_confidence, flip.image))
    return tuple(found[:LISTED])
