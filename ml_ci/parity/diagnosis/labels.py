"""Labels alone: class names do not tell a cause, but they rule many out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.parity.diagnosis.budget import Budget
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.diagnosis.search import Track
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import Course
from ml_ci.parity.faults.fault import Evidence, Fault, Variant
from ml_ci.steps import IMAGE, LABEL, PROBABILITIES

_FIRST = 12  # images on which most causes are ruled out, half of them answered otherwise


@dataclass(frozen=True, kw_only=True)
class Remaining:
    """Causes that nothing speaks against."""

    possible: tuple[str, ...]
    """As `id: said`, one setting of each fault."""
    not_tried: str


def remaining(
    question: Question, catalogue: Sequence[Fault], budget: Budget, track: Track = iter
) -> Remaining:
    """The faults with which the reference answers every image with the target's class, apart from
    those between whose classes noise decides. Raises StepError where it cannot climb at all."""
    asked = question.of(_sure(question))
    few = asked.of(_few_first(asked))
    course, first = (budget.counting(one.course(exact=False)) for one in (asked, few))
    possible: list[str] = []
    for fault in track(question.faults(catalogue)):
        if budget.is_spent:
            return Remaining(possible=tuple(possible), not_tried=f"faults from {fault.step} on")
        for variant in _settings(fault, asked, course):
            if _agrees(few, first, variant) and _agrees(asked, course, variant):
                possible.append(f"{variant.fault}: {variant.said}")
                break
    return Remaining(possible=tuple(possible), not_tried="")


def _settings(fault: Fault, asked: Question, course: Course) -> Sequence[Variant]:
    if fault.step != LABEL.name:
        return list(fault.variants(asked.reference))
    given = list(course.run(PROBABILITIES.name))
    evidence = Evidence(given=given, made=list(asked.observed))
    try:
        fitted = list(fault.fit(evidence, asked.reference))
    except (StepError, ValueError, np.linalg.LinAlgError):  # too few, or all alike
        fitted = []
    return [*fitted, *fault.variants(asked.reference)]


def _agrees(question: Question, course: Course, variant: Variant) -> bool:
    try:
        return list(course.run(LABEL.name, [variant])) == list(question.observed)
    except (StepError, ValueError):
        return False


def _sure(question: Question) -> list[int]:
    """Places of images that noise alone cannot give another class."""
    rows = np.asarray(question.course(exact=True).run(PROBABILITIES.name), np.float64)
    found = []
    for place, row in enumerate(rows):
        first, second = np.sort(row)[[-1, -2]]
        if first - second > 2 * question.noise.allowed(PROBABILITIES.name, IMAGE.name, row):
            found.append(place)
    return found


def _few_first(question: Question) -> list[int]:
    """Those answered otherwise than they should be, and as many others."""
    right = question.course(exact=False).run(LABEL.name)
    other = [at for at, name in enumerate(right) if name != question.observed[at]]
    same = [at for at, name in enumerate(right) if name == question.observed[at]]
    return [*other[: _FIRST // 2], *same[: _FIRST // 2]]
