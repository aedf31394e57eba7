"""Power: the smallest faults still noticed, so that silence is not bought with blindness."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.false_alarms.judging import BLACK_BOX, WHOLE, Look, Rungs, judged
from benchmarks.false_alarms.layout import IMAGES
from benchmarks.false_alarms.making import THREADS, Made
from ml_ci.model.compute import fixed_threads
from ml_ci.parity.changes import CHANGES
from ml_ci.parity.executor import Executor
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.steps import FLOAT_STEPS, IMAGE, LABEL, RECEIVED

Fault = Callable[[NDArray[Any]], NDArray[Any]]
LARGEST, SMALLEST = 1, 24
"""Exponents k of a scale by 1 + 2^-k; 2^-24 is less than float32 can tell from 1."""


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """What is noticed of faults on one rung of one subject."""

    step: str
    scale: int
    """The largest k for which a scale by 1 + 2^-k is blamed on its step; 0: none is."""
    scale_outside: int
    """The same for a side that tells probabilities and label alone, whatever is blamed."""
    rounded: dict[str, bool]
    """By kind of rounding, whether it is blamed on its step."""
    rounded_outside: dict[str, bool]


def power_of(made: Made, executor: Executor, folder: Path) -> Iterator[Noticed]:
    """For every float rung."""
    with fixed_threads(THREADS):
        for step in FLOAT_STEPS:
            asked = _Asked(made, executor, folder, step.name)
            yield Noticed(
                step=step.name,
                scale=asked.smallest_scale(WHOLE),
                scale_outside=asked.smallest_scale(BLACK_BOX),
                rounded={name: asked.notices(CHANGES[name], WHOLE) for name in ROUNDINGS},
                rounded_outside={
                    name: asked.notices(CHANGES[name], BLACK_BOX) for name in ROUNDINGS
                },
            )


ROUNDINGS = ("float16", "bfloat16")


class _Asked:
    """One rung of one subject."""

    def __init__(self, made: Made, executor: Executor, folder: Path, step: str) -> None:
        self._made = made
        self._executor = executor
        self._folder = folder
        self._step = step
        self._images = np.load(made.folder / IMAGES)

    def smallest_scale(self, look: Look) -> int:
        """By halving: a smaller fault is not noticed where a larger one is not."""
        noticed, missed = 0, SMALLEST
        while missed - noticed > 1:
            middle = (noticed + missed) // 2
            if self.notices(_scaled(middle), look):
                noticed = middle
            else:
                missed = middle
        return noticed

    def notices(self, fault: Fault, look: Look) -> bool:
        """Whether it is seen, and where every rung is known, on its own step and no other."""
        result = judged(self._made, self._executor, self._faulty(fault), self._folder, look)
        if look is WHOLE:
            return result.faulty == (self._step,)
        return result.verdict in ("differs", "unexplained")

    def _faulty(self, fault: Fault) -> Rungs:
        return {name: self._climbed(name, fault) for name in self._images.files}

    def _climbed(self, name: str, fault: Fault) -> dict[str, Recorded]:
        """What the reference makes of it, with ``fault`` after the step."""
        value, since = self._images[name][None], IMAGE.name
        rungs = {
            RECEIVED.name: record_bytes(self._made.steps.sent(name)),
            since: record_array(value[0]),
        }
        for step in FLOAT_STEPS:
            value = self._executor.step(step.name, value, exact=False)
            if step.name == self._step:
                value = fault(value).astype(np.float32)
            rungs[step.name] = record_array(value[0])
        best = int(value[0].argmax())
        rungs[LABEL.name] = record_text(self._made.subject.class_names[best])
        return rungs


def _scaled(exponent: int) -> Fault:
    return lambda values: values * np.float32(1 + 2.0**-exponent)
