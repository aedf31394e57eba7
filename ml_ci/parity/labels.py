"""`label`: the class answered, judged by the target's own probabilities where it tells them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml_ci.noise import SAFETY
from ml_ci.parity.floats import FloatStep
from ml_ci.parity.result import Mark, RungResult
from ml_ci.parity.sides import Sides
from ml_ci.parity.standing import Standing
from ml_ci.rung import Array
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES

_NUMBERS = (PROBABILITIES.name, LOGITS.name)


def judge_label(sides: Sides, image: str, standing: Standing) -> RungResult:
    """The label of one image; ``standing`` is the last rung below that the target recorded.

    It is right when it names the largest of the target's own probabilities or logits; of several
    within the noise of the largest, any. Where the target tells neither, those count that the
    reference's steps make of what the target recorded last.
    """
    ours, theirs = sides.rungs(image, LABEL.name)
    if theirs is None or ours is None:
        return RungResult(step=LABEL.name, mark="not recorded")
    judged = _own_numbers(sides, image) or _what_should_stand(sides, image, standing)
    since = standing.step if judged is None else judged.step
    right = judged is None or theirs.text in judged.likeliest
    if right and ours.text == theirs.text:
        return RungResult(step=LABEL.name, mark="equal", since=since)
    message = f"label of {image}: {theirs.text}, the reference says {ours.text}"
    mark: Mark = "note" if _tied(sides, image, theirs.text) else "inherited"
    if judged is None:
        mark = "unmeasurable"
    elif not right:
        mark = "differs"
        if judged.step in _NUMBERS and judged.likeliest:
            message += f"; its own {judged.step} are largest for {judged.likeliest[0]}"
    return RungResult(step=LABEL.name, mark=mark, since=since, message=message)


@dataclass(frozen=True, kw_only=True)
class _Numbers:
    """What a label is to be told from."""

    step: str
    likeliest: tuple[str, ...]
    """Classes within the noise of the largest number, the largest first."""


def _own_numbers(sides: Sides, image: str) -> _Numbers | None:
    """The target's own: what it makes of them has no noise but that of telling them."""
    for step in _NUMBERS:
        array = sides.target.array(image, step)
        if array is not None and array.size == len(sides.class_names):
            largest = np.float32(np.nan_to_num(np.abs(array.astype(np.float64))).max())
            allowed = SAFETY * float(np.spacing(largest))
            return _Numbers(step=step, likeliest=_likeliest(sides, array, allowed))
    return None


def _what_should_stand(sides: Sides, image: str, standing: Standing) -> _Numbers | None:
    step = PROBABILITIES.name
    truth = FloatStep(sides, step).truths({image: standing}).get(image)
    if truth is None:
        return None
    allowed = sides.noise.allowed(step, standing.step, truth.values)
    return _Numbers(step=standing.step, likeliest=_likeliest(sides, truth.values, allowed))


def _tied(sides: Sides, image: str, label: str | None) -> bool:
    """The reference holds the class to be as probable as its own, within the noise."""
    array = sides.reference.array(image, PROBABILITIES.name)
    if array is None:
        return False
    allowed = sides.noise.allowed_inherited(PROBABILITIES.name, array)
    return label in _likeliest(sides, array, allowed)


def _likeliest(sides: Sides, values: Array, allowed: float) -> tuple[str, ...]:
    """Both of two numbers may move by ``allowed``, towards each other."""
    numbers = values.reshape(-1).astype(np.float64)
    if numbers.size != len(sides.class_names) or not np.isfinite(numbers).all():
        return ()
    order = np.argsort(-numbers, kind="stable")
    largest = numbers[order[0]]
    return tuple(sides.class_names[at] for at in order if largest - numbers[at] <= 2 * allowed)
