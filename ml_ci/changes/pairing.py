"""Pairing: the answers of now and of the base on the test images that both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import Prediction
from ml_ci.changes.result import LISTED, ClassChange, Flip, FlipKind, Paired, Verdict
from ml_ci.data.manifest import Entry

SIGNIFICANCE = 0.05
"""A difference that chance alone makes less often than this is called one: the convention."""
_ORDER: dict[FlipKind, int] = {"broken": 0, "fixed": 1, "other": 2}


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


@dataclass(frozen=True, kw_only=True)
class Side:
    """Predictions, and the manifest of the images they are about."""

    predictions: Sequence[Prediction]
    manifest: Iterable[Entry]

    def by_image(self) -> dict[tuple[str, str, str], Prediction]:
        """Predictions by name, content and label of the image, as the manifest has them."""
        prefix = f"{paths.TEST.name}/"
        entries = {
            entry.path.removeprefix(prefix): entry
            for entry in self.manifest
            if entry.path.startswith(prefix)
        }
        return {
            (row.image, entries[row.image].sha256, row.label): row
            for row in self.predictions
            if row.image in entries and entries[row.image].label == row.label
        }


def pairs_of(before: Side, after: Side) -> tuple[Pair, ...]:
    """The images with the same name, content and label on both sides."""
    old, new = before.by_image(), after.by_image()
    return tuple(Pair(before=old[key], after=new[key]) for key in new if key in old)


def paired(pairs: Sequence[Pair], before: Side, after: Side) -> Paired:
    """McNemar's exact test on the images whose answer is right on one side only.

    McNemar: "Note on the sampling error of the difference between correlated proportions or
    percentages" (1947); exact, by the binomial distribution.
    """
    kinds = Counter(pair.kind for pair in pairs)
    fixed, broken = kinds["fixed"], kinds["broken"]
    p_value = mcnemar(fixed, broken)
    verdict: Verdict = "same"
    if not pairs:
        verdict = "unknown"
    elif p_value < SIGNIFICANCE:
        verdict = "better" if fixed > broken else "worse"
    return Paired(
        images=len(pairs),
        only_now=len(after.predictions) - len(pairs),
        only_base=len(before.predictions) - len(pairs),
        fixed=fixed,
        broken=broken,
        other=kinds["other"],
        p_value=p_value,
        verdict=verdict,
        sentence=_sentence(len(pairs), fixed, broken, p_value),
    )


def mcnemar(fixed: int, broken: int) -> float:
    """Two-sided p-value, 0–1, that ``fixed`` and ``broken`` differ by chance alone."""
    if fixed + broken == 0:
        return 1.0
    # Only here: it takes longer to load, 0.7 s, than everything else of a report together
    from scipy.stats import binomtest

    return float(binomtest(fixed, fixed + broken, 0.5).pvalue)


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
    found.sort(key=lambda flip: (_ORDER[flip.kind], -flip.after_confidence, flip.image))
    return tuple(found[:LISTED])


def class_changes(pairs: Sequence[Pair]) -> tuple[ClassChange, ...]:
    """Classes whose recall changed, the largest change first."""
    images = Counter(pair.after.label for pair in pairs)
    old = Counter(pair.before.label for pair in pairs if pair.before.predicted == pair.before.label)
    new = Counter(pair.after.label for pair in pairs if pair.after.predicted == pair.after.label)
    changed = [
        ClassChange(name=name, images=count, base=old[name] / count, value=new[name] / count)
        for name, count in images.items()
        if old[name] != new[name]
    ]
    changed.sort(key=lambda one: (-abs(one.value - one.base), one.name))
    return tuple(changed)


def _sentence(images: int, fixed: int, broken: int, p_value: float) -> str:
    if not images:
        return "no test image is the same on both sides: the two cannot be compared"
    if not fixed + broken:
        return f"right and wrong on the same images of the {images} that both have"
    counted = f"{fixed} of {images} test images fixed, {broken} broken"
    if p_value >= SIGNIFICANCE:
        return f"{counted}: no more than chance ({_shown(p_value)})"
    better = "better" if fixed > broken else "worse"
    return f"{counted}: {better}, by more than chance ({_shown(p_value)})"


def _shown(p_value: float) -> str:
    """Two significant digits, as far as anybody cares."""
    if p_value < 0.0001:
        return "p < 0.0001"
    return "p = 1.0" if p_value >= 0.995 else f"p = {p_value:.2g}"
