"""Targets whose upper steps somebody wrote by hand: one reference, climbed once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.course import NAMES, SENT, Course, Start
from ml_ci.parity.faults.fault import Evidence, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LABEL, PROBABILITIES
from tests.builders.faults import CLASSES, explaining, pictures, reference
from tests.builders.traces import noise_floor

NOISE = noise_floor(2e-6)
"""As small as a real one is above `resized`."""
_ENOUGH = 10  # of the pictures, the coloured scenes among them: each costs a few climbs per fault
Written = Callable[[Any], Any]
"""What a server has in the place of the step: float32 (N, …) → (N, …)."""


@cache
def ours() -> Reference:
    """The reference of all of them."""
    return reference()


@cache
def below(step: str) -> Any:
    """What stands on the rung below ``step``, of every picture, float64.

    Above the network it is drawn: the small one answers nearly the same about every picture.
    """
    if step in (PROBABILITIES.name, LABEL.name):
        logits = np.random.default_rng(11).normal(0, 2, (14, len(CLASSES)))
        return logits if step == PROBABILITIES.name else ours().probabilities(logits)
    course = Course(ours(), Start(since=SENT, stands=list(pictures().values())[-_ENOUGH:]))
    return np.asarray(course.run(NAMES[NAMES.index(step) - 1]))


def target(step: str, written: Written | None = None) -> Evidence:
    """It climbs as it should and does ``step`` as ``written``; None: rightly, in float32."""
    given = below(step)
    if written is None:
        made = Course(ours().rounded(), Start(since=NAMES[NAMES.index(step) - 1], stands=given))
        return Evidence(given=list(given), made=list(made.run(step)))
    made_ = written(given.astype(np.float32))
    return Evidence(given=list(given), made=list(made_))


def named(fault: str, seen: Evidence) -> list[Variant]:
    """Those variants of ``fault`` that explain it."""
    return explaining(fault_of(fault), seen, ours(), NOISE)
