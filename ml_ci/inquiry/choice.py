"""The choice of golden images that are asked about again and again: few, and telling.

Images of different classes, so that a mixed-up answer shows; first those whose answer is decided
and can still be moved; of different sizes, and two of one size, which is what a cache or a buffer
goes by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from ml_ci.inquiry.way import P
from ml_ci.steps import IMAGE, LABEL, PROBABILITIES
from ml_ci.trace.reading import Trace

Q = TypeVar("Q")

# Softmax hides what moves the logits where it is sure: dropout of 0.1 left on moved six digits with
# margins of 0.999 by at most 0.004, twice what is noise, and six around 0.5 by 0.13. Where it is
# unsure, noise alone flips the class.
_TELLING_MARGIN = 0.5


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A golden image, as the reference sees it."""

    name: str
    label: str
    """What the reference answers."""
    margin: float
    """Probability of the answer less that of the next class, 0–1."""
    size: tuple[int, ...]
    """Height and width."""


@dataclass(frozen=True, kw_only=True)
class Chosen(Generic[P]):
    """An image that is asked about, in the form that a way takes."""

    name: str
    picture: P
    label: str
    margin: float

    def taken_as(self, picture: Q) -> Chosen[Q]:
        """The same image in another form."""
        return Chosen(name=self.name, picture=picture, label=self.label, margin=self.margin)


def candidates_of(reference: Trace) -> tuple[Candidate, ...]:
    """The images that the reference has climbed all the way, to finite numbers."""
    found = []
    for name in reference.images:
        rungs, probabilities = reference.rungs(name), reference.array(name, PROBABILITIES.name)
        label = reference.text(name, LABEL.name)
        if name in reference.failures or probabilities is None or label is None:
            continue
        if not np.isfinite(probabilities).all():
            continue
        first, second = np.sort([*probabilities.reshape(-1), 0.0])[[-1, -2]]
        size = rungs[IMAGE.name].shape[:2] if IMAGE.name in rungs else ()
        found.append(Candidate(name=name, label=label, margin=float(first - second), size=size))
    return tuple(found)


def choose(
    candidates: Iterable[Candidate], picture_of: Callable[[str], P], *, images: int
) -> tuple[Chosen[P], ...]:
    """Up to ``images`` of them, the same whatever their order; ``picture_of`` takes a name."""
    best = sorted(candidates, key=lambda one: (abs(one.margin - _TELLING_MARGIN), one.name))
    picked: list[Candidate] = []
    while best and len(picked) < images:
        pool = best
        if len(picked) == images - 1 and not _has_twins(picked):
            pool = [one for one in best if _is_twin(one, picked)] or best
        one = min(pool, key=lambda one: _seen(one, picked))  # min keeps the first of equals
        picked.append(one)
        best.remove(one)
    return tuple(
        Chosen(name=one.name, picture=picture_of(one.name), label=one.label, margin=one.margin)
        for one in picked
    )


def _seen(one: Candidate, picked: Sequence[Candidate]) -> tuple[int, int]:
    """How often its class, and its size, is among those picked."""
    return (
        sum(other.label == one.label for other in picked),
        sum(other.size == one.size for other in picked),
    )


def _has_twins(picked: Sequence[Candidate]) -> bool:
    return any(_is_twin(one, picked) for one in picked)


def _is_twin(one: Candidate, picked: Sequence[Candidate]) -> bool:
    """One of those picked has its size and another class."""
    return any(other.size == one.size and other.label != one.label for other in picked)
