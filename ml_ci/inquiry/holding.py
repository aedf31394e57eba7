"""Holding answers to one image against its usual one: how far they are apart, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.artifacts.inquiry import Alike, Apart, Held, Like, OtherLabel
from ml_ci.inquiry.way import Answer, NoAnswerError, Rungs
from ml_ci.rung import Array
from ml_ci.steps import FLOAT_STEPS, LABEL, LOGITS, PROBABILITIES

# Where both are told, clients go by the probabilities
_TELLING = (PROBABILITIES.name, LOGITS.name)


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Knows the usual answers of one side."""

    usual: Mapping[str, Answer]
    """By image: what was answered when it was first asked, alone."""
    margins: Mapping[str, float]
    """By image: how sure the reference is, 0–1."""
    class_names: tuple[str, ...]
    """In the order of the numbers."""

    def hold(self, image: str, others: Sequence[Answer], base: Answer | None = None) -> Held:
        """``others`` against ``base``, which is the usual answer where none is given."""
        base = self.usual[image] if base is None else base
        failures = [one for one in (base, *others) if isinstance(one, NoAnswerError)]
        answered = [one for one in others if not isinstance(one, NoAnswerError)]
        failure = str(failures[0]) if failures else ""
        if isinstance(base, NoAnswerError):  # nothing to hold them against
            return _unheld(image, failures=len(failures), failure=failure)
        return Held(
            image=image,
            answers=len(answered),
            identical=sum(_identical(base, one) for one in answered),
            failures=len(failures),
            failure=failure,
            apart=tuple(_apart(step, base, answered) for step in _told(base)),
            other_label=self._other_label(image, base, answered),
            like=self._like(image, base, answered),
        )

    def alike(self, labels: Mapping[str, str]) -> tuple[Alike, ...]:
        """Pairs whose usual numbers are the same, of images with different reference ``labels``."""
        told = [
            (image, one)
            for image, one in self.usual.items()
            if not isinstance(one, NoAnswerError) and _telling(one) is not None
        ]
        return tuple(
            Alike(image=image, other=other)
            for index, (image, one) in enumerate(told)
            for other, another in told[index + 1 :]
            if labels[image] != labels[other] and _same_numbers(one, another)
        )

    def _like(self, image: str, base: Rungs, others: Sequence[Rungs]) -> Like | None:
        step = _telling(base)
        usual = {
            other: one
            for other, one in self.usual.items()
            if other != image and not isinstance(one, NoAnswerError)
        }
        if step is None or not others or not usual:
            return None
        furthest = max(others, key=lambda one: _sortable(_distance(step, base, one)))
        distances = {other: _distance(step, furthest, one) for other, one in usual.items()}
        nearest = min(distances, key=lambda other: _sortable(distances[other]))
        distance = distances[nearest]
        return None if distance is None else Like(image=nearest, step=step, apart=distance)

    def _other_label(self, image: str, base: Rungs, others: Sequence[Rungs]) -> OtherLabel | None:
        usual = _label(base)
        found = [_label(one) for one in others if _label(one) != usual]
        if not found:
            return None
        step = _telling(base)
        gaps = {label: self._gap(base, step, label) for label in found}
        if step is None:
            gaps, step = dict.fromkeys(found, self.margins[image]), PROBABILITIES.name
        # A class that the model does not have is the least likely of all
        other = max(gaps, key=lambda label: _sortable(gaps[label]))
        return OtherLabel(
            answers=len(found),
            usual=usual,
            other=other,
            step=None if gaps[other] is None else step,
            gap=gaps[other],
        )

    def _gap(self, base: Rungs, step: str | None, label: str) -> float | None:
        numbers = None if step is None else base[step].array
        if numbers is None or label not in self.class_names[: numbers.size]:
            return None
        flat = numbers.reshape(-1).astype(np.float64)
        gap = float(flat.max() - flat[self.class_names.index(label)])
        return gap if np.isfinite(gap) else None


def _unheld(image: str, *, failures: int, failure: str) -> Held:
    return Held(
        image=image,
        answers=0,
        identical=0,
        failures=failures,
        failure=failure,
        apart=(),
        other_label=None,
        like=None,
    )


def _apart(step: str, base: Rungs, others: Sequence[Rungs]) -> Apart:
    distances = [_distance(step, base, one) for one in others]
    values = np.abs(_array(step, base).astype(np.float64))
    return Apart(
        step=step,
        worst=None if None in distances else max(filter(None, distances), default=0.0),
        largest=float(np.max(values, where=np.isfinite(values), initial=0.0)),
    )


def _distance(step: str, one: Rungs, other: Rungs) -> float | None:
    """Largest difference on a rung that ``one`` has; None where it cannot be measured."""
    if step not in other or other[step].array is None:
        return None
    if one[step].rung.sha256 == other[step].rung.sha256:
        return 0.0
    left, right = _array(step, one), _array(step, other)
    if left.shape != right.shape or not left.size:
        return None
    distance = float(np.abs(left.astype(np.float64) - right.astype(np.float64)).max())
    return distance if np.isfinite(distance) else None


def _told(rungs: Rungs) -> list[str]:
    return [step.name for step in FLOAT_STEPS if _has(step.name, rungs)]


def _telling(rungs: Rungs) -> str | None:
    return next((step for step in _TELLING if _has(step, rungs)), None)


def _has(step: str, rungs: Rungs) -> bool:
    return step in rungs and rungs[step].array is not None


def _array(step: str, rungs: Rungs) -> Array:
    array = rungs[step].array
    if array is None:
        raise ValueError(f"`{step}` has no array")
    return array


def _label(rungs: Rungs) -> str:
    return rungs[LABEL.name].rung.text or ""


def _identical(one: Rungs, other: Rungs) -> bool:
    return _label(one) == _label(other) and _same_numbers(one, other)


def _same_numbers(one: Rungs, other: Rungs) -> bool:
    return _hashes(one) == _hashes(other)


def _hashes(rungs: Rungs) -> dict[str, str]:
    return {step: rungs[step].rung.sha256 for step in _told(rungs)}


def _sortable(distance: float | None) -> float:
    """What cannot be measured is furthest of all."""
    return float("inf") if distance is None else distance
