"""Pairing: the answers of now and of the base on the test images that both have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import Prediction
from ml_ci.chance.pairing import SIGNIFICANCE, Pair, mcnemar, p_in_words
from ml_ci.changes.result import ClassChange, Paired, Verdict
from ml_ci.data.manifest import Entry


@dataclass(frozen=True, kw_only=True)
class Side:
    """Predictions, and the manifest of the images they are about."""

    predictions: Sequence[Prediction]
    manifest: Iterable[Entry]

    def by_content(self) -> dict[tuple[str, str], list[Prediction]]:
        """Predictions by content and label of the image, as the manifest has them."""
        prefix = f"{paths.TEST.name}/"
        entries = {
            entry.path.removeprefix(prefix): entry
            for entry in self.manifest
            if entry.path.startswith(prefix)
        }
        found: dict[tuple[str, str], list[Prediction]] = {}
        for row in self.predictions:
            entry = entries.get(row.image)
            if entry is not None and entry.label == row.label:
                found.setdefault((entry.sha256, row.label), []).append(row)
        return found


def pairs_of(before: Side, after: Side) -> tuple[Pair, ...]:
    """The images with the same content and label on both sides, whatever they are called.

    One that is there several times is paired as often as both sides have it.
    """
    old, new = before.by_content(), after.by_content()
    return tuple(pair for key in new if key in old for pair in _paired_up(old[key], new[key]))


def _paired_up(old: Sequence[Prediction], new: Sequence[Prediction]) -> Iterator[Pair]:
    """Those of the same name first, so that nobody is told of another file than their own."""
    left = {row.image: row for row in old}
    renamed = [row for row in new if row.image not in left]
    for row in new:
        if row.image in left:
            yield Pair(before=left.pop(row.image), after=row)
    for before, after in zip(left.values(), renamed, strict=False):
        yield Pair(before=before, after=after)


def paired(pairs: Sequence[Pair], before: Side, after: Side) -> Paired:
    """McNemar's exact test on the images whose answer is right on one side only."""
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
        return f"none of the {images} test images that both have was fixed or broken"
    counted = f"{fixed} of {images} test images fixed, {broken} broken"
    if p_value >= SIGNIFICANCE:
        return f"{counted}: no more than chance ({p_in_words(p_value)})"
    better = "better" if fixed > broken else "worse"
    return f"{counted}: {better}, by more than chance ({p_in_words(p_value)})"
